"""The figures: counted and ranked by the database, in one query whatever there is to count.

Medians and 90th percentiles are exact, and interpolated like ``percentile_cont``.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from response.core.metrics import statement
from response.core.metrics.outcomes import Reason
from response.core.metrics.percentiles import percentiles
from response.core.metrics.scope import NO_SEVERITY, Scope
from response.core.metrics.statement import AGES, Row
from response.core.models import Measurement, Severity


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


def gather(scope: Scope, months: Sequence[date] | None = None) -> Figures:
    """Return all figures, in one query.

    ``months`` are the first days of what is measured together, months unless they are given.
    """
    months = scope.period.months() if months is None else months
    weeks = scope.period.weeks()
    measurements, severities = Measurement.offered(), Severity.all_rows()
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in statement.execute(scope, weeks, months, measurements):
        rows[row.kind].append(row)
    incidents, led = [0] * len(months), 0
    for row in rows[statement.MONTH]:
        incidents[row.number] = row.counts[0]
        led += row.counts[1]
    return Figures(
        scope,
        weeks=_weeks(weeks, rows[statement.WEEK]),
        measured=_measured(
            measurements, months, incidents, rows[statement.MEASURED], rows[statement.PLACE]
        ),
        actions=_ages(rows[statement.AGE]),
        hours=_hours(rows[statement.HOUR]),
        load=_load(rows[statement.LEAD], led),
        without_lead=sum(incidents) - led,
        severities=severities,
    )


def _weeks(starts: Sequence[date], rows: Iterable[Row]) -> list[Week]:
    counts: list[dict[str, int]] = [defaultdict(int) for _start in starts]
    for row in rows:
        counts[row.number][row.word or NO_SEVERITY] += row.counts[0]
    return [Week(start, dict(found)) for start, found in zip(starts, counts, strict=True)]


def _hours(rows: Iterable[Row]) -> list[Hour]:
    counts = [0] * 168
    for row in rows:
        counts[row.number] = row.counts[0]
    return [
        Hour(hour, sum(counts[hour:120:24]), sum(counts[120 + hour :: 24])) for hour in range(24)
    ]


def _ages(rows: Iterable[Row]) -> list[Age]:
    limits = [*zip((0, *AGES), (*AGES, None), strict=True), (None, None)]
    counts, overdue = [0] * len(limits), [0] * len(limits)
    for row in rows:
        counts[row.number] += row.counts[0]
        overdue[row.number] += row.counts[0] if row.word else 0
    return [
        Age(least, most, count, late)
        for (least, most), count, late in zip(limits, counts, overdue, strict=True)
    ]


def _measured(
    measurements: Sequence[Measurement],
    months: Sequence[date],
    incidents: Sequence[int],
    counted: Iterable[Row],
    places: Iterable[Row],
) -> list[Measured]:
    counts = {(int(row.word), row.number): row.counts for row in counted}
    values: dict[tuple[int, int], dict[int, int]] = defaultdict(dict)
    for row in places:
        place, microseconds, *_rest = row.counts
        values[int(row.word), row.number][place] = microseconds
    none = (0,) * (1 + len(Reason))
    found = []
    for number, measurement in enumerate(measurements):
        spans = []
        for month, start in enumerate(months):
            count, *left_out = counts.get((number, month), none)
            median, percentile_90 = percentiles(count, values[number, month])
            spans.append(
                Span(
                    start=start,
                    incidents=incidents[month],
                    counted=count,
                    left_out=dict(zip(Reason, left_out, strict=True)),
                    median=median,
                    percentile_90=percentile_90,
                )
            )
        found.append(Measured(measurement, spans))
    return found


def _load(rows: Iterable[Row], led: int) -> list[Load]:
    busiest = sorted(rows, key=lambda row: (-row.counts[0], row.number))
    named = [Load(row.number, row.word, row.counts[0], row.counts[1]) for row in busiest]
    others = led - sum(load.incidents for load in named)
    if others:
        named.append(Load(None, "", others, 0))
    return named
