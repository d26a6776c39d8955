"""The outcomes of :mod:`.outcomes` as conditions, and spans of time as numbers, in SQL.

The functions are written out for each database: Django's own work row by row in Python on
SQLite, and those that know zones need tables that many MariaDB servers lack.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import BigIntegerField, Case, F, Func, IntegerField, Q, Value, When

from response.core.metrics.outcomes import Reason
from response.core.models.measurement import Measurement

NEVER = Q(pk__in=[])


class Microseconds(Func):
    """The microseconds from the first time to the second: exact, and negative if it is earlier."""

    arity = 2
    output_field = BigIntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Compile for SQLite, where times are texts: seconds, and a fraction unless it is zero."""
        start, end = (compiler.compile(e) for e in self.get_source_expressions())
        sql = f"({_SQLITE % ((end[0],) * 2)} - {_SQLITE % ((start[0],) * 2)})"
        return sql, [*end[1], *end[1], *start[1], *start[1]]

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        start, end = (compiler.compile(e) for e in self.get_source_expressions())
        sql = f"CAST(EXTRACT(EPOCH FROM ({end[0]} - {start[0]})) * 1000000 AS bigint)"
        return sql, [*end[1], *start[1]]

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        start, end = (compiler.compile(e) for e in self.get_source_expressions())
        return f"TIMESTAMPDIFF(MICROSECOND, {start[0]}, {end[0]})", [*start[1], *end[1]]


# The fraction is cut off first: some versions of SQLite round it to whole milliseconds, and so
# may come to the next second.
_SQLITE = (
    "(CAST(strftime('%%%%s', substr(%s, 1, 19)) AS INTEGER) * 1000000"
    " + CAST(substr(substr(%s, 21) || '000000', 1, 6) AS INTEGER))"
)


class Comparable(Microseconds):
    """What lies between two times, as it is compared fastest, exactly: on PostgreSQL an interval.

    Elsewhere microseconds.
    """

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        start, end = (compiler.compile(e) for e in self.get_source_expressions())
        return f"({end[0]} - {start[0]})", [*end[1], *start[1]]


class EpochSeconds(Func):
    """The whole seconds from 1970 to a time, as the column holds it."""

    arity = 1
    output_field = BigIntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(
            compiler,
            connection,
            template="CAST(strftime('%%%%s', substr(%(expressions)s, 1, 19)) AS INTEGER)",
        )

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(
            compiler,
            connection,
            template="CAST(FLOOR(EXTRACT(EPOCH FROM %(expressions)s)) AS bigint)",
        )

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(
            compiler, connection, template="TIMESTAMPDIFF(SECOND, '1970-01-01', %(expressions)s)"
        )


class WholeQuotient(Func):
    """The quotient of two whole numbers without its remainder; for numbers from zero up."""

    arity = 2
    output_field = BigIntegerField()
    template = "(%(expressions)s)"
    arg_joiner = " / "

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, arg_joiner=" DIV ")


def span(measurement: Measurement) -> Microseconds:
    """Return what lies between the two milestones, in microseconds."""
    return Microseconds(F(measurement.first.column), F(measurement.last.column))


def comparable_span(measurement: Measurement) -> Case:
    """Return what lies between the two milestones, see :class:`Comparable`.

    Null unless the measurement is recorded.
    """
    between = Comparable(F(measurement.first.column), F(measurement.last.column))
    return Case(When(recorded(measurement), then=between), output_field=BigIntegerField())


def outcome(measurement: Measurement, reasons: Iterable[Reason]) -> Case:
    """Return why an incident is left out: the place in ``reasons``, from 1; 0 if it is not."""
    return Case(
        *(When(left_out(measurement, why), then=Value(n)) for n, why in enumerate(reasons, 1)),
        default=Value(0),
        output_field=IntegerField(),
    )


def recorded(measurement: Measurement) -> Q:
    """Return the condition for the incidents whose measurement is recorded."""
    start, end = measurement.first.column, measurement.last.column
    return (
        _applies(measurement)
        & Q(**{f"{start}__isnull": False, f"{end}__isnull": False})
        & Q(**{f"{end}__gte": F(start)})
    )


def left_out(measurement: Measurement, reason: Reason) -> Q:
    """Return the condition for the incidents that ``measurement`` leaves out for ``reason``."""
    start, end = measurement.first.column, measurement.last.column
    applies = _applies(measurement)
    no_end = Q(**{f"{end}__isnull": True})
    is_live = Q(end_time__isnull=True, report_only=False)
    if reason is Reason.REPORTED:
        return NEVER if measurement.includes_reported else Q(report_only=True)
    if reason is Reason.INVALID:
        return applies & Q(**{f"{start}__isnull": False, f"{end}__lt": F(start)})
    if reason is Reason.PENDING:
        return applies & no_end & (is_live if measurement.last.ends else Q())
    no_start = Q(**{f"{start}__isnull": True, f"{end}__isnull": False})
    if not measurement.last.ends:
        return applies & no_start
    return applies & (no_start | (no_end & ~is_live))


def _applies(measurement: Measurement) -> Q:
    return Q() if measurement.includes_reported else Q(report_only=False)
