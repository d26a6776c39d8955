"""Set when old incidents were acknowledged, from the first lead in their timelines."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from response.upgrade.batches import BATCH, prepared, store

COLUMN = "acknowledged_at"
#: Incident, time and metadata of an entry of a timeline.
Entry = tuple[int, datetime, Any]


def fill_in(apps: Any, editor: Any) -> None:
    """Set ``acknowledged_at`` of the incidents whose first lead the timeline tells of.

    Goes through the incidents in batches, and writes only where the time is empty, so that it
    can be interrupted and run again. Incidents that were only reported are left out.
    """
    using = editor.connection.alias
    incidents = apps.get_model("response", "Incident").objects.using(using)
    entries = apps.get_model("response", "TimelineEvent").objects.using(using)
    unknown = incidents.filter(acknowledged_at=None, report_only=False).order_by("pk")
    last = 0
    while batch := list(unknown.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        leads = entries.filter(
            incident__gte=batch[0], incident__lte=batch[-1], event_type="incident_update"
        )
        found = first_leads(
            leads.order_by("timestamp", "pk").values_list("incident_id", "timestamp", "metadata")
        )
        known = [
            [prepared(incidents.model, editor.connection, COLUMN, found[pk]), pk]
            for pk in batch
            if found.get(pk)
        ]
        if known:
            store(incidents.model, editor.connection, (COLUMN,), known)
        last = batch[-1]


def first_leads(entries: Iterable[Entry]) -> dict[int, datetime | None]:
    """Return when each incident got its first lead, from entries in order of time.

    None if the first entry about a lead says that there was one before: then it is not known.
    """
    found: dict[int, datetime | None] = {}
    for incident, at, metadata in entries:
        if incident in found or not isinstance(metadata, dict):
            continue
        if metadata.get("update_type") == "incident_lead":
            known = not metadata.get("old_value") and metadata.get("new_value")
            found[incident] = at if known else None
    return found
