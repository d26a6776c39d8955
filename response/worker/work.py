"""Doing what is due in the two boxes, for a worker that is woken and goes to sleep again."""

from __future__ import annotations

import time
from collections.abc import Callable

from response.slack.inbound import inbox
from response.worker import sending

#: Seconds after which a worker gives way to other tasks; the next sweep goes on.
BUDGET = 30


def finish_inbox() -> int:
    """Work on requests until none is due. Returns how many were worked on."""
    return _repeat(inbox.work_on_next)


def finish_outbox() -> int:
    """Send until nothing is due. Returns how many queues were sent from."""
    return _repeat(sending.send_next)


def _repeat(work: Callable[[], int]) -> int:
    deadline = time.monotonic() + BUDGET
    done = 0
    while time.monotonic() < deadline and work():
        done += 1
    return done
