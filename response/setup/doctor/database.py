"""The database: reachable, migrated, fit for the work."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from response.conf import settings
from response.db import atomic
from response.jobs.models import Tick
from response.setup.doctor.finding import OK, Finding, fail, ok, warn

MOUNTS = Path("/proc/self/mounts")
#: File systems whose locks SQLite cannot rely upon.
NETWORKED = ("nfs", "cifs", "smb", "fuse.sshfs", "fuse.glusterfs", "9p", "afs", "ceph")


def examine() -> Iterator[Finding]:
    """Look at the default database."""
    try:
        connection.ensure_connection()
    except (DatabaseError, InterfaceError) as error:
        yield fail(
            "database",
            _("The database cannot be reached: %(error)s") % {"error": error},
            _(
                "Create its folder, owned by the user that the site runs as; or correct NAME "
                "in DATABASES."
            )
            if connection.vendor == "sqlite"
            else _("Start it, and check DATABASES."),
        )
        return
    yield from _engine()
    pending = list(_migrations())
    yield from pending
    if all(finding.verdict == OK for finding in pending):
        yield from _writing()


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
    yield from _file()
    if str(settings.RESPONSE_RUNNER).endswith((".CeleryRunner", ".DjangoTasksRunner")):
        yield warn(
            "database",
            _("Workers on several machines cannot share SQLite."),
            _("Use PostgreSQL, or the AfterResponseRunner."),
        )


def _file() -> Iterator[Finding]:
    """Look at where SQLite's file lies: SQLite also writes files beside it."""
    name = str(connection.settings_dict.get("NAME") or "")
    path = Path(name).absolute()
    if not path.is_file():
        return  # in memory, or given as an address
    for what in (path, path.parent):
        if not os.access(what, os.W_OK):
            yield fail(
                "database",
                _("SQLite cannot write to %(path)s.") % {"path": what},
                _("Give the file and its folder to the user that the site runs as."),
            )
            return
    kind = _file_system(path)
    if kind.startswith(NETWORKED):
        yield warn(
            "database",
            _("SQLite's file %(path)s is on a network drive (%(kind)s), where it gets damaged.")
            % {"path": path, "kind": kind},
            _("Put it on a local disk, or use PostgreSQL."),
        )


def _file_system(path: Path) -> str:
    """Return the kind of file system, as Linux names it; empty elsewhere."""
    try:
        mounts = MOUNTS.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    found = ("", "")
    for line in mounts:
        _device, where, kind, *_rest = [*line.split(" "), "", "", ""]
        inside = where == "/" or path == Path(where) or Path(where) in path.parents
        if where and inside and len(where) >= len(found[0]):
            found = (where, kind)
    return found[1]


def _writing() -> Iterator[Finding]:
    """Try to write, without changing a row: a copy that follows another, say, can only be read."""
    try:
        with atomic():
            Tick.objects.filter(name="").update(name="")
    except (DatabaseError, InterfaceError) as error:
        yield fail(
            "database",
            _("Nothing can be written to the database: %(error)s") % {"error": error},
            _("Check the rights of the account in DATABASES, and that it is not a read-only copy."),
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
