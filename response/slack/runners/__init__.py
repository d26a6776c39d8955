"""What wakes the work that is waiting in the inbox and the outbox.

A runner only wakes: the rows in the database are the truth, and a wake-up call that gets
lost costs time, never work, since the tick looks as well. ``RESPONSE_RUNNER`` names the
class to use; one has to implement :meth:`Runner.wake` and nothing else.
"""

from response.slack.runners.base import InBackground, Runner, TickRunner, wake
from response.slack.runners.celery import CeleryRunner
from response.slack.runners.django_tasks import DjangoTasksRunner
from response.slack.runners.threads import (
    AfterResponseRunner,
    Workers,
    as_worker,
    inbox_workers,
    outbox_workers,
    start_workers,
)

__all__ = [
    "AfterResponseRunner",
    "CeleryRunner",
    "DjangoTasksRunner",
    "InBackground",
    "Runner",
    "TickRunner",
    "Workers",
    "as_worker",
    "inbox_workers",
    "outbox_workers",
    "start_workers",
    "wake",
]
