"""What rules look at, gathered from the database."""

from __future__ import annotations

from typing import Any

from response.core.models import ExternalUser, Incident, Update
from response.rules.plan import Situation


def situation_of(incident: Incident) -> Situation:
    """Return an incident as rules look at it; a query for its newest update."""
    channel = incident.comms_channel()
    newest = Update.objects.newest(incident)
    return Situation(
        reported=incident.report_time,
        severity=incident.severity or "",
        private=incident.private,
        report_only=incident.report_only,
        ended=incident.end_time,
        has_lead=incident.lead_id is not None,
        has_summary=bool(incident.summary),
        has_channel=channel is not None,
        channel_archived=bool(channel and channel.archived),
        last_update=newest.created if newest else None,
        last_update_pk=newest.pk if newest else 0,
        fields=field_values(incident),
    )


def field_values(incident: Incident) -> dict[str, Any]:
    """Return the values of the incident's custom fields by key: text, or a list of texts."""
    return {field.key: _plain(value) for field, value in incident.custom_fields()}


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, ExternalUser):
        return [value.external_id, value.display_name]
    return None if value is None else str(value)
