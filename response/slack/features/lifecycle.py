"""Closing and reopening from Slack, with the messages about it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from response.core.models import Incident
from response.jobs import outbox
from response.slack.jobs import requests
from response.slack.jobs.messages import post_message


def close(incident: Incident, user_id: str) -> bool:
    """Close the incident for a user. Returns False if it was closed already."""
    if not incident.close():
        return False
    channel = incident.comms_channel()
    if channel:
        told = (
            _("✅ <@%(who)s> closed this incident after %(duration)s.")
            if user_id
            else _("✅ This incident was closed after %(duration)s.")
        )
        channel.post_in_channel(told % {"who": user_id, "duration": incident.duration()})
    requests.ask_for_report(incident.pk)
    return True


def reopen(incident: Incident, user_id: str) -> bool:
    """Reopen the incident for a user. Returns False if it was not closed."""
    if not incident.reopen():
        return False
    channel = incident.comms_channel()
    if channel:
        told = (
            _("↩️ <@%(who)s> reopened this incident.")
            if user_id
            else _("↩️ This incident was reopened.")
        )
        channel.post_in_channel(told % {"who": user_id})
    return True


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
