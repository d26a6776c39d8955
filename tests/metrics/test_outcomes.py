"""What is measured, against another calculation over random histories."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from response.core.metrics import expressions, figures
from response.core.metrics.outcomes import Reason, State, measure
from response.core.metrics.periods import Period
from response.core.metrics.scope import Scope
from response.core.models import Incident, Measurement
from response.core.models.milestones import MILESTONES, record, times
from tests.factories import IncidentFactory, PersonFactory

pytestmark = pytest.mark.django_db

COLUMNS = {
    "impact_started": "start_time",
    "detected": "detected_at",
    "declared": "report_time",
    "acknowledged": "acknowledged_at",
    "mitigated": "mitigated_at",
    "resolved": "end_time",
    "review_published": "review_published_at",
}
PAIRS = [
    ("impact_started", "detected"),
    ("declared", "acknowledged"),
    ("impact_started", "mitigated"),
    ("impact_started", "resolved"),
    ("resolved", "review_published"),
    ("detected", "mitigated"),
    ("mitigated", "impact_started"),
]


def at(minutes: float) -> datetime:
    moment = datetime(2026, 1, 15, 12, tzinfo=UTC) + timedelta(minutes=minutes)
    return moment if settings.USE_TZ else moment.replace(tzinfo=None)


def independent(start, end, *, start_at, end_at, closed, report_only, includes_reported):
    """The table of the documentation, row by row: state, reason and seconds."""
    if report_only and not includes_reported:
        return "not_applicable", "reported", None
    if start_at is not None and end_at is not None:
        seconds = (end_at - start_at).total_seconds()
        return ("recorded", None, seconds) if seconds >= 0 else ("invalid", "invalid", None)
    if end_at is not None:
        return "not_applicable", "unknown", None
    if end == "review_published" or not (closed or report_only):
        return "pending", "pending", None
    return "not_applicable", "unknown", None


def rows() -> list[Measurement]:
    return [
        Measurement(key=f"m{n}", name=f"m{n}", start=s, end=e, includes_reported=bool(n % 2))
        for n, (s, e) in enumerate(PAIRS)
    ]


MOMENTS = st.integers(-600, 600).map(lambda n: at(n / 7))
HISTORIES = st.fixed_dictionaries(
    {
        "start_time": MOMENTS,
        "report_time": MOMENTS,
        "detected_at": st.none() | MOMENTS,
        "acknowledged_at": st.none() | MOMENTS,
        "mitigated_at": st.none() | MOMENTS,
        "end_time": st.none() | MOMENTS,
        "review_published_at": st.none() | MOMENTS,
        "report_only": st.booleans(),
    }
)
PERIOD = Period(at(0).date() - timedelta(days=40), at(0).date() + timedelta(days=40), UTC)


@hypothesis_settings(max_examples=25)
@given(st.lists(HISTORIES, min_size=1, max_size=12))
def test_function_database_and_another_calculation_agree(histories):
    Incident.objects.all().delete()
    for history in histories:
        Incident.objects.bulk_create([Incident(report="x", **history)])
    for measurement in rows():
        expected = {}
        for incident in Incident.objects.all():
            outcome = measure(measurement, times(incident), report_only=incident.report_only)
            start_at, end_at = (
                getattr(incident, COLUMNS[key]) for key in (measurement.start, measurement.end)
            )
            state, reason, seconds = independent(
                measurement.start,
                measurement.end,
                start_at=start_at,
                end_at=end_at,
                closed=incident.end_time is not None,
                report_only=incident.report_only,
                includes_reported=measurement.includes_reported,
            )
            assert (outcome.state, outcome.reason) == (state, reason)
            assert (outcome.duration and outcome.duration.total_seconds()) == seconds or (
                outcome.duration == timedelta(0) and seconds == 0
            )
            expected[incident.pk] = outcome
        found = dict(
            Incident.objects.filter(expressions.recorded(measurement))
            .annotate(span=expressions.span(measurement))
            .values_list("pk", "span")
        )
        assert found == {
            pk: outcome.duration // timedelta(microseconds=1)
            for pk, outcome in expected.items()
            if outcome.state is State.RECORDED
        }
        for reason in Reason:
            left_out = Incident.objects.filter(expressions.left_out(measurement, reason))
            assert {incident.pk for incident in left_out} == {
                pk for pk, outcome in expected.items() if outcome.reason is reason
            }


@hypothesis_settings(max_examples=15)
@given(st.lists(HISTORIES, max_size=30))
def test_medians_and_percentiles_are_those_of_a_sorted_list(histories):
    Incident.objects.all().delete()
    Measurement.objects.all().delete()
    Incident.objects.bulk_create(Incident(report="x", **history) for history in histories)
    scope = Scope(PERIOD)
    gathered = figures.gather(scope)
    assert gathered.total == len(histories)
    months = PERIOD.months()
    for measured in gathered.measured:
        assert sum(span.incidents for span in measured.months) == len(histories)
        for month, span in enumerate(measured.months):
            following = months[month + 1] if month + 1 < len(months) else None
            seconds = []
            for incident in Incident.objects.all():
                day = incident.report_time.date()
                if day < span.start or (following and day >= following):
                    continue
                outcome = measure(
                    measured.measurement, times(incident), report_only=incident.report_only
                )
                if outcome.duration is not None:
                    seconds.append(outcome.duration.total_seconds())
            assert span.counted == len(seconds)
            assert span.counted + sum(span.left_out.values()) == span.incidents
            assert_about(span.median, interpolated(seconds, 0.5))
            assert_about(span.percentile_90, interpolated(seconds, 0.9))


def interpolated(values: list[float], part: float) -> float | None:
    """As PostgreSQL documents percentile_cont."""
    if not values:
        return None
    values = sorted(values)
    place = part * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


def assert_about(found, expected):
    if expected is None:
        assert found is None
    else:
        assert abs(found - expected) <= 0.501


def test_a_fraction_of_a_second_is_not_rounded():
    """SQLite's own functions take 0.9997 seconds for the next second."""
    almost = at(0) - timedelta(microseconds=300)
    Incident.objects.bulk_create(
        [Incident(report="x", start_time=almost, report_time=almost, mitigated_at=at(1))]
    )
    [measurement] = [row for row in Measurement.built_in() if row.key == "mitigate"]
    [span] = Incident.objects.annotate(span=expressions.span(measurement)).values_list(
        "span", flat=True
    )
    assert span == 60_000_300
    gathered = figures.gather(Scope(PERIOD))
    assert [hour.hour for hour in gathered.hours if hour.total] == [11]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["lead", "no lead", "close", "reopen", "detected", "mitigated", "review_published",
             "impact_started", "declared", "resolved", "clear mitigated"]
        ),
        st.integers(-300, -1),
    ),
    max_size=14,
)  # fmt: skip


@hypothesis_settings(max_examples=40)
@given(STEPS)
def test_a_history_with_corrections_leaves_what_it_says(steps):
    """The times after every step are those that a plain list of assignments gives."""
    now = timezone.now().replace(microsecond=0)
    incident = IncidentFactory(start_time=now - timedelta(hours=6), report_time=now)
    lead = PersonFactory()
    known = times(Incident.objects.get(pk=incident.pk))
    had_lead = False
    for step, minutes in steps:
        moment = now + timedelta(minutes=minutes)
        closed = known["resolved"] is not None
        if step == "lead":
            incident.lead = lead
            incident.save()
            stored = Incident.objects.get(pk=incident.pk).acknowledged_at
            if not had_lead and not closed and known["acknowledged"] is None:
                assert stored is not None
                known["acknowledged"] = stored
            had_lead = True
        elif step == "no lead":
            incident.lead = None
            incident.save()
            had_lead = False
        elif step == "close":
            incident.refresh_from_db()
            incident.close(moment)
            known["resolved"] = known["resolved"] or max(moment, known["impact_started"])
        elif step == "reopen":
            incident.refresh_from_db()
            incident.reopen()
            known["resolved"] = None
        elif step == "clear mitigated":
            record(incident, "mitigated", None)
            known["mitigated"] = None
        elif step == "resolved":
            if closed and moment >= known["impact_started"]:
                record(incident, "resolved", moment)
                known["resolved"] = moment
        elif step != "impact_started" or not closed or moment <= known["resolved"]:
            record(incident, step, moment)
            known[step] = moment
        assert times(Incident.objects.get(pk=incident.pk)) == known
        assert times(incident) == known


def test_the_milestones_have_the_columns_that_the_documents_name():
    assert {key: milestone.column for key, milestone in MILESTONES.items()} == COLUMNS
