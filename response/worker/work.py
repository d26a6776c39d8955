"""Run due work of the inbox and the outbox, for task queues."""

from __future__ import annotations

import time
from collections.abc import Callable

from response.slack.inbound import inbox
from response.worker import sending

#: Seconds after which a worker makes room for other tasks; the next sweep continues.
BUDGET = 30


def finish_inbox() -> int:
    """Work on requests until none is due. Returns the number of requests worked on."""
    return _repeat(inbox.work_on_next)


def finish_outbox() -> int:
    """Run jobs until none is due. Returns the number of queues worked on."""
    return _repeat(sending.send_next)


def _repeat(work: Callable[[], int]) -> int:
    deadline = time.monotonic() + BUDGET
    done = 0
    while time.monotonic() < deadline and work():
        done += 1
    return done
