"""Who is to be reminded of what is overdue, and putting that off."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, OuterRef, Q
from django.utils import timezone

from response.conf import settings
from response.core import working_time
from response.core.models import Action, ActionSnooze, OverdueReminder
from response.core.models.incident import involving
from response.db import atomic

#: How many people are reminded by one tick; the others by the next ones.
AT_ONCE = 200


def snooze(action: Action) -> datetime:
    """Put off the reminders of an action for ``RESPONSE_SNOOZE_DAYS`` days; return until when."""
    start = working_time.start_of_day(timezone.now())
    until = start + timedelta(days=settings.RESPONSE_SNOOZE_DAYS)
    with atomic():
        ActionSnooze.objects.update_or_create(action=action, defaults={"until": until})
    return until


def actions(now: datetime) -> models.QuerySet[Action]:
    """Return the actions whose owners are to be reminded: overdue, not done, not put off.

    Actions of private incidents are included only if the owner may see the incident, since a
    reminder names it.
    """
    takes_part = involving(F("user"), OuterRef("user"), to="incident")
    return (
        Action.objects.filter(done=False, due_date__lt=now, user__deleted=False, user__bot=False)
        .filter(Q(incident__private=False) | takes_part)
        .filter(Q(snooze=None) | Q(snooze__until__lte=now))
    )


def people_to_remind(now: datetime) -> list[int]:
    """Return the keys of people with overdue actions who were not reminded today, in one query."""
    today = working_time.start_of_day(now)
    waiting = actions(now).filter(
        Q(user__overdue_reminder=None)
        | Q(user__overdue_reminder__sent=None)
        | Q(user__overdue_reminder__sent__lt=today)
    )
    return list(waiting.order_by("user").values_list("user", flat=True).distinct()[:AT_ONCE])


def claim(user_id: int, now: datetime) -> bool:
    """Note that a person is reminded today. Returns False if another tick has done so.

    Called in the transaction that queues the reminder.
    """
    OverdueReminder.objects.bulk_create([OverdueReminder(user_id=user_id)], ignore_conflicts=True)
    today = working_time.start_of_day(now)
    return bool(
        OverdueReminder.objects.filter(Q(sent=None) | Q(sent__lt=today), user=user_id).update(
            sent=now
        )
    )
