"""Work gives way to requests that are being answered in the same process.

Threads share one interpreter: a worker that computes delays every answer by what it takes. So
workers wait between two pieces of work until no request is being answered; while requests come
without a pause, one piece of work is let through in a while.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

#: Seconds for which work waits for a moment without requests.
LONGEST = 0.1

_changed = threading.Condition()
_turn = threading.Lock()
_requests = 0


@contextlib.contextmanager
def answering() -> Iterator[None]:
    """Mark the block as the answering of a request."""
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
    """Return once no request is being answered, or it is this thread's turn all the same.

    To be called before each piece of work. While requests come without a pause, one thread in
    :data:`LONGEST` seconds is let through.
    """
    if not _requests:
        return
    with _turn, _changed:
        _changed.wait_for(lambda: not _requests, LONGEST)
