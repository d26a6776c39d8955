"""Operations that add indexes to big tables without keeping others from writing.

PostgreSQL builds such an index alongside its other work (``CREATE INDEX CONCURRENTLY``), which it
does not do inside a transaction: a migration with one of these operations has
``atomic = False``. An index that an interrupted migration has left unfinished is built again.
The other databases build theirs as always: MariaDB lets others write meanwhile, SQLite takes a
second for 100,000 rows.
"""

from __future__ import annotations

from typing import Any

from django.db import DatabaseError, migrations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class AddIndexAside(migrations.AddIndex):
    """Add an index without keeping others from writing; do nothing if it is there already."""

    atomic = False

    def database_forwards(
        self,
        app_label: str,
        schema_editor: Any,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        table, name = model._meta.db_table, self.index.name
        if schema_editor.connection.vendor == "postgresql":
            _drop_unfinished(schema_editor, name)
        with schema_editor.connection.cursor() as cursor:
            known = schema_editor.connection.introspection.get_constraints(cursor, table)
        if name in known:
            return
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.add_index(model, self.index, concurrently=True)
        else:
            schema_editor.add_index(model, self.index)


class AddTrigramIndex(Operation):
    """Add an index for searches inside of words (``icontains``), where PostgreSQL can have one.

    It needs the extension pg_trgm. PostgreSQL trusts it: the owner of a database may install it.
    Where that is not allowed, or it is missing on the server, this says so and adds nothing;
    searches then read the tables, and find the same.
    """

    reduces_to_sql = False
    reversible = True
    atomic = False

    def __init__(self, model_name: str, fields: tuple[str, ...], name: str) -> None:
        self.model_name = model_name
        self.fields = fields
        self.name = name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Leave the state alone: other databases cannot have this index."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: Any,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        connection = schema_editor.connection
        if connection.vendor != "postgresql":
            return
        if not self.allow_migrate_model(connection.alias, model):
            return
        quote = schema_editor.quote_name
        # As Django writes ``icontains``, which is what makes PostgreSQL use it.
        columns = ", ".join(
            f"UPPER({quote(model._meta.get_field(field).column)}::text) gin_trgm_ops"
            for field in self.fields
        )
        table = quote(model._meta.db_table)
        _drop_unfinished(schema_editor, self.name)
        try:
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm", None)
            schema_editor.execute(
                f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {quote(self.name)} "
                f"ON {table} USING gin ({columns})",
                None,
            )
        except DatabaseError as error:
            print(
                f"\n  No index for searching in {table}: {str(error).strip()}\n"
                "  Searches work, and take longer the more incidents there are. "
                "See docs/operations.md.",
                end="",
            )

    def database_backwards(
        self,
        app_label: str,
        schema_editor: Any,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(self.name)}", None
            )

    def describe(self) -> str:
        return f"Add an index for searching in {', '.join(self.fields)} of {self.model_name}"


def _drop_unfinished(schema_editor: Any, name: str) -> None:
    """Remove what an interrupted ``CREATE INDEX CONCURRENTLY`` has left behind."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
            "WHERE relname = %s AND NOT indisvalid AND pg_table_is_visible(pg_class.oid)",
            [name],
        )
        unfinished = cursor.fetchone() is not None
    if unfinished:
        schema_editor.execute(f"DROP INDEX CONCURRENTLY {schema_editor.quote_name(name)}", None)
