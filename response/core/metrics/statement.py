"""The statement that counts and ranks everything: one, whatever there is to count.

The incidents are read once, with what the reader may see and the filter, into a common table
(``seen``) with few narrow columns: the numbers of week, month and hour, and what each measurement
says. All figures come from it. One statement also sees one state of the data, so that the
counted and the left out add up to the incidents of the month.

Django's ORM has no common table expressions: the parts that know the models are querysets, the
rest is written out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    ExpressionWrapper,
    IntegerField,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from response.core.metrics import expressions, percentiles
from response.core.metrics.outcomes import Reason
from response.core.metrics.periods import Period
from response.core.metrics.scope import Scope
from response.core.models import Action, ExternalUser, Measurement

#: How many leads are named; the others are counted together.
MOST_LEADS = 20
#: From when on an open action is older: days.
AGES = (7, 30, 90)
#: The first and the last hour of a working day, Mondays to Fridays.
WORKING_HOURS = (8, 18)

_HOUR, _DAY = 3600, 86400
_REASONS = tuple(Reason)

WEEK, HOUR, AGE, LEAD, MONTH, MEASURED, PLACE = (
    "week", "hour", "age", "lead", "month", "measured", "place",
)  # fmt: skip


class Row(NamedTuple):
    """What was counted: ``kind`` says what the other columns are.

    ========= ============== ================= ======================================
    kind      number         word              counts
    ========= ============== ================= ======================================
    week      of the week    severity or empty incidents
    hour      of the week    –                 incidents
    age       of the age     overdue or empty  open actions
    lead      the lead's id  their name        incidents, those outside working hours
    month     of the month   –                 incidents, those with a lead
    measured  of the month   measurement       measured, left out by reason
    place     of the month   measurement       place from 1, microseconds
    ========= ============== ================= ======================================

    ``word`` is the number of the measurement in ``measured`` and ``place``, as a text.
    """

    kind: str
    number: int
    word: str
    counts: tuple[int, ...]


def execute(
    scope: Scope,
    weeks: Sequence[date],
    months: Sequence[date],
    measurements: Sequence[Measurement],
) -> list[Row]:
    """Count and rank the incidents of ``scope``, in one query.

    ``weeks`` and ``months`` are the first days of the stretches of time, the first of them the
    first of the period. Only the places beside medians and 90th percentiles are returned.
    """
    connection = connections[scope.within().db]
    try:
        sql, parameters = _statement(scope, weeks, months, measurements, connection)
    except EmptyResultSet:  # what Django knows to find nothing
        return []
    percentiles.prepare(connection)
    rows: list[Row] = []
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        for kind, number, word, text, *counts in cursor.fetchall():
            rows.append(Row(kind, number, word, tuple(counts)))
            if text:
                values = map(int, text.split(","))
                numbered = zip(percentiles.places(counts[0]), values, strict=True)
                rows += (Row(PLACE, number, word, pair) for pair in numbered)
    return rows


def _statement(
    scope: Scope,
    weeks: Sequence[date],
    months: Sequence[date],
    measurements: Sequence[Measurement],
    connection: Any,
) -> tuple[str, list[Any]]:
    seen, parameters = _compiled(_seen(scope, weeks, months, measurements))
    ages, more = _compiled(_ages(scope))
    parts = [
        # The words of the first part decide of which type all of them are.
        _part(_WEEKS, WEEK, "week_number", "severity_key", "COUNT(*)"),
        _part(_HOURS, HOUR, "hour_number", "''", "COUNT(*)"),
        _part(_AGES.format(ages=ages), AGE, "age_number", "lateness", "actions"),
        _part(_leads(connection), LEAD, "lead_id", "name", "incidents", "outside"),
        _part("FROM months", MONTH, "month_number", "''", "incidents", "led"),
        *_measuring(connection.vendor, measurements),
    ]
    common = _COMMON.format(seen=seen, months=_months(connection.vendor, measurements))
    return common + " UNION ALL ".join(parts), [*parameters, *more]


_COMMON = """
WITH seen AS ({seen}),
months AS (
    SELECT month_number, COUNT(*) AS incidents, COUNT(lead_id) AS led{months}
    FROM seen GROUP BY month_number
)
"""
_WEEKS = "FROM seen GROUP BY week_number, severity_key"
_HOURS = "FROM seen GROUP BY hour_number"
_AGES = "FROM ({ages}) ages"
_LEADS = """
FROM (
    SELECT busiest.*, COALESCE(NULLIF(full_name, ''), display_name, '') AS name
    FROM (
        SELECT lead_id, COUNT(*) AS incidents, COUNT(CASE WHEN {outside} THEN 1 END) AS outside
        FROM seen WHERE lead_id IS NOT NULL
        GROUP BY lead_id ORDER BY COUNT(*) DESC, lead_id LIMIT {most}
    ) busiest
    INNER JOIN {people} people ON people.id = busiest.lead_id
) leads
"""


def _part(source: str, kind: str, number: str, word: str, *counts: str, text: str = "''") -> str:
    """Return a part of the union: all have the same columns. ``source`` begins with ``FROM``."""
    columns = [f"'{kind}'", number, word, text, *counts, *["0"] * (1 + len(_REASONS) - len(counts))]
    return f"SELECT {', '.join(columns)} {source}"


def _compiled(queryset: Any) -> tuple[str, tuple[Any, ...]]:
    compiler = queryset.query.get_compiler(queryset.db)
    sql, parameters = compiler.as_sql()
    return sql, tuple(parameters)


def _seen(
    scope: Scope,
    weeks: Sequence[date],
    months: Sequence[date],
    measurements: Sequence[Measurement],
) -> Any:
    """Return the incidents with what is counted of them."""
    columns: dict[str, Any] = {
        "week_number": scope.period.bucket("report_time", weeks),
        "month_number": scope.period.bucket("report_time", months),
        "hour_number": _hour_of_week(scope.period),
        "severity_key": Coalesce("severity", Value(""), output_field=CharField()),
    }
    for number, measurement in enumerate(measurements):
        columns[f"outcome_{number}"] = expressions.outcome(measurement, _REASONS)
        columns[f"span_{number}"] = expressions.comparable_span(measurement)
    return scope.within().annotate(**columns).values_list("lead_id", *columns)


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


def _ages(scope: Scope) -> Any:
    """Return the open actions by age, and whether they are overdue, counted."""
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
    return (
        actions.order_by()
        .annotate(age_number=age, lateness=late)
        .values("age_number", "lateness")
        .annotate(actions=Count("pk"))
        .values_list("age_number", "lateness", "actions")
    )


def _months(vendor: str, measurements: Sequence[Measurement]) -> str:
    """Return the columns of the months: with all of their counts, so that they are grouped once."""
    columns = []
    for number in range(len(measurements)):
        columns.append(f"COUNT(span_{number}) AS counted_{number}")
        columns.append(f"{percentiles.aggregate(vendor, f'span_{number}')} AS places_{number}")
        columns += (
            f"COUNT(CASE WHEN outcome_{number} = {code} THEN 1 END) AS {reason}_{number}"
            for code, reason in enumerate(_REASONS, 1)
        )
    return "".join(f", {column}" for column in columns)


def _leads(connection: Any) -> str:
    first, last = WORKING_HOURS
    hour = "hour_number %% 24"
    return _LEADS.format(
        outside=f"hour_number >= 120 OR {hour} < {first} OR {hour} >= {last}",
        most=MOST_LEADS,
        people=connection.ops.quote_name(ExternalUser._meta.db_table),
    )


def _measuring(vendor: str, measurements: Sequence[Measurement]) -> list[str]:
    numbers = range(len(measurements))
    parts = [
        _part(
            "FROM months",
            MEASURED,
            "month_number",
            f"'{number}'",
            f"counted_{number}",
            *(f"{reason}_{number}" for reason in _REASONS),
            text=f"places_{number}",
        )
        for number in numbers
    ]
    if parts and not percentiles.are_aggregated(vendor):
        spans = " UNION ALL ".join(_SPANS.format(number=number) for number in numbers)
        ranked = _RANKED.format(spans=spans)
        parts.append(_part(ranked, PLACE, "month_number", "which", "place", "span"))
    return parts


_SPANS = """
SELECT '{number}' AS which, month_number, span_{number} AS span
FROM seen WHERE span_{number} IS NOT NULL
"""
_RANKED = """
FROM (
    SELECT which, month_number, span,
        ROW_NUMBER() OVER (PARTITION BY which, month_number ORDER BY span) AS place,
        COUNT(*) OVER (PARTITION BY which, month_number) AS among
    FROM ({spans}) spans
) ranked
WHERE 2 * place BETWEEN among AND among + 2
    OR 10 * place BETWEEN 9 * among - 8 AND 9 * among + 10
"""
