"""The built-in handlers of events, under the names that release 0.5.1 gave them."""

from __future__ import annotations

import re
import time
from typing import Any

from response.core.models import Incident
from response.slack.decorators import handle_incident_command, handle_keywords, slack_event
from response.slack.handlers import events
from response.slack.models import CommsChannel, PinnedMessage, UserStats

__all__ = [
    "CommsChannel",
    "Incident",
    "PinnedMessage",
    "UserStats",
    "decode_app_mention",
    "handle_app_mention",
    "handle_channel_rename",
    "handle_incident_command",
    "handle_keyword_detection",
    "handle_keywords",
    "handle_pin_added",
    "handle_pin_removed",
    "slack_event",
    "update_user_stats",
]

Payload = dict[str, Any]

_MENTION = re.compile(r"(<@[A-Z0-9]+>)\s+(\w+)\s*(.*)")


def decode_app_mention(payload: str) -> tuple[str, str, str]:
    """Return a mention as three texts: the bot's reference, the command, and the rest.

    Raises ``ValueError`` for a text of another form.
    """
    match = _MENTION.match(payload.strip())
    if match is None:
        raise ValueError(f'{payload!r} is not of the form "@<bot> <command> <text>"')
    return match[1], match[2], match[3]


def handle_app_mention(incident: Incident, payload: Payload) -> None:
    """Run the command that a mention of the bot says."""
    _bot, command, message = decode_app_mention(payload["text"])
    handle_incident_command(
        command, message, payload["ts"], payload["channel"], payload.get("user", "")
    )


def handle_keyword_detection(incident: Incident, payload: Payload) -> None:
    """Run the keyword handlers that a message concerns."""
    handle_keywords(incident, payload)


def update_user_stats(incident: Incident, payload: Payload) -> None:
    """Count a message of a person's."""
    events.count_message(incident, payload)


def handle_pin_added(incident: Incident, payload: Payload) -> None:
    """Put a pinned message into the timeline."""
    events.add_pin(incident, _with_text_ts(payload))


def handle_pin_removed(incident: Incident, payload: Payload) -> None:
    """Take a message that is no longer pinned out of the timeline."""
    events.remove_pin(incident, _with_text_ts(payload))


def handle_channel_rename(incident: Incident, payload: Payload) -> None:
    """Keep the channel's new name."""
    events.channel_renamed(incident, payload)


def _with_text_ts(payload: Payload) -> Payload:
    """Return an event as Slack sends it; projects' tests leave out or abridge timestamps."""
    item = payload["item"]
    message = {"type": "message", **item["message"], "ts": str(item["message"]["ts"])}
    item = {"type": "message", **item, "message": message}
    return {"event_ts": f"{time.time():.6f}", **payload, "item": item}
