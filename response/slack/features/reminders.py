"""Sending the reminders that are due.

One query finds the open incidents and one their reminders' states, however many there are;
what is due is reckoned here. Each one that is sent is a transaction in which its row is
moved on first, so that of two ticks at once only one sends it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from response import log_context
from response.core.models import Incident
from response.db import atomic, has_row_locks
from response.jobs import outbox
from response.slack.decorators.incident_notification import Reminder, reminders
from response.slack.decorators.registry import is_builtin
from response.slack.features import known_handlers
from response.slack.models import Notification

logger = logging.getLogger(__name__)


class _NotNeeded(Exception):
    """The handler had nothing to say; the reminder does not count as sent."""


class _SentByAnother(Exception):
    """Another tick has sent this reminder."""


@dataclass(frozen=True)
class State:
    """How often a reminder was sent for an incident, and when it was sent last."""

    count: int
    last: datetime
    completed: bool


def is_due(reminder: Reminder, incident: Incident, state: State | None, now: datetime) -> bool:
    """Return whether a reminder is due. Pure."""
    if state is None or state.count == 0:
        since = incident.report_time if state is None else max(state.last, incident.report_time)
        wait = reminder.first_after_mins
    else:
        since, wait = state.last, reminder.interval_mins
    if state and (state.completed or state.count >= reminder.max_notifications):
        return False
    if now - since < timedelta(minutes=wait):
        return False
    return reminder.only_if is None or reminder.only_if(incident, now)


def send_due(now: datetime | None = None) -> int:
    """Send all reminders that are due, and return how many were sent.

    One that fails is logged, and hinders no other. Those of the project's that only another
    process has are left to it, built-in ones in whose place they are included.
    """
    known_handlers.announce(ticking=True)
    elsewhere = known_handlers.reminders_elsewhere()
    mine = [r for r in reminders if not (is_builtin(r.fn) and r.key in elsewhere)]
    return _send_due(mine, now or timezone.now())


def send_own(now: datetime | None = None) -> int:
    """Send those of the project's reminders that are due and that no tick has."""
    known_handlers.announce(ticking=False)
    mine = known_handlers.reminders_without_tick()
    return _send_due(mine, now or timezone.now()) if mine else 0


def _send_due(registered: list[Reminder], now: datetime) -> int:
    incidents = list(
        Incident.objects.open()
        .with_people()
        .filter(commschannel__isnull=False, commschannel__archived=False)
        .order_by("id")
    )
    states = {
        (n.incident_id, n.key): State(n.repeat_count, n.time, n.completed)
        for n in Notification.objects.filter(
            incident__end_time__isnull=True, incident__report_only=False
        )
    }
    sent = 0
    for incident in incidents:
        for reminder in registered:
            state = states.get((incident.pk, reminder.key))
            try:
                if is_due(reminder, incident, state, now):
                    with log_context.working_on(incident_id=incident.pk):
                        sent += _send(reminder, incident, state, now)
            except Exception:
                logger.exception(
                    "Reminder %s failed", reminder.name, extra={"incident_id": incident.pk}
                )
    return sent


def _send(reminder: Reminder, incident: Incident, state: State | None, now: datetime) -> int:
    try:
        with atomic(), outbox.low_priority(), outbox.collected():
            if has_row_locks():
                _move_on(reminder, incident, state, now)
            if reminder.fn(incident) is False:
                raise _NotNeeded
            if not has_row_locks():
                # The one lock that there is must not be held while the function thinks.
                _move_on(reminder, incident, state, now)
            outbox.flush()
    except (_NotNeeded, _SentByAnother):
        return 0
    return 1


def _move_on(reminder: Reminder, incident: Incident, state: State | None, now: datetime) -> None:
    """Count one more reminder, unless the row has changed since it was read."""
    count = state.count if state else 0
    if state is None:
        Notification.objects.bulk_create(
            [Notification(incident=incident, key=reminder.key, time=now, repeat_count=0)],
            ignore_conflicts=True,
        )
    moved = Notification.objects.filter(
        incident=incident, key=reminder.key, repeat_count=count, completed=False
    ).update(
        repeat_count=models.F("repeat_count") + 1,
        time=now,
        completed=count + 1 >= reminder.max_notifications,
    )
    if not moved:
        raise _SentByAnother
