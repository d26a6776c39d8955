"""Closing an incident from Slack, and asking for the fields that closing requires."""

from __future__ import annotations

from response.core.models import Incident, Status
from response.core.models.status import Category
from response.slack.render import detail_fields, questions
from response.slack.render.block_kit import Message
from response.slack.render.incident_view import IncidentView


def close(incident: Incident, status_key: str = "") -> bool:
    """Close the incident, with the status that was chosen if there is one and it is offered.

    Returns False if it was closed already.
    """
    row = Status.with_key(status_key) if status_key else None
    if row is None or row.retired or row.category != Category.CLOSED or incident.is_closed():
        return incident.close()
    return incident.set_status(row)


def missing_fields_message(incident: Incident, status_key: str = "") -> Message:
    """Return what is said to a person who closes an incident that lacks required fields.

    ``status_key`` is the status with which they want to close it, if they chose one.
    """
    names = [field.name for field in incident.missing_at_closing()]
    in_form = bool(detail_fields.for_closing(incident).elements)
    view = IncidentView.from_incident(incident)
    return questions.missing_at_closing(view, names, in_form, status_key)
