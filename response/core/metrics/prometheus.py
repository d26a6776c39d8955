"""The figures in the text format of Prometheus.

Format: https://prometheus.io/docs/instrumenting/exposition_formats/ (text, version 0.0.4). All
are gauges: a time that is corrected or an incident that is made private changes what was said
before. Only public incidents count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Count

from response.core.metrics import figures
from response.core.metrics.periods import Period, project_zone
from response.core.metrics.query import severities
from response.core.metrics.scope import NO_SEVERITY, Scope

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
#: The days that medians and percentiles are about.
DAYS = 30

Labels = dict[str, str]


@dataclass(frozen=True)
class Gauge:
    """A metric: its name, what it says, and its values by their labels."""

    name: str
    help: str
    values: list[tuple[Labels, float]]


def exposition() -> str:
    """Return what Prometheus reads, computed now, in three queries."""
    return "".join(f"{line}\n" for gauge in _gauges() for line in _lines(gauge))


def _gauges() -> Iterable[Gauge]:
    scope = Scope(Period.of_days(DAYS, project_zone()))
    gathered = figures.gather(scope, [scope.period.first])  # one bucket: all of the days
    yield Gauge(
        "response_open_incidents",
        "Live incidents now, by severity.",
        _by_severity(scope, live=True),
    )
    yield Gauge(
        "response_incidents",
        "Incidents declared so far, by severity.",
        _by_severity(scope, live=False),
    )
    yield Gauge(
        "response_open_actions",
        "Actions that are not done, by the least age of their group in days.",
        [({"age_days": _least(age.least)}, age.count) for age in gathered.actions],
    )
    yield Gauge(
        "response_overdue_actions",
        "Actions that are not done and were due, by the same groups.",
        [({"age_days": _least(age.least)}, age.overdue) for age in gathered.actions],
    )
    yield Gauge(
        "response_measurement_seconds",
        f"Time between two milestones, of the incidents declared in the last {DAYS} days.",
        [
            ({"measurement": one.measurement.key, "quantile": quantile}, value)
            for one in gathered.measured
            for quantile, value in (
                ("0.5", one.months[0].median),
                ("0.9", one.months[0].percentile_90),
            )
            if value is not None
        ],
    )
    yield Gauge(
        "response_measurement_incidents",
        f"Incidents declared in the last {DAYS} days: measured, or left out and why.",
        [
            ({"measurement": one.measurement.key, "outcome": outcome}, count)
            for one in gathered.measured
            for outcome, count in (
                ("recorded", one.months[0].counted),
                *((str(reason), n) for reason, n in one.months[0].left_out.items()),
            )
        ],
    )


def _by_severity(scope: Scope, *, live: bool) -> list[tuple[Labels, float]]:
    incidents = scope.incidents()
    if live:
        incidents = incidents.filter(end_time__isnull=True, report_only=False)
    counts: dict[str, int] = {key: 0 for key, _name in severities()}
    for severity, count in incidents.values_list("severity").annotate(Count("pk")):
        key = severity or NO_SEVERITY
        counts[key] = counts.get(key, 0) + count
    return [({"severity": key}, count) for key, count in counts.items()]


def _least(days: int | None) -> str:
    return "unknown" if days is None else str(days)


def _lines(gauge: Gauge) -> Iterator[str]:
    yield f"# HELP {gauge.name} {gauge.help}"
    yield f"# TYPE {gauge.name} gauge"
    for labels, value in gauge.values:
        inside = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
        yield f"{gauge.name}{{{inside}}} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
