"""Which processes have which of the project's reminders and headline buttons.

A project may import its handlers in its web processes only, and run the tick in another process.
A request is stored with the handlers that it is for. Reminders and the buttons of the headline
belong to no request, so each process that has some records them in the database, and the others
leave them to it.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import models
from django.utils import timezone

from response.db import atomic
from response.slack.decorators.headline_post_action import headline_actions
from response.slack.decorators.incident_notification import Reminder, reminders
from response.slack.decorators.registry import REMEDY, Handler
from response.slack.models import KnownHandler

logger = logging.getLogger(__name__)

REMINDER, HEADLINE_ACTION = "recurring_notification", "headline_post_action"

#: How long after its last announcement (there is one a minute) a process counts as stopped. A
#: reminder can wait for one that is being restarted; a headline cannot.
ALIVE = {REMINDER: timedelta(minutes=10), HEADLINE_ACTION: timedelta(seconds=150)}
#: How long a reminder waits for a tick that has it before its own process sends it.
PATIENCE = timedelta(minutes=3)
#: How long what was known is kept.
KEPT = timedelta(days=7)

_LONGEST = 200


def has_some() -> bool:
    """Return whether this process has reminders or headline buttons of the project's own."""
    return bool(reminders.of_project() or headline_actions.of_project())


def announce(*, ticking: bool) -> None:
    """Record which of the project's handlers this process has, and whether it runs the tick."""
    for decorator in (REMINDER, HEADLINE_ACTION):
        mine = _mine(decorator)
        if not mine:
            continue
        now = timezone.now()
        heard = {"seen": now, "ticked": now} if ticking else {"seen": now}
        rows = KnownHandler.objects.filter(decorator=decorator, name__in=mine)
        with atomic():
            if rows.update(**heard) < len(mine):
                new = [
                    KnownHandler(decorator=decorator, key=h.key, name=name, **heard)
                    for name, h in mine.items()
                ]
                KnownHandler.objects.bulk_create(new, ignore_conflicts=True)


def elsewhere(decorator: str) -> list[KnownHandler]:
    """Return the handlers that only another process has, and log each."""
    mine = _mine(decorator)
    heard = KnownHandler.objects.filter(seen__gt=timezone.now() - ALIVE[decorator])
    found = list(heard.filter(decorator=decorator).exclude(name__in=mine))
    for row in found:
        logger.warning("%s is left to the process that has it: this one does not. %s", row, REMEDY)
    return found


def reminders_elsewhere() -> set[str]:
    """Return the keys of the project's reminders that only another process has."""
    mine = {reminder.key for reminder in reminders.of_project()}
    return {row.key for row in elsewhere(REMINDER)} - mine


def reminders_without_tick() -> list[Reminder]:
    """Return the project's reminders that this process has and no tick sends."""
    mine = _mine(REMINDER)
    before = timezone.now() - PATIENCE
    rows = KnownHandler.objects.filter(decorator=REMINDER, name__in=mine, since__lt=before)
    left = rows.filter(models.Q(ticked__isnull=True) | models.Q(ticked__lt=before))
    keys = set(left.values_list("key", flat=True))
    return [reminder for reminder in reminders if reminder.key in keys]


def purge() -> None:
    """Delete the records of handlers that no process has had for a while."""
    KnownHandler.objects.filter(seen__lt=timezone.now() - KEPT).delete()


def _mine(decorator: str) -> dict[str, Handler]:
    """Return the project's handlers in this process, by name."""
    registered = reminders if decorator == REMINDER else headline_actions
    return {h.name[:_LONGEST]: h for h in registered.of_project()}
