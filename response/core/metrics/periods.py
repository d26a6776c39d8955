"""Stretches of time, cut into months and weeks of a zone.

The cuts are made here and not in the database, which may not know the zone.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from django.conf import settings
from django.db.models import Case, IntegerField, Value, When
from django.utils import timezone

#: The longest period that is shown, in months.
MOST_MONTHS = 60


@dataclass(frozen=True)
class Period:
    """The days from ``first`` to ``last`` (both included) of a zone."""

    first: date
    last: date
    zone: tzinfo

    @classmethod
    def of_months(cls, count: int, zone: tzinfo, now: datetime | None = None) -> Period:
        """Return the last ``count`` months until today, the present one included."""
        today = _today(zone, now)
        return cls(_month_before(today.replace(day=1), count - 1), today, zone)

    @classmethod
    def of_days(cls, count: int, zone: tzinfo, now: datetime | None = None) -> Period:
        """Return the last ``count`` days until today."""
        today = _today(zone, now)
        return cls(today - timedelta(days=count - 1), today, zone)

    @classmethod
    def of_month(cls, day: date, zone: tzinfo) -> Period:
        """Return the whole month in which ``day`` is."""
        first = day.replace(day=1)
        return cls(first, _month_after(first) - timedelta(days=1), zone)

    @property
    def since(self) -> datetime:
        """The first moment, as the database keeps times."""
        return moment(self.first, self.zone)

    @property
    def until(self) -> datetime:
        """The first moment that is not in it any more."""
        return moment(self.last + timedelta(days=1), self.zone)

    def months(self) -> list[date]:
        """Return the first day of each month; of the first one, the first day of the period."""
        return list(self._cuts(lambda day: _month_after(day.replace(day=1))))

    def weeks(self) -> list[date]:
        """Return the Monday of each week; of the first one, the first day of the period."""
        return list(self._cuts(lambda day: day + timedelta(days=7 - day.weekday())))

    def _cuts(self, following: Any) -> Iterator[date]:
        day = self.first
        while day <= self.last:
            yield day
            day = following(day)

    def bucket(self, column: str, days: Sequence[date]) -> Case | Value:
        """Return in which of the buckets that begin at ``days`` a time is: its number, from 0."""
        return _bucket(column, [moment(day, self.zone) for day in days])

    def offsets(self) -> list[tuple[datetime, int]]:
        """Return the zone's offsets in seconds, each with the moment from which it holds."""
        if not settings.USE_TZ:
            return [(self.since, 0)]
        found: list[tuple[datetime, int]] = []
        at, end = self.since.astimezone(UTC), self.until.astimezone(UTC)
        while at < end:
            offset = self._offset(at)
            if not found or found[-1][1] != offset:
                found.append((self._turn(at, offset) if found else at, offset))
            at += timedelta(days=1)
        return found

    def _turn(self, at: datetime, offset: int) -> datetime:
        """Return the moment in the day before ``at`` from which ``offset`` holds."""
        minutes = range(24 * 60 + 1)
        before = at - timedelta(days=1)
        n = bisect.bisect_left(
            minutes, True, key=lambda m: self._offset(before + timedelta(minutes=m)) == offset
        )
        return before + timedelta(minutes=n)

    def _offset(self, at: datetime) -> int:
        offset = at.astimezone(self.zone).utcoffset()
        return int(offset.total_seconds()) if offset else 0


def project_zone() -> tzinfo:
    """Return the zone in which times are shown where the reader's is not known."""
    return timezone.get_current_timezone() if settings.USE_TZ else timezone.get_default_timezone()


def moment(day: date, zone: tzinfo) -> datetime:
    """Return the beginning of a day in a zone, as the database keeps times."""
    midnight = datetime.combine(day, time())
    return timezone.make_aware(midnight, zone) if settings.USE_TZ else midnight


def _bucket(column: str, bounds: Sequence[datetime], first: int = 0) -> Case | Value:
    """Return a search for the bucket of a time: halves, so that few comparisons are needed."""
    if len(bounds) <= 1:
        return Value(first, output_field=IntegerField())
    middle = len(bounds) // 2
    return Case(
        When(**{f"{column}__lt": bounds[middle]}, then=_bucket(column, bounds[:middle], first)),
        default=_bucket(column, bounds[middle:], first + middle),
        output_field=IntegerField(),
    )


def _today(zone: tzinfo, now: datetime | None) -> date:
    now = now or timezone.now()
    return (now.astimezone(zone) if timezone.is_aware(now) else now).date()


def _month_after(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def _month_before(first: date, count: int) -> date:
    number = first.year * 12 + first.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)
