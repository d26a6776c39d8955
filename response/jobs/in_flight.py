"""Let workers give way to requests that the same process is answering.

Threads share one interpreter, so a busy worker delays every response. Workers therefore wait
between two pieces of work until no request is being answered; while requests keep coming, one
piece of work is let through now and then.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

#: The longest time, in seconds, that work waits for a moment without requests.
LONGEST = 0.25

_changed = threading.Condition()
_turn = threading.Lock()
_requests = 0


@contextlib.contextmanager
def answering() -> Iterator[None]:
    """Mark the block as answering a request."""
    global _requests
    with _changed:
        _requests += 1
    try:
        yield
    finally:
        with _changed:
            _requests -= 1
            if not _requests:
                _changed.notify_all()


def give_way() -> None:
    """Wait until no request is being answered, or until it is this thread's turn anyway.

    Call it before each piece of work. While requests keep coming, one thread is let through
    every :data:`LONGEST` seconds.
    """
    if not _requests:
        return
    with _turn, _changed:
        _changed.wait_for(lambda: not _requests, LONGEST)
