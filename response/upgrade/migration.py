"""The base class of Response's migrations, which can be run again and refuse older databases.

If any SQL of a migration is deferred, Django records the migration after the transaction with
its changes. A process that is killed in between leaves tables that exist and a migration that
is not recorded, and every later ``migrate`` stops there. So no SQL is deferred here, and the
changes and the record are committed together. If they are separate nevertheless (a database
copied without ``django_migrations``, or ``migrate --fake`` to an earlier migration), changes
that are in the database already are not made again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import CommandError
from django.db import DatabaseError, migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from response.upgrade.published import OURS, REMEDY, older_release, too_old

_STANDS_IN_THE_WAY = re.compile("already exists|duplicate|does not exist|no such", re.IGNORECASE)


class RepeatableMigration(migrations.Migration):
    """A migration that is recorded in its own transaction, and can be run again."""

    def apply(
        self, project_state: ProjectState, schema_editor: Any, collect_sql: bool = False
    ) -> ProjectState:
        """Apply the migration, unless its changes are in the database already.

        Raises ``CommandError`` if the database belongs to an older release, or if it fails
        because of something that an interrupted migration may have left.
        """
        if collect_sql:
            return super().apply(project_state, schema_editor, collect_sql)
        self._refuse_older_release(project_state, schema_editor.connection)
        whole = self.atomic and schema_editor.connection.features.can_rollback_ddl
        if whole and _stands(self, project_state, schema_editor.connection):
            print("\n  It was in the database already.", end="")
            return self.mutate_state(project_state, preserve=False)
        try:
            state = super().apply(project_state, schema_editor, collect_sql)
            if whole:
                for statement in schema_editor.deferred_sql:
                    schema_editor.execute(statement, None)
                schema_editor.deferred_sql.clear()
        except DatabaseError as error:
            if not _STANDS_IN_THE_WAY.search(str(error)):
                raise
            raise CommandError(
                f"{self} cannot be applied: {error}. If an earlier “migrate” was interrupted "
                "after it had made this change, but before it was recorded, run “manage.py "
                f"migrate {self.app_label} {self.name} --fake” once and then “manage.py migrate” "
                "again. Otherwise put the backup back. See docs/upgrading.md."
            ) from error
        return state

    def _refuse_older_release(self, project_state: ProjectState, connection: Any) -> None:
        """Raise ``CommandError`` if the database does not have the schema of 0.5.1.

        If only some of the migrations that a migration replaces were applied, Django ignores
        it and starts with the next one.
        """
        if self.name == OURS or (self.app_label, "externaluser") in project_state.models:
            return
        stopped = older_release(connection.alias) or "none of those of 0.5.1"
        raise CommandError(f"{too_old(connection.alias, stopped)} {REMEDY}")


def _stands(migration: migrations.Migration, state: ProjectState, connection: Any) -> bool:
    """Return whether everything a migration creates exists; False if it creates nothing."""
    made = set(_made(migration, state))
    if not made:
        return False
    with connection.cursor() as cursor:
        introspection = connection.introspection
        tables = set(introspection.table_names(cursor))
        found: set[tuple[str, str]] = set()
        for table in {table for table, _name in made} & tables:
            description = introspection.get_table_description(cursor, table)
            found.update((table, column.name) for column in description)
            found.update((table, name) for name in introspection.get_constraints(cursor, table))
    return made <= found


def _made(migration: migrations.Migration, state: ProjectState) -> Iterator[tuple[str, str]]:
    """Yield the columns, indexes and constraints that a migration creates, each with its table.

    Models from which the migration also removes something are left out: a name that exists
    afterwards may have existed before.
    """
    operations = list(_in_the_database(migration.operations))
    unclear = {
        name.lower()
        for operation in operations
        for name in (getattr(operation, "model_name", None), getattr(operation, "name", None))
        if name and _removes(operation)
    }
    tables: dict[str, str] = {}
    for operation in operations:
        if isinstance(operation, migrations.CreateModel):
            if operation.options.get("proxy") or not operation.options.get("managed", True):
                continue
            name = operation.name_lower
            tables[name] = operation.options.get("db_table") or f"{migration.app_label}_{name}"
            for field_name, field in operation.fields:
                yield from _column(tables[name], field_name, field)
            continue
        name = getattr(operation, "model_name_lower", "")
        known = state.models.get((migration.app_label, name))
        if name in unclear or (name not in tables and known is None):
            continue
        default = f"{migration.app_label}_{name}"
        table = tables.get(name) or (known.options.get("db_table") if known else None) or default
        if isinstance(operation, migrations.AddField):
            yield from _column(table, operation.name, operation.field)
        elif isinstance(operation, migrations.AddIndex):
            yield table, operation.index.name
        elif isinstance(operation, migrations.AddConstraint):
            yield table, operation.constraint.name


def _in_the_database(operations: Iterable[Operation]) -> Iterator[Operation]:
    """Yield ``operations`` without those that change only the state of the models."""
    for operation in operations:
        if isinstance(operation, migrations.SeparateDatabaseAndState):
            yield from _in_the_database(operation.database_operations)
        else:
            yield operation


def _removes(operation: Operation) -> bool:
    return type(operation).__name__.startswith(("Remove", "Delete", "Rename"))


def _column(table: str, name: str, field: models.Field[Any, Any]) -> Iterator[tuple[str, str]]:
    if field.many_to_many:
        return
    yield table, field.db_column or (f"{name}_id" if field.is_relation else name)
