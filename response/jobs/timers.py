"""Timers that are due: found with one query, and each dealt with in a transaction of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from response import log_context
from response.db import atomic, lock
from response.jobs import outbox
from response.jobs.models import Timer

logger = logging.getLogger(__name__)

#: Is given the row, locked, and the present time; has to move the row or to delete it.
TimerHandler = Callable[[Timer, datetime], None]

#: How many are dealt with in one tick.
AT_A_TIME = 500
#: How long one whose function fails is left alone.
AFTER_FAILURE = timedelta(minutes=5)

_handlers: dict[str, TimerHandler] = {}


def timer_handler(kind: str) -> Callable[[TimerHandler], TimerHandler]:
    """Register a function for timers of a kind. It may queue jobs, but must not use the network."""

    def register(fn: TimerHandler) -> TimerHandler:
        _handlers[kind] = fn
        return fn

    return register


def run_due(now: datetime | None = None) -> int:
    """Deal with the timers that are due, and return how many there were.

    If two ticks run at once, each timer is dealt with by one of them. A timer that fails is
    logged and tried again later; the others go on.
    """
    now = now or timezone.now()
    due = Timer.objects.filter(due__lte=now, kind__in=list(_handlers)).order_by("due", "id")
    done = 0
    for pk, incident_id in list(due.values_list("pk", "incident_id")[:AT_A_TIME]):
        with log_context.working_on(incident_id=incident_id):
            try:
                done += _run(pk, now)
            except (InterfaceError, OperationalError):
                raise  # the database is away, or another tick was faster
            except Exception:
                logger.exception("Timer %s failed", pk)
                Timer.objects.filter(pk=pk, due__lte=now).update(due=now + AFTER_FAILURE)
    return done


def _run(pk: int, now: datetime) -> int:
    with atomic(), outbox.low_priority():
        timer = lock(Timer.objects.filter(pk=pk, due__lte=now)).first()
        if timer is None:
            return 0
        _handlers[timer.kind](timer, now)
    return 1
