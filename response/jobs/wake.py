"""Wake the workers after a commit that created work, and have them give way to requests.

A wake-up call may be lost without harm: the rows are what counts, and the tick finds them too.

Threads share one interpreter, so a busy worker delays every response. Workers therefore wait
between two pieces of work until no request has come for a moment; while requests keep coming, one
piece of work is let through now and then.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterator

from django.utils.module_loading import import_string

from response.conf import settings

logger = logging.getLogger(__name__)

#: How long no request must have been answered, in seconds, before work goes on. Between two
#: requests of a busy connection there is always an instant without any.
QUIET = 0.005
#: The longest time, in seconds, that work waits for such a moment.
LONGEST_PAUSE = 0.1

_local = threading.local()
_changed = threading.Lock()
_turn = threading.Lock()
_requests = 0
_last = 0.0


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


@contextlib.contextmanager
def answering() -> Iterator[None]:
    """Mark the block as answering a request."""
    global _requests, _last
    with _changed:
        _requests += 1
    try:
        yield
    finally:
        with _changed:
            _requests -= 1
            _last = time.monotonic()


def give_way() -> None:
    """Wait until requests pause, or until it is this thread's turn anyway.

    Call it before each piece of work. While requests keep coming, one thread is let through
    every :data:`LONGEST_PAUSE` seconds.
    """
    if _is_quiet():
        return
    with _turn:
        until = time.monotonic() + LONGEST_PAUSE
        while not _is_quiet() and time.monotonic() < until:
            time.sleep(QUIET)


def _is_quiet() -> bool:
    return not _requests and time.monotonic() - _last >= QUIET
