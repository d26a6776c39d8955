"""Handle a payload at once, for projects that call the functions of release 0.5.1 for that.

The same handlers run as for a request from Slack, each in its own transaction, but the request
is not stored or retried, and exceptions of handlers reach the caller.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from response.core.models import Incident
from response.db import atomic
from response.jobs import outbox
from response.slack.decorators import dispatchers
from response.slack.decorators.incident_command import commands
from response.slack.decorators.keyword_handler import call as call_keyword_handler
from response.slack.decorators.keyword_handler import matching
from response.slack.features import help_text, reminders
from response.slack.inbound import routing
from response.slack.inbound.command_calls import run_command
from response.slack.inbound.incident_channels import channel_of_incident, incident_of
from response.slack.jobs.messages import add_reaction, post_message, send_ephemeral
from response.slack.models import InboxRequest
from response.slack.text import mrkdwn

logger = logging.getLogger(__name__)

Payload = dict[str, Any]


def _run(kind: str, type_: str, payload: Payload) -> None:
    request = InboxRequest(kind=kind, type=type_, payload=json.dumps(payload))
    for call in routing.handler_calls(request):
        with atomic(), outbox.collected():
            call.run()
            outbox.flush()


@dispatchers.run_event.provide
def handle_event(payload: Payload) -> None:
    """See :func:`response.slack.decorators.handle_event`."""
    event = payload.get("event")
    type_ = event.get("type") if isinstance(event, dict) else ""
    _run(InboxRequest.EVENT, str(type_ or ""), payload)


@dispatchers.run_action.provide
def handle_action(payload: Payload) -> None:
    """See :func:`response.slack.decorators.handle_action`."""
    if payload.get("actions"):
        _run(InboxRequest.INTERACTION, "block_actions", payload)


@dispatchers.run_dialog.provide
def handle_dialog(payload: Payload) -> None:
    """See :func:`response.slack.decorators.handle_dialog`."""
    type_ = str(payload.get("type") or "dialog_submission")
    _run(InboxRequest.INTERACTION, type_, {**payload, "type": type_})


@dispatchers.run_keywords.provide
def handle_keywords(incident: Incident, payload: Payload) -> None:
    """See :func:`response.slack.decorators.handle_keywords`."""
    text = str(payload.get("text") or "")
    user, ts = str(payload.get("user") or ""), str(payload.get("ts") or "")
    for handler, word in matching(mrkdwn.unescape(text)):
        with atomic(), outbox.collected():
            call_keyword_handler(handler, incident.comms_channel(), user, word, text, ts)
            outbox.flush()


@dispatchers.run_incident_command.provide
def handle_incident_command(
    command_name: str, message: str, thread_ts: str, channel_id: str, user_id: str
) -> None:
    """See :func:`response.slack.decorators.handle_incident_command`."""
    channel = channel_of_incident(channel_id)
    if channel is None:
        logger.error("No incident has the channel %s", channel_id)
        return
    incident = incident_of(channel)
    command = commands.find(command_name.casefold())
    with atomic(), outbox.collected():
        if command is None:
            react(channel_id, thread_ts, "question")
            text = help_text.unknown(command_name)
            send_ephemeral(channel_id, user_id, text, incident=incident.pk)
        else:
            handled, reply = run_command(command, incident, user_id, message)
            if handled is not None:
                react(channel_id, thread_ts, "white_check_mark" if handled else "question")
            if reply:
                post_message(channel_id, reply, incident=incident.pk)
        outbox.flush()


@dispatchers.run_notifications.provide
def handle_notifications() -> None:
    """See :func:`response.slack.decorators.handle_notifications`."""
    reminders.send_due()


@dispatchers.react.provide
def react(channel_id: str, thread_ts: str, emoji: str) -> None:
    """Queue a reaction to a message."""
    add_reaction(channel_id, thread_ts, emoji)
