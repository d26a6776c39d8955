"""Change rows of a big table in batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

BATCH = 5000

Values = dict[str, Any]


def change_rows(
    model: Any, connection: Any, fields: tuple[str, ...], change: Callable[[Values], Values]
) -> int:
    """Call ``change`` with the ``fields`` of every row and store what it returns.

    ``change`` returns a dict of the fields to change; an empty dict leaves the row unchanged.
    Returns the number of changed rows. Statements are prepared once and sent in batches:
    ``bulk_update`` would take minutes for a million rows.
    """
    rows = model.objects.using(connection.alias).order_by("pk").values_list("pk", *fields)
    changed, last = 0, None
    while True:
        batch = list((rows.filter(pk__gt=last) if last is not None else rows)[:BATCH])
        if not batch:
            return changed
        last = batch[-1][0]
        todo: dict[tuple[str, ...], list[list[Any]]] = {}
        for pk, *values in batch:
            new = change(dict(zip(fields, values, strict=True)))
            if new:
                names = tuple(new)
                ready = [prepared(model, connection, name, new[name]) for name in names]
                todo.setdefault(names, []).append([*ready, pk])
                changed += 1
        for names, parameters in todo.items():
            store(model, connection, names, parameters)


def prepared(model: Any, connection: Any, name: str, value: Any) -> Any:
    """Return a field's value as the database driver takes it."""
    return model._meta.get_field(name).get_db_prep_save(value, connection)


def store(model: Any, connection: Any, names: tuple[str, ...], parameters: list[list[Any]]) -> None:
    """Set the fields ``names`` of many rows; ``parameters`` has their values and the key of each.

    The values are :func:`prepared` ones.
    """
    quote = connection.ops.quote_name
    columns = [quote(model._meta.get_field(name).column) for name in names]
    assignments = ", ".join(f"{column} = %s" for column in columns)
    table, key = quote(model._meta.db_table), quote(model._meta.pk.column)
    with connection.cursor() as cursor:
        statement = f"UPDATE {table} SET {assignments} WHERE {key} = %s"  # noqa: S608  (our names)
        cursor.executemany(statement, parameters)
