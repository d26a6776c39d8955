"""Closing from Slack, and answering questions."""

from __future__ import annotations

from typing import Any

from response.core.models import Incident, Status
from response.jobs import outbox
from response.slack.jobs.messages import post_message


def close(incident: Incident) -> bool:
    """Close the incident. Returns False if it was closed already."""
    return incident.close()


def set_status(incident: Incident, status: Status) -> bool:
    """Give the incident a status. Returns False if it has it already.

    Raises ``ValidationError`` for one it cannot have.
    """
    return incident.set_status(status)


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
