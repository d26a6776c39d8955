"""The migrations of release 0.5.1, and the check that refuses older databases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandError
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

PUBLISHED = [
    "0001_initial",
    "0002_timelineevent",
    "0003_auto_20190904_1349",
    "0004_auto_20190904_1704",
    "0005_auto_20190906_1413",
    "0006_externaluser_full_name",
    "0007_delete_incidentextension",
    "0008_externaluser_email",
    "0009_commschannel_channel_name",
    "0010_incident_report_only",
    "0011_auto_20190927_1339",
    "0012_commschannel_onetoone",
    "0013_incident_private",
    "0014_event",
    "0015_improve_actions",
    "0016_actions_auto_created_date",
]

#: The migration that replaces them.
OURS = "0001_squashed_0016_actions_auto_created_date"

#: What to do with a database that is older than 0.5.1.
REMEDY = (
    "Nothing was changed. Install django-incident-response==0.5.1, run its “migrate”, then "
    "install this release again. See docs/upgrading.md."
)


def stopped_before_the_last_release(applied: Iterable[str]) -> str | None:
    """Return the last migration of a database older than 0.5.1; None if newer or empty."""
    names = set(applied)
    known = [name for name in PUBLISHED if name in names]
    return known[-1] if OURS not in names and known and len(known) < len(PUBLISHED) else None


def older_release(alias: str) -> str | None:
    """Return the last migration of the database if it is older than 0.5.1, else None."""
    connection = connections[alias]
    recorder = MigrationRecorder(connection)
    if not recorder.has_table():
        return None
    return stopped_before_the_last_release(
        name for app, name in recorder.applied_migrations() if app == "response"
    )


def too_old(alias: str, stopped: str) -> str:
    """Return the error message for a database of an older release."""
    return (
        f"The database “{alias}” belongs to a release before 0.5.1: its last migration of "
        f"Response is {stopped}."
    )


def refuse_older_release(using: str, **kwargs: Any) -> None:
    """Refuse older databases on ``pre_migrate``, which also works with ``--skip-checks``."""
    stopped = older_release(using)
    if stopped:
        raise CommandError(f"{too_old(using, stopped)} {REMEDY}")
