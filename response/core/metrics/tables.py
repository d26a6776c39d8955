"""The figures as tables: what a chart is drawn from, a page shows and a CSV file holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from response.core import duration
from response.core.csv_cells import lines
from response.core.metrics.figures import Age, Figures, Measured
from response.core.metrics.outcomes import Reason
from response.core.metrics.scope import NO_SEVERITY
from response.core.metrics.statement import WORKING_HOURS
from response.core.models.severity import Colour

TEXT, COUNT, SPAN, MONTH, DAY = "text", "count", "span", "month", "day"


@dataclass(frozen=True)
class Column:
    """A column: what it is called, what kind of values it has, and its colour in the chart.

    Without a colour it is not in the chart. ``hollow`` ones are drawn as an outline.
    """

    name: str
    kind: str = COUNT
    colour: str = ""
    hollow: bool = False


@dataclass(frozen=True)
class Cell:
    """A value: as people read it, and as a chart or a program takes it."""

    text: str
    value: str
    kind: str


@dataclass(frozen=True)
class Table:
    """A table: its key in addresses, what it is called, and what it says.

    ``chart`` is how it is drawn: ``stacked`` or ``bars``, ``rows`` (bars that lie), ``lines``.
    """

    key: str
    title: str
    note: str
    chart: str
    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it to see."""
        return not any(
            value
            for row in self.rows
            for column, value in zip(self.columns, row, strict=True)
            if column.kind in (COUNT, SPAN)
        )

    @property
    def is_drawn(self) -> bool:
        """Whether a chart would show anything."""
        return any(
            value
            for row in self.rows
            for column, value in zip(self.columns, row, strict=True)
            if column.colour
        )

    def cells(self) -> list[list[Cell]]:
        """Return the rows as people read them."""
        return [
            [
                Cell(_read(value, column.kind), _plain(value), column.kind)
                for column, value in zip(self.columns, row, strict=True)
            ]
            for row in self.rows
        ]

    def as_csv(self) -> str:
        """Return the table as CSV; times are whole seconds, and what is not known is empty."""
        head = [
            _("%(name)s (seconds)") % {"name": column.name} if column.kind == SPAN else column.name
            for column in self.columns
        ]
        return "".join(lines([head, *self.rows]))


def tables(figures: Figures) -> list[Table]:
    """Return the figures as tables, in the order of the page."""
    return [
        _weeks(figures),
        *(_measured(measured) for measured in figures.measured),
        _actions(figures.actions),
        _hours(figures),
        _load(figures),
    ]


#: What the style sheet calls the colours of severities.
_COLOURS = {
    Colour.RED: "critical",
    Colour.ORANGE: "major",
    Colour.YELLOW: "minor",
    Colour.GREEN: "good",
    Colour.BLUE: "link",
    Colour.PURPLE: "purple",
    Colour.GREY: "trivial",
}


def _weeks(figures: Figures) -> Table:
    rows = {row.key: row for row in figures.severities}
    found = {key for week in figures.weeks for key in week.counts}
    names = [(key, row.label()) for key, row in rows.items() if key in found or not row.retired]
    if NO_SEVERITY in found:
        names.append((NO_SEVERITY, _("not set")))
    names += [(key, key) for key in sorted(found - rows.keys() - {NO_SEVERITY})]
    colours = {key: _COLOURS.get(Colour(row.colour), "muted") for key, row in rows.items()}
    return Table(
        key="incidents",
        title=_("Incidents per week"),
        note=_("By severity, in the week in which they were declared."),
        chart="stacked",
        columns=(
            Column(_("Week of"), DAY),
            *(
                Column(
                    name.capitalize(), COUNT, colours.get(key, "muted"), hollow=key == NO_SEVERITY
                )
                for key, name in names
            ),
            Column(_("All")),
        ),
        rows=[
            (week.start, *(week.counts.get(key, 0) for key, _name in names), week.total)
            for week in figures.weeks
        ],
    )


def _measured(measured: Measured) -> Table:
    row = measured.measurement
    return Table(
        key=f"measurement-{row.key}",
        title=row.label(),
        note=row.note(),
        chart="lines",
        columns=(
            Column(_("Month"), MONTH),
            Column(_("Median"), SPAN, "link"),
            Column(_("90th percentile"), SPAN, "major"),
            Column(_("Incidents")),
            Column(_("Counted")),
            Column(_("Pending")),
            Column(_("Reported later")),
            Column(_("Not known")),
            Column(_("Invalid")),
        ),
        rows=[
            (
                span.start,
                span.median,
                span.percentile_90,
                span.incidents,
                span.counted,
                span.left_out[Reason.PENDING],
                span.left_out[Reason.REPORTED],
                span.left_out[Reason.UNKNOWN],
                span.left_out[Reason.INVALID],
            )
            for span in measured.months
        ],
    )


def _actions(ages: list[Age]) -> Table:
    return Table(
        key="actions",
        title=_("Open actions by age"),
        note=_("What is open now, no matter when the incident was declared."),
        chart="bars",
        columns=(
            Column(_("Age"), TEXT),
            Column(_("Open"), COUNT, "link"),
            Column(_("Overdue"), COUNT, "critical"),
        ),
        rows=[(_age(age), age.count, age.overdue) for age in ages],
    )


def _age(age: Age) -> str:
    if age.least is None:
        return _("Not known")
    if age.most is None:
        return _("%(days)d days or more") % {"days": age.least}
    if not age.least:
        return _("Under %(days)d days") % {"days": age.most}
    return _("%(least)d to %(most)d days") % {"least": age.least, "most": age.most - 1}


def _hours(figures: Figures) -> Table:
    return Table(
        key="hours",
        title=_("Busiest hours"),
        note=_("When incidents are declared, by the hour of the day in %(zone)s.")
        % {"zone": figures.scope.period.zone},
        chart="stacked",
        columns=(
            Column(_("Hour"), TEXT),
            Column(_("Monday to Friday"), COUNT, "link"),
            Column(_("Saturday and Sunday"), COUNT, "major"),
            Column(_("All")),
        ),
        rows=[
            (f"{hour.hour:02}:00", hour.working_days, hour.weekends, hour.total)
            for hour in figures.hours
        ],
    )


def _load(figures: Figures) -> Table:
    return Table(
        key="leads",
        title=_("Who carries the load"),
        note=_(
            "The incidents of each lead. Outside working hours means declared before "
            "%(first)02d:00, from %(last)02d:00 on, or at a weekend, in %(zone)s."
        )
        % {
            "first": WORKING_HOURS[0],
            "last": WORKING_HOURS[1],
            "zone": figures.scope.period.zone,
        },
        chart="rows",
        columns=(
            Column(_("Lead"), TEXT),
            Column(_("Incidents"), COUNT, "link"),
            Column(_("Outside working hours"), COUNT, "major"),
        ),
        rows=list(_leads(figures)),
    )


def _leads(figures: Figures) -> Iterator[tuple[str, int, int | None]]:
    for load in figures.load:
        if load.lead is None:
            yield _("All others"), load.incidents, None
        else:
            yield load.name, load.incidents, load.outside_hours
    if figures.without_lead:
        yield _("No lead"), figures.without_lead, None


def _read(value: Any, kind: str) -> str:
    if value is None:
        return "–"
    if kind == SPAN:
        return duration.short(timedelta(seconds=value))
    if kind == MONTH:
        return date_format(value, "M Y")
    return _plain(value)


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)
