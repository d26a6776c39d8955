"""Wake the workers after a commit that created work.

A wake-up call may be lost without harm: the rows are what counts, and the tick finds them too.
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
    """Mark the block as work that no response follows.

    Runners that wait for the end of a response then start at once.
    """
    before = expects_no_response()
    _local.no_response = True
    try:
        yield
    finally:
        _local.no_response = before


def expects_no_response() -> bool:
    """Return whether this thread is inside :func:`without_response`."""
    return getattr(_local, "no_response", False)
