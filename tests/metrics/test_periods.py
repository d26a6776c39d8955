"""Months, weeks and hours of a zone, against the standard library's zones."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from response.core.metrics import figures
from response.core.metrics.periods import Period
from response.core.metrics.scope import Scope
from response.core.models import Incident
from tests.factories import IncidentFactory, PersonFactory

pytestmark = pytest.mark.django_db

#: With half hours, with summer time in the south, and without any.
ZONES = ["Europe/London", "Asia/Kolkata", "America/St_Johns", "Australia/Lord_Howe", "UTC"]


def test_months_and_weeks():
    period = Period(date(2026, 1, 15), date(2026, 4, 1), UTC)
    assert period.months() == [
        date(2026, 1, 15), date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1)
    ]  # fmt: skip
    assert period.weeks()[:3] == [date(2026, 1, 15), date(2026, 1, 19), date(2026, 1, 26)]
    assert period.weeks()[-1] == date(2026, 3, 30)
    assert Period.of_month(date(2024, 2, 10), UTC).last == date(2024, 2, 29)
    now = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
    if settings.USE_TZ:
        tokyo = Period.of_months(12, ZoneInfo("Asia/Tokyo"), now)
        assert (tokyo.first, tokyo.last) == (date(2025, 3, 1), date(2026, 2, 1))


@hypothesis_settings(max_examples=20)
@given(
    zone=st.sampled_from(ZONES),
    minutes=st.lists(st.integers(0, 400 * 24 * 60), min_size=1, max_size=25),
)
def test_the_database_counts_what_the_zone_says(zone, minutes):
    Incident.objects.all().delete()
    began = datetime(2025, 10, 1, tzinfo=UTC)
    zone = ZoneInfo(zone if settings.USE_TZ else "UTC")
    moments = [began + timedelta(minutes=m) for m in minutes]
    Incident.objects.bulk_create(
        Incident(report="x", report_time=at if settings.USE_TZ else timezone.make_naive(at, UTC))
        for at in moments
    )
    period = Period(date(2025, 9, 1), date(2026, 12, 31), zone)
    gathered = figures.gather(Scope(period))
    weeks, hours = gathered.weeks, gathered.hours
    local = [at.astimezone(zone) for at in moments]
    assert {hour.hour: (hour.working_days, hour.weekends) for hour in hours} == {
        hour: (
            sum(at.hour == hour and at.weekday() < 5 for at in local),
            sum(at.hour == hour and at.weekday() >= 5 for at in local),
        )
        for hour in range(24)
    }
    starts = period.weeks()
    expected = Counter(max(day for day in starts if day <= at.date()) for at in local)
    assert {week.start: week.total for week in weeks if week.total} == dict(expected)
    months = period.months()
    assert [span.incidents for span in gathered.measured[0].months] == [
        sum((at.year, at.month) == (month.year, month.month) for at in local) for month in months
    ]


def test_who_carries_the_load_at_odd_hours(settings):
    if not settings.USE_TZ:
        return
    lead = PersonFactory(full_name="Anna Example")
    zone = ZoneInfo("America/St_Johns")
    for hour, day in ((7, 6), (8, 6), (17, 6), (18, 6), (12, 11)):  # the 11th is a Sunday
        IncidentFactory(lead=lead, report_time=datetime(2026, 1, day, hour, 30, tzinfo=zone))
    IncidentFactory(report_time=datetime(2026, 1, 6, 12, tzinfo=zone))
    gathered = figures.gather(Scope(Period(date(2026, 1, 1), date(2026, 1, 31), zone)))
    [row] = gathered.load
    assert (row.name, row.incidents, row.outside_hours) == ("Anna Example", 5, 3)
    assert gathered.without_lead == 1
