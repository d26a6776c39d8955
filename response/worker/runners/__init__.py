"""Runners, which start work on the inbox and the outbox.

A runner only starts the work; the work itself is in the database. A lost wake-up call costs
time but no work, since the tick also looks for due work. ``RESPONSE_RUNNER`` names the class
to use; a class of your own only has to implement :meth:`Runner.wake`.
"""

from response.worker.runners.base import InBackground, Runner, TickRunner, WorkerRunner
from response.worker.runners.celery import CeleryRunner
from response.worker.runners.django_tasks import DjangoTasksRunner
from response.worker.runners.threads import (
    AfterResponseRunner,
    Workers,
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
    "WorkerRunner",
    "Workers",
    "inbox_workers",
    "outbox_workers",
    "start_workers",
]
