"""Celery's tasks; found by ``app.autodiscover_tasks()``. Needs the extra ``[celery]``.

A task has no arguments and no result: what there is to do is in the database. So it
does not matter if one is lost, comes twice, or is run by two workers at a time.
"""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.db import DatabaseError, InterfaceError

from response.worker import tick as ticking
from response.worker import work

#: While the database is away, a task comes back a few times and then leaves it to the tick.
_WHILE_THE_DATABASE_IS_AWAY: dict[str, Any] = {
    "autoretry_for": (DatabaseError, InterfaceError),
    "retry_backoff": 1,
    "retry_backoff_max": 30,
    "max_retries": 5,
    "ignore_result": True,
    "expires": 60,
}


@shared_task(name="response.work_inbox", **_WHILE_THE_DATABASE_IS_AWAY)
def work_inbox() -> None:
    """Work on the accepted requests that are due, until none is left."""
    work.finish_inbox()


@shared_task(name="response.work_outbox", **_WHILE_THE_DATABASE_IS_AWAY)
def work_outbox() -> None:
    """Send the messages that are due, until none is left."""
    work.finish_outbox()


@shared_task(name="response.sweep", **_WHILE_THE_DATABASE_IS_AWAY)
def sweep() -> None:
    """Work on the inbox and the outbox, for everything that is due now."""
    ticking.sweep()


@shared_task(name="response.tick", ignore_result=True)
def tick() -> None:
    """Do the regular work; see ``manage.py response_tick``."""
    ticking.minute(alone=False)
