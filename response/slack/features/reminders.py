"""Sending the reminders that are due.

One query finds the open incidents and one their reminders' states, however many there are;
what is due is computed here. Reminders are sent in transactions in which their rows are moved on,
so that of two ticks at once only one sends each.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import IntegrityError
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

#: The most reminders that are sent in one transaction.
TOGETHER = 100


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


class Due(NamedTuple):
    """A reminder that is due for an incident, and how often it was sent before."""

    reminder: Reminder
    incident: Incident
    state: State | None


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

    A reminder that fails is logged, and the others are sent. Reminders of the project that only
    another process has are left to it, and so are the built-in ones that they replace.
    """
    known_handlers.announce(ticking=True)
    elsewhere = known_handlers.reminders_elsewhere()
    mine = [reminder for reminder in reminders if reminder.key not in elsewhere]
    return _send_due(mine, now or timezone.now())


def send_own(now: datetime | None = None) -> int:
    """Send the project's own reminders that are due, if no process with a tick has them."""
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
    due = [
        Due(reminder, incident, states.get((incident.pk, reminder.key)))
        for incident in incidents
        for reminder in registered
    ]
    due = [one for one in due if _is_due_safely(one, now)]
    # The built-in ones do nothing but queue a message: many of them can be one transaction.
    ours: list[Due] = []
    projects: list[Due] = []
    for one in due:
        (ours if is_builtin(one.reminder.fn) else projects).append(one)
    together = [ours[start : start + TOGETHER] for start in range(0, len(ours), TOGETHER)]
    return sum(_send(group, now) for group in [*together, *([one] for one in projects)])


def _is_due_safely(one: Due, now: datetime) -> bool:
    try:
        return is_due(one.reminder, one.incident, one.state, now)
    except Exception:
        extra = {"incident_id": one.incident.pk}
        logger.exception("Reminder %s failed", one.reminder.name, extra=extra)
        return False


def _send(group: Sequence[Due], now: datetime) -> int:
    """Send reminders in one transaction, or each in its own if one of them cannot be sent.

    Returns how many were sent.
    """
    try:
        with atomic(), outbox.low_priority(), outbox.collected():
            row_locks = has_row_locks()
            if row_locks:
                _move_on(group, now)
            for one in group:
                with log_context.working_on(incident_id=one.incident.pk):
                    if one.reminder.fn(one.incident) is False:
                        raise _NotNeeded
            if not row_locks:
                # SQLite's only lock must not be held while the functions run.
                _move_on(group, now)
            outbox.flush()
    except Exception as error:
        if len(group) > 1:
            return sum(_send([one], now) for one in group)
        if not isinstance(error, _NotNeeded | _SentByAnother):
            [(reminder, incident, _state)] = group
            extra = {"incident_id": incident.pk}
            logger.exception("Reminder %s failed", reminder.name, extra=extra)
        return 0
    return len(group)


def _move_on(group: Sequence[Due], now: datetime) -> None:
    """Count one more of each reminder. Raises ``_SentByAnother`` if a row is not as it was read."""
    first: list[Notification] = []
    again: dict[tuple[str, int, bool], list[Incident]] = defaultdict(list)
    for reminder, incident, state in group:
        count = state.count if state else 0
        last = count + 1 >= reminder.max_notifications
        if state is None:
            first.append(
                Notification(
                    incident=incident, key=reminder.key, time=now, repeat_count=1, completed=last
                )
            )
        else:
            again[reminder.key, count, last].append(incident)
    if first:
        try:
            Notification.objects.bulk_create(first)
        except IntegrityError as error:
            raise _SentByAnother from error
    for (key, count, last), incidents in again.items():
        rows = Notification.objects.filter(
            incident__in=incidents, key=key, repeat_count=count, completed=False
        )
        if rows.update(repeat_count=count + 1, time=now, completed=last) != len(incidents):
            raise _SentByAnother
