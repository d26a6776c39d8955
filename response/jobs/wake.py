"""Waking the workers after a commit that made work.

A wake-up call may get lost: the rows are the truth, and the tick looks at them as well.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator

from django.utils.module_loading import import_string

from response.conf import settings

logger = logging.getLogger(__name__)

_local = threading.local()


def wake() -> None:
    """Call ``wake()`` of the runner that ``RESPONSE_RUNNER`` names. Never raises."""
    try:
        import_string(settings.RESPONSE_RUNNER)().wake()
    except Exception:
        logger.exception("Waking %s failed; the next tick does the work", settings.RESPONSE_RUNNER)


@contextlib.contextmanager
def without_response() -> Iterator[None]:
    """Mark this thread as one after which no response follows.

    Runners that wait for the end of a response then act at once.
    """
    before = expects_no_response()
    _local.no_response = True
    try:
        yield
    finally:
        _local.no_response = before


def expects_no_response() -> bool:
    """Whether this thread is inside :func:`without_response`."""
    return getattr(_local, "no_response", False)
