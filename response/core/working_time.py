"""Working days and hours: Monday to Friday, 9:00 to 18:00 in the project's time zone."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.conf import settings as django_settings
from django.utils import timezone

OPENS, CLOSES = 9, 18
_FRIDAY = 4


def local(moment: datetime) -> datetime:
    """Return ``moment`` in the project's time zone, whatever zone is active."""
    if timezone.is_naive(moment):
        return moment
    return timezone.localtime(moment, timezone.get_default_timezone())


def is_working(moment: datetime) -> bool:
    """Return whether people can be expected to be at work."""
    here = local(moment)
    return here.weekday() <= _FRIDAY and OPENS <= here.hour < CLOSES


def start_of_day(moment: datetime) -> datetime:
    """Return the midnight with which the day of ``moment`` began, as the database keeps times."""
    return _stored(datetime.combine(local(moment).date(), time()))


def end_of_day_after(moment: datetime, days: int) -> datetime:
    """Return the last minute of the day that is ``days`` working days after ``moment``."""
    day = local(moment).date()
    left = days
    while left > 0 or day.weekday() > _FRIDAY:
        day += timedelta(days=1)
        if day.weekday() <= _FRIDAY:
            left -= 1
    return _stored(datetime.combine(day, time(23, 59)))


def _stored(naive: datetime) -> datetime:
    if not django_settings.USE_TZ:
        return naive
    return timezone.make_aware(naive, timezone.get_default_timezone())
