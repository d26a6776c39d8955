"""Closing from Slack, and answering questions."""

from __future__ import annotations

from typing import Any

from response.core.models import Incident, Status
from response.core.models.status import Category
from response.jobs import outbox
from response.slack.jobs.messages import post_message
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


def set_status(incident: Incident, status: Status) -> bool:
    """Give the incident a status. Returns False if it has it already.

    Raises ``ValidationError`` for one it cannot have.
    """
    return incident.set_status(status)


def ask_for_missing(incident: Incident, status_key: str = "") -> Message:
    """Return what is said to a person who closes an incident that lacks required fields.

    ``status_key`` is the status with which they want to close it, if they chose one.
    """
    names = [field.name for field in incident.missing_at_closing()]
    in_form = bool(detail_fields.for_closing(incident).elements)
    view = IncidentView.from_incident(incident)
    return questions.missing_at_closing(view, names, in_form, status_key)


def replace_message(
    channel_id: str, message: dict[str, Any], text: str, incident: Incident
) -> None:
    """Replace a message of the bot's, whose question is answered, with ``text``."""
    ts = message.get("ts")
    if ts and channel_id:
        blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]
        outbox.enqueue(
            "chat.update",
            queue=channel_id,
            incident=incident.pk,
            channel=channel_id,
            ts=ts,
            text=text,
            blocks=blocks,
        )
    else:
        post_message(channel_id, text, incident=incident.pk)
