"""What rules look at, gathered from the database."""

from __future__ import annotations

from typing import Any

from response.core.models import ExternalUser, Field, Incident, Update
from response.core.models.configured import folded
from response.core.models.field_values import Kind
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
    """Return the values of the incident's custom fields by key: text, or a list of texts.

    Of an option these are its key and its name: a rule may name either.
    """
    return {field.key: _plain(field, value) for field, value in incident.custom_fields()}


def _plain(field: Field, value: Any) -> Any:
    if field.kind in (Kind.CHOICE, Kind.CHOICES) and value is not None:
        keys = value if isinstance(value, tuple) else (value,)
        return [word for key in keys for word in (key, field.option_name(key))]
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, ExternalUser):
        return [value.external_id, value.display_name]
    return None if value is None else field.text_of(value)


def asked_for(pair: str) -> tuple[str, str, Field | None, bool]:
    """Return what a rule asks for with ``key=value``, and whether an incident can have it.

    That is: key, value, the field (None if there is none), and whether it can have the value.
    """
    key, _equals, value = (part.strip() for part in pair.partition("="))
    field = Field.with_key(key)
    if field is None or field.kind not in (Kind.CHOICE, Kind.CHOICES):
        return key, value, field, field is not None
    words = {word for option in field.all_options() for word in (option.key, option.name)}
    return key, value, field, folded(value) in {folded(word) for word in words}
