"""Let workers give way to requests that the same process is answering.

Threads share one interpreter, so a busy worker delays every response. Workers therefore wait
between two pieces of work until no request has come for a moment; while requests keep coming, one
piece of work is let through now and then.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

#: How long no request must have been answered, in seconds, before work goes on. Between two
#: requests of a busy connection there is always an instant without any.
QUIET = 0.005
#: The longest time, in seconds, that work waits for such a moment.
LONGEST = 0.1

_changed = threading.Lock()
_turn = threading.Lock()
_requests = 0
_last = 0.0


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
    every :data:`LONGEST` seconds.
    """
    if _is_quiet():
        return
    with _turn:
        until = time.monotonic() + LONGEST
        while not _is_quiet() and time.monotonic() < until:
            time.sleep(QUIET)


def _is_quiet() -> bool:
    return not _requests and time.monotonic() - _last >= QUIET
