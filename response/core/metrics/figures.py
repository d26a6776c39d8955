"""The figures: counted and ranked by the database, in a few queries whatever there is to count.

Medians and 90th percentiles are exact, interpolated like ``percentile_cont``: window functions
number the measured incidents of a month by their time, and only the at most four rows that lie
around the two places are read. ``percentile_cont`` itself is missing in SQLite and MySQL.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django.db import connections
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    ExpressionWrapper,
    F,
    IntegerField,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from response.core.detail_filters import with_detail
from response.core.metrics import expressions
from response.core.metrics.outcomes import Reason
from response.core.metrics.periods import Period
from response.core.models import Action, Incident, Measurement, Severity
from response.core.models.field import Field

#: How many leads are named; the others are counted together.
MOST_LEADS = 20
#: For incidents whose severity is not set.
NO_SEVERITY = "none"
#: From when on an open action is older: days.
AGES = (7, 30, 90)
#: The first and the last hour of a working day, Mondays to Fridays.
WORKING_HOURS = (8, 18)

_HOUR, _DAY = 3600, 86400


@dataclass(frozen=True)
class Scope:
    """Which incidents the figures are about: those ``user`` may see, of a period.

    ``severity`` is a severity's key, :data:`NO_SEVERITY`, or empty for all; ``fields`` are
    pairs of a custom field's key and what it has to be, as
    :func:`~response.core.detail_filters.with_detail` takes it. With ``user`` None only public
    incidents count.
    """

    period: Period
    user: Any = None
    severity: str = ""
    fields: tuple[tuple[str, str], ...] = ()

    def incidents(self) -> QuerySet[Incident]:
        """Return the incidents of any time."""
        visible: Any = Incident.objects.visible_to(self.user).order_by()
        for key, text in self.fields:
            if (row := Field.with_key(key)) is not None:
                visible = with_detail(visible, row, text)
        if self.severity == NO_SEVERITY:
            visible = visible.filter(Q(severity__isnull=True) | Q(severity=""))
        elif self.severity:
            visible = visible.filter(severity=self.severity)
        found: QuerySet[Incident] = visible
        return found

    def within(self) -> QuerySet[Incident]:
        """Return the incidents that were declared in the period."""
        period = self.period
        return self.incidents().filter(report_time__gte=period.since, report_time__lt=period.until)


@dataclass(frozen=True)
class Week:
    """The incidents of a week by severity; those without one under :data:`NO_SEVERITY`."""

    start: date
    counts: dict[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class Span:
    """What was measured in a month: whole seconds, None if no incident was measured.

    ``incidents`` is how many were declared, ``counted`` how many of them were measured, and
    ``left_out`` how many were not, by reason.
    """

    start: date
    incidents: int
    counted: int
    left_out: dict[Reason, int]
    median: int | None = None
    percentile_90: int | None = None


@dataclass(frozen=True)
class Measured:
    """A measurement, month by month."""

    measurement: Measurement
    months: list[Span]


@dataclass(frozen=True)
class Age:
    """Open actions of an age in days: from ``least`` to before ``most``.

    ``most`` is None for the oldest; both are None where it is not known when they were made.
    """

    least: int | None
    most: int | None
    count: int
    overdue: int


@dataclass(frozen=True)
class Hour:
    """Incidents that were declared in an hour of the day, on working days and at weekends."""

    hour: int
    working_days: int
    weekends: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.working_days + self.weekends


@dataclass(frozen=True)
class Load:
    """The incidents of a lead, and how many of them were declared outside working hours.

    ``lead`` is None, and ``name`` empty, for the leads that are not named one by one.
    """

    lead: int | None
    name: str
    incidents: int
    outside_hours: int


@dataclass
class Figures:
    """Everything that is counted and measured."""

    scope: Scope
    weeks: list[Week] = dataclasses.field(default_factory=list)
    measured: list[Measured] = dataclasses.field(default_factory=list)
    actions: list[Age] = dataclasses.field(default_factory=list)
    hours: list[Hour] = dataclasses.field(default_factory=list)
    load: list[Load] = dataclasses.field(default_factory=list)
    without_lead: int = 0
    severities: tuple[Severity, ...] = ()

    @property
    def total(self) -> int:
        """How many incidents the figures are about."""
        return sum(week.total for week in self.weeks)


def gather(scope: Scope) -> Figures:
    """Return all figures, in four queries and one for what is measured."""
    figures = Figures(scope, severities=Severity.all_rows())
    figures.weeks, figures.hours, figures.actions = counted(scope)
    months = scope.period.months()
    by_month = tallies(scope, months)
    figures.measured = measured(scope, months, by_month)
    figures.load, figures.without_lead = load(scope, by_month)
    return figures


# What is counted


def counted(scope: Scope) -> tuple[list[Week], list[Hour], list[Age]]:
    """Count incidents by week and by hour, and open actions by age, in one query."""
    weeks = scope.period.weeks()
    by_week: list[dict[str, int]] = [defaultdict(int) for _week in weeks]
    by_hour, by_age, overdue = [0] * 168, [0] * (len(AGES) + 2), [0] * (len(AGES) + 2)
    rows = _by_week(scope, weeks).union(_by_hour(scope), _by_age(scope), all=True)
    for kind, place, word, count in rows:
        if kind == "week":
            by_week[place][word or NO_SEVERITY] += count
        elif kind == "hour":
            by_hour[place] += count
        else:
            by_age[place] += count
            overdue[place] += count if word else 0
    return (
        [Week(start, dict(counts)) for start, counts in zip(weeks, by_week, strict=True)],
        [
            Hour(hour, sum(by_hour[hour:120:24]), sum(by_hour[120 + hour :: 24]))
            for hour in range(24)
        ],
        [
            Age(least, most, count, late)
            for (least, most), count, late in zip(_ages(), by_age, overdue, strict=True)
        ],
    )


def _counts(rows: Any, kind: str, place: Any, word: Any) -> Any:
    return (
        rows.annotate(kind=Value(kind, CharField()), place=place, word=word)
        .values("kind", "place", "word")
        .annotate(count=Count("pk"))
        .values_list("kind", "place", "word", "count")
    )


def _by_week(scope: Scope, weeks: Sequence[date]) -> Any:
    return _counts(
        scope.within(),
        "week",
        scope.period.bucket("report_time", weeks),
        Coalesce("severity", Value(""), output_field=CharField()),
    )


def _by_hour(scope: Scope) -> Any:
    return _counts(scope.within(), "hour", _hour_of_week(scope.period), Value("", CharField()))


def _by_age(scope: Scope) -> Any:
    now = timezone.now()
    actions = Action.objects.filter(done=False, incident__in=scope.incidents().values("pk"))
    younger = [
        When(created_date__gt=now - timedelta(days=days), then=place)
        for place, days in enumerate(AGES)
    ]
    age = Case(
        When(created_date__isnull=True, then=len(AGES) + 1),
        *younger,
        default=len(AGES),
        output_field=IntegerField(),
    )
    late = Case(
        When(due_date__lt=now, then=Value("overdue")), default=Value(""), output_field=CharField()
    )
    return _counts(actions.order_by(), "age", age, late)


def _ages() -> list[tuple[int | None, int | None]]:
    return [*zip((0, *AGES), (*AGES, None), strict=True), (None, None)]


def _hour_of_week(period: Period) -> Any:
    """Return the hour of the week in the period's zone, from 0 (Monday, midnight) to 167."""
    offsets = period.offsets()
    offset = Case(
        *[
            When(report_time__lt=until, then=seconds)
            for (_since, seconds), (until, _next) in pairwise(offsets)
        ],
        default=offsets[-1][1],
        output_field=IntegerField(),
    )
    # 1970 began on a Thursday.
    local = expressions.EpochSeconds("report_time") + offset + Value(3 * _DAY)
    hours = expressions.WholeQuotient(local, Value(_HOUR))
    return ExpressionWrapper(hours % Value(168), output_field=BigIntegerField())


# What is measured


def tallies(scope: Scope, months: Sequence[date]) -> list[dict[str, int]]:
    """Count the incidents of each month, those with a lead, and those left out and why."""
    measurements = Measurement.offered()
    counts: dict[str, Any] = {"incidents": Count("pk"), "led": Count("lead")}
    for number, measurement in enumerate(measurements):
        for reason in Reason:
            condition = expressions.left_out(measurement, reason)
            counts[f"{number}_{reason}"] = Count("pk", filter=condition)
    rows = (
        scope.within()
        .annotate(month=scope.period.bucket("report_time", months))
        .values("month")
        .annotate(**counts)
        .values("month", *counts)
    )
    found: list[dict[str, int]] = [dict.fromkeys(counts, 0) for _month in months]
    for row in rows:
        found[row.pop("month")] = row
    return found


def measured(
    scope: Scope, months: Sequence[date], by_month: Sequence[dict[str, int]]
) -> list[Measured]:
    """Return each measurement by month, with what :func:`tallies` counted."""
    measurements = Measurement.offered()
    ranked = _ranked(scope, months, measurements)
    found = []
    for number, measurement in enumerate(measurements):
        spans = []
        for month, start in enumerate(months):
            tally = by_month[month]
            left_out = {reason: tally[f"{number}_{reason}"] for reason in Reason}
            count, places = ranked.get((number, month), (0, {}))
            spans.append(
                Span(
                    start=start,
                    incidents=tally["incidents"],
                    counted=count,
                    left_out=left_out,
                    median=percentile(places, count, 1, 2),
                    percentile_90=percentile(places, count, 9, 10),
                )
            )
        found.append(Measured(measurement, spans))
    return found


Ranked = dict[tuple[int, int], tuple[int, dict[int, int]]]

# Written out: Django would compute every window again for each comparison with it.
_RANKED = """
SELECT which, month_number, span, place, among FROM (
    SELECT which, month_number, span,
        ROW_NUMBER() OVER (PARTITION BY which, month_number ORDER BY span) AS place,
        COUNT(*) OVER (PARTITION BY which, month_number) AS among
    FROM ({spans}) spans
) ranked
WHERE 2 * place BETWEEN among AND among + 2
    OR 10 * place BETWEEN 9 * among - 8 AND 9 * among + 10
"""


def _ranked(scope: Scope, months: Sequence[date], measurements: Iterable[Measurement]) -> Ranked:
    """Return how many incidents were measured, and the times around the two places.

    By the numbers of the measurement and the month: the count, and microseconds by the place,
    from 1, among the measured incidents in order of time. A part p of n has the place
    p (n - 1) + 1, and a row is beside it if it is less than one away.
    """
    spans: list[str] = []
    parameters: list[Any] = []
    for number, measurement in enumerate(measurements):
        incidents = (
            scope.within()
            .filter(expressions.recorded(measurement))
            .annotate(
                # A text: Django takes equal values of one type for one column.
                which=Value(str(number), CharField()),
                month_number=scope.period.bucket("report_time", months),
                span=expressions.span(measurement),
            )
        )
        sql, values = incidents.values_list("which", "month_number", "span").query.sql_with_params()
        spans.append(sql)
        parameters.extend(values)
    found: Ranked = {}
    if not spans:
        return found
    with connections[scope.within().db].cursor() as cursor:
        cursor.execute(_RANKED.format(spans=" UNION ALL ".join(spans)), parameters)
        for which, month, span, place, among in cursor.fetchall():
            found.setdefault((int(which), month), (among, {}))[1][place] = span
    return found


def percentile(places: dict[int, int], count: int, part: int, parts: int) -> int | None:
    """Return the value at ``part`` / ``parts`` of a ranking, interpolated, in whole seconds.

    ``places`` has the microseconds of the places around it; None if nothing was ranked.
    """
    if not count:
        return None
    below, rest = divmod(part * (count - 1), parts)
    low = places[below + 1]
    high = places[below + 2] if rest else low
    return round((low + (high - low) * rest / parts) / 1_000_000)


# Who carries the load


def load(scope: Scope, by_month: Sequence[dict[str, int]]) -> tuple[list[Load], int]:
    """Return the leads with the most incidents, and how many incidents have no lead."""
    first, last = WORKING_HOURS
    outside = Q(hour_of_week__gte=120) | Q(hour_of_day__lt=first) | Q(hour_of_day__gte=last)
    rows = (
        scope.within()
        .filter(lead__isnull=False)
        .annotate(hour_of_week=_hour_of_week(scope.period))
        .annotate(hour_of_day=ExpressionWrapper(F("hour_of_week") % Value(24), BigIntegerField()))
        .values("lead_id", "lead__full_name", "lead__display_name")
        .annotate(incidents=Count("pk"), outside_hours=Count("pk", filter=outside))
        .order_by("-incidents", "lead_id")[:MOST_LEADS]
    )
    named = [
        Load(
            row["lead_id"],
            row["lead__full_name"] or row["lead__display_name"],
            row["incidents"],
            row["outside_hours"],
        )
        for row in rows
    ]
    led = sum(tally["led"] for tally in by_month)
    others = led - sum(row.incidents for row in named)
    if others:
        named.append(Load(None, "", others, 0))
    return named, sum(tally["incidents"] for tally in by_month) - led
