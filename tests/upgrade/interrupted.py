"""Runs ``migrate`` and is killed after each migration of Response. A process of its own.

    python -m tests.upgrade.interrupted [killed | unrecorded]

``killed``: at the moment at which Django records the migration. ``unrecorded``: after its
changes were committed, without a record. Each is followed by another ``migrate``, until none
is left. Prints what stands in the database then, but for its rows, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import django

KILLED = 9


def migrate(how: str, done: list[str]) -> int:
    """Run ``migrate`` in a child process; its exit status. It is killed at a new migration."""
    pid = os.fork()
    if pid == 0:
        try:
            _migrate(how, done)
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _migrate(how: str, done: list[str]) -> None:
    from django.core.management import call_command
    from django.db.migrations.executor import MigrationExecutor

    record = MigrationExecutor.record_migration

    def record_migration(self: Any, migration: Any) -> None:
        if migration.app_label != "response" or migration.name in done or not how:
            record(self, migration)
        elif how == "killed":
            _die(migration)

    def apply_migration(self: Any, state: Any, migration: Any, **kwargs: Any) -> Any:
        after = apply(self, state, migration, **kwargs)
        if migration.app_label == "response" and migration.name not in done and how:
            _die(migration)
        return after

    def _die(migration: Any) -> None:
        Path(os.environ["DIED_AT"]).write_text(migration.name)
        os._exit(KILLED)

    apply = MigrationExecutor.apply_migration
    MigrationExecutor.record_migration = record_migration
    MigrationExecutor.apply_migration = apply_migration
    call_command("migrate", verbosity=0, stdout=sys.stderr)


def standing() -> dict[str, Any]:
    """The tables of Response with their columns, indexes and constraints, and SQLite's counters."""
    from django.db import connection

    introspection = connection.introspection
    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for table in introspection.table_names(cursor):
            if not table.startswith("response_"):
                continue
            columns = introspection.get_table_description(cursor, table)
            constraints = introspection.get_constraints(cursor, table)
            found[table] = {
                "columns": sorted([c.name, str(c.type_code), c.null_ok] for c in columns),
                "constraints": sorted(
                    [
                        name if not name.startswith("__") else "",
                        sorted(column or "" for column in c["columns"] or []),
                    ]
                    for name, c in constraints.items()
                ),
            }
            # PostgreSQL's counters go on when a transaction is rolled back.
            if connection.vendor == "sqlite":
                cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
                row = cursor.fetchone()
                found[table]["counter"] = row[0] if row else 0
    return found


def main() -> None:
    """Migrate until all is done."""
    django.setup()
    how = sys.argv[1] if len(sys.argv) > 1 else ""
    done: list[str] = []
    while status := migrate(how, done):
        assert status == KILLED, f"migrate failed after {done}"
        done.append(Path(os.environ["DIED_AT"]).read_text())
    # On a line of its own, behind what the migrations print.
    print("\n" + json.dumps({"died": done, "standing": standing()}))


if __name__ == "__main__":
    main()
