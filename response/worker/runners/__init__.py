"""What wakes the work that is waiting in the inbox and the outbox.

A runner only wakes: the rows in the database are the truth, and a wake-up call that gets
lost costs time, never work, since the tick looks as well. ``RESPONSE_RUNNER`` names the
class to use; one has to implement :meth:`Runner.wake` and nothing else.
"""

from response.worker.runners.base import InBackground, Runner, TickRunner, WorkerRunner
from response.worker.runners.celery import CeleryRunner
from response.worker.runners.django_tasks import DjangoTasksRunner
from response.worker.runners.threads import AfterResponseRunner, start_workers
from response.worker.threads import Workers, inbox_workers, outbox_workers

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
