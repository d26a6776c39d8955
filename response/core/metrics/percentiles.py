"""Medians and percentiles of ranked rows, in the SQL of each database.

As in ``percentile_cont``, a part p of n values lies at the place p (n - 1) + 1 of their order, and
is interpolated between the two values beside it. So four values decide the median and the 90th
percentile, and they are exact: ``percentile_cont`` itself counts in floating point, and is missing
in SQLite and MySQL.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

#: The parts of the ranking that are shown: the median, and the 90th percentile.
PARTS = ((1, 2), (9, 10))


def places(count: int) -> list[int]:
    """Return the places that are needed of ``count`` values, from 1: two for each part."""
    return [
        place
        for part, whole in PARTS
        for place in (part * (count - 1) // whole + 1, part * count // whole + 1)
    ]


def percentiles(count: int, values: dict[int, int]) -> list[int | None]:
    """Return what lies at each of :data:`PARTS`, in whole seconds; None if nothing was ranked.

    ``values`` has microseconds by their place, at least those of :func:`places`.
    """
    found: list[int | None] = []
    for part, whole in PARTS:
        if not count:
            found.append(None)
            continue
        below, rest = divmod(part * (count - 1), whole)
        low = values[below + 1]
        high = values[below + 2] if rest else low
        found.append(round((low + (high - low) * rest / whole) / 1_000_000))
    return found


def aggregate(vendor: str, column: str) -> str:
    """Return an aggregate of ``column``: a text with the values at the four places, by commas.

    Empty where nothing is ranked, and in every group on a database without such an aggregate:
    :func:`are_aggregated`. ``column`` is an interval on PostgreSQL, microseconds elsewhere; what
    is null there is not ranked. On SQLite, :func:`prepare` has to come first.
    """
    if vendor == "postgresql":
        # One sort for each measurement of a month, in memory: PostgreSQL computes equal
        # aggregates once.
        ranked = f"(ARRAY_AGG({column} ORDER BY {column}) FILTER (WHERE {column} IS NOT NULL))"
        chosen = [
            f"CAST(EXTRACT(EPOCH FROM {ranked}[{place}]) * 1000000 AS bigint)"
            for part, whole in PARTS
            for place in (
                f"{part} * (COUNT({column}) - 1) / {whole} + 1",
                f"{part} * COUNT({column}) / {whole} + 1",
            )
        ]
        return f"CONCAT_WS(',', {', '.join(chosen)})"
    if vendor == "sqlite":
        return f"{_NAME}({column})"
    return "''"


def are_aggregated(vendor: str) -> bool:
    """Return whether :func:`aggregate` works; elsewhere window functions number the rows."""
    return vendor in ("postgresql", "sqlite")


_NAME = "response_places"


class _Places(list[Any]):
    """The aggregate on SQLite, which is extended in Python, as Django itself does."""

    step = list.append

    def finalize(self) -> str:
        """Return the values at the four places."""
        ranked = sorted(value for value in self if value is not None)
        chosen = places(len(ranked)) if ranked else []
        return ",".join(str(ranked[place - 1]) for place in chosen)


#: The connections of SQLite that have the aggregate, by what Django knows them as.
_prepared: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


def prepare(connection: Any) -> None:
    """Make the aggregate known to a connection of SQLite, once."""
    if connection.vendor != "sqlite":
        return
    connection.ensure_connection()
    if _prepared.get(connection) is not connection.connection:
        connection.connection.create_aggregate(_NAME, 1, _Places)
        _prepared[connection] = connection.connection
