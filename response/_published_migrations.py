"""The migrations of release 0.5.1, which one of ours stands for."""

from __future__ import annotations

from collections.abc import Iterable

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

#: The one of ours that stands for them.
OURS = "0001_squashed_0016_actions_auto_created_date"


def stopped_before_the_last_release(applied: Iterable[str]) -> str | None:
    """The last migration of a database that never got to 0.5.1; None if it did, or is new."""
    known = [name for name in PUBLISHED if name in set(applied)]
    return known[-1] if known and len(known) < len(PUBLISHED) else None
