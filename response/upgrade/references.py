"""Foreign keys that refer to a row, in any table of any app."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandError
from django.db import IntegrityError, transaction


class References:
    """The columns of a database that refer to one table, found by asking the database.

    Projects have their own tables that refer to people, and Response's migrations do not know
    their models.
    """

    def __init__(self, connection: Any, table: str) -> None:
        self.connection = connection
        self.table = table
        self.columns = list(self._find())

    def move(self, old: Any, new: Any, *, but: tuple[str, ...] = ()) -> None:
        """Change all references to the row ``old`` into references to ``new``.

        Tables in ``but`` are left out.
        """
        quote = self.connection.ops.quote_name
        for table, column in self.columns:
            if table in but:
                continue
            name = quote(column)
            statement = f"UPDATE {quote(table)} SET {name} = %s WHERE {name} = %s"  # noqa: S608
            try:
                with transaction.atomic(self.connection.alias), self.connection.cursor() as cursor:
                    cursor.execute(statement, [new, old])
            except IntegrityError as error:
                raise CommandError(
                    f"Rows {old} and {new} of {self.table} are the same and have to become one, "
                    f"and {table} has a row for each where it may have only one. Nothing was "
                    f"changed. Remove one of the two from {table}, then run “migrate” again."
                ) from error

    def _find(self) -> Iterator[tuple[str, str]]:
        introspection = self.connection.introspection
        with self.connection.cursor() as cursor:
            for table in sorted(introspection.table_names(cursor)):
                relations = introspection.get_relations(cursor, table)
                for column, (_other_column, other_table, *_rest) in relations.items():
                    if other_table == self.table:
                        yield table, column
