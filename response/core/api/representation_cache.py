"""Reuse what a serializer has made of an incident, as long as its rows have not changed.

A change to an incident is written to the event stream, sent to webhooks and answered by the API:
three times the same incident. The first of them stores with the incident those fields that only
its own rows decide. The others reuse them as long as none of these rows has changed; all other
fields are made each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Model

from response.core.models import Incident

#: The fields that the incident's row, its lead, its reporter and its comms channel decide.
OF_ITS_ROWS = frozenset(
    {
        "comms_channel",
        "end_time",
        "id",
        "impact",
        "is_closed",
        "lead",
        "report",
        "report_only",
        "report_time",
        "reporter",
        "severity",
        "start_time",
        "summary",
    }
)
_KEPT = "_response_representation"


def known(incident: Incident, by: type) -> Mapping[str, Any]:
    """Return what the serializer class ``by`` has made of the incident as it is now."""
    state, shown = incident.__dict__.get(_KEPT, (None, {}))
    return shown if state == _state(incident, by) else {}


def keep(incident: Incident, by: type, shown: Mapping[str, Any]) -> None:
    """Keep what may be used again of what the serializer class ``by`` has made."""
    kept = {name: value for name, value in shown.items() if name in OF_ITS_ROWS}
    incident.__dict__[_KEPT] = (_state(incident, by), kept)


def _state(incident: Incident, by: type) -> tuple[Any, ...]:
    rows = (incident, incident.lead, incident.reporter, incident.comms_channel())
    return (by, *(_values(row) for row in rows))


def _values(row: Model | None) -> tuple[Any, ...] | None:
    if row is None:
        return None
    return tuple(row.__dict__.get(field.attname) for field in row._meta.concrete_fields)
