"""The first message of a comms channel, pinned and kept up to date like the headline."""

from __future__ import annotations

import logging
import time
from typing import Any

from response.core.models import Incident
from response.db import atomic
from response.jobs import outbox
from response.jobs.models import OutboxMessage
from response.slack.jobs import names
from response.slack.models import CommsChannel
from response.slack.render import messages, updates
from response.slack.render.block_kit import Message
from response.slack.render.incident_view import IncidentView
from response.slack.web_api import identity, messages_in_slack
from response.slack.web_api.errors import SlackError
from response.slack.web_api.jobs import slack_job

logger = logging.getLogger(__name__)

#: Nothing can be changed in the channel any more, or not by us.
_OUT_OF_REACH = frozenset({"is_archived", "channel_not_found", "not_in_channel"})


@slack_job(names.WELCOME_SYNC)
def sync(job: OutboxMessage) -> None:
    """Post the message (``arguments["first"]``), or update it if it looks different.

    In a channel that has none (of an older release, or whose message was deleted) none is
    posted later.
    """
    incident = Incident.objects.with_people().filter(pk=job.incident_id).first()
    channel = incident.comms_channel() if incident else None
    if incident is None or channel is None or channel.archived:
        return
    if not channel.welcome_ts and not job.arguments.get("first"):
        return
    bot = f"<@{identity.bot_user_id()}>"
    view = IncidentView.from_incident(incident)
    message = messages.welcome(view, bot, updates.newest_section(incident))
    if not channel.welcome_ts:
        _post(job, channel, message)
    elif message.fingerprint() != channel.welcome_fingerprint:
        _update(channel, message)


def _post(job: OutboxMessage, channel: CommsChannel, message: Message) -> None:
    found = None
    if "since" in job.progress:  # an earlier try may have posted it
        block_id = messages.welcome_block_id(channel.incident_id)
        found = messages_in_slack.find(channel.channel_id, block_id, job.progress["since"])
    if not found:
        job.progress = {"since": time.time()}
        job.save(update_fields=["progress"])
        posted = messages_in_slack.call("chat.postMessage", _arguments(channel, message))
    with atomic():
        channel.welcome_ts = found or str(posted["ts"])
        # What was found may be older than the present state; an empty fingerprint updates it.
        channel.welcome_fingerprint = "" if found else message.fingerprint()
        channel.save(update_fields=["welcome_ts", "welcome_fingerprint"])
        outbox.enqueue(
            "pins.add",
            queue=f"pins {channel.channel_id}",
            incident=channel.incident_id,
            channel=channel.channel_id,
            timestamp=channel.welcome_ts,
        )
    if found:
        _update(channel, message)


def _update(channel: CommsChannel, message: Message) -> None:
    arguments = {**_arguments(channel, message), "ts": channel.welcome_ts}
    try:
        messages_in_slack.call("chat.update", arguments)
    except SlackError as error:
        if error.slack_error in messages_in_slack.NOT_OURS_ANY_MORE:
            logger.info("%s; the welcome message is left alone", error)
            channel.welcome_ts = ""
        elif error.slack_error not in _OUT_OF_REACH:
            raise
    channel.welcome_fingerprint = message.fingerprint()
    channel.save(update_fields=["welcome_ts", "welcome_fingerprint"])


def _arguments(channel: CommsChannel, message: Message) -> dict[str, Any]:
    return {"channel": channel.channel_id, "unfurl_links": "false", **message.arguments()}
