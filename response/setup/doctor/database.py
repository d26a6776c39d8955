"""The database: reachable, migrated, fit for the work."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from response.conf import settings
from response.setup.doctor.finding import Finding, fail, ok, warn


def examine() -> Iterator[Finding]:
    """Look at the default database."""
    try:
        connection.ensure_connection()
    except (DatabaseError, InterfaceError) as error:
        yield fail(
            "database",
            _("The database cannot be reached: %(error)s") % {"error": error},
            _("Start it, and check DATABASES."),
        )
        return
    yield from _engine()
    yield from _migrations()


def _engine() -> Iterator[Finding]:
    if connection.vendor != "sqlite":
        yield ok("database", _("The database is %(name)s.") % {"name": connection.display_name})
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        mode = str(cursor.fetchone()[0]).lower()
    if mode == "wal":
        yield ok("database", _("The database is SQLite with write-ahead logging."))
    else:
        yield warn(
            "database",
            _("SQLite has no write-ahead logging: readers and writers wait for each other."),
            _(
                'Add "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL;", "timeout": 20} to '
                "DATABASES."
            ),
        )
    if str(settings.RESPONSE_RUNNER).endswith((".CeleryRunner", ".DjangoTasksRunner")):
        yield warn(
            "database",
            _("Workers on several machines cannot share SQLite."),
            _("Use PostgreSQL, or the AfterResponseRunner."),
        )


def _migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    number = sum(1 for migration, _backwards in plan if migration.app_label == "response")
    if number:
        yield fail(
            "migrations",
            ngettext(
                "%(number)d migration has not been applied.",
                "%(number)d migrations have not been applied.",
                number,
            )
            % {"number": number},
            "python manage.py migrate",
        )
    else:
        yield ok("migrations", _("All migrations have been applied."))
