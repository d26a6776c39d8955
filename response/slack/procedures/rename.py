"""Renaming a comms channel."""

from __future__ import annotations

from django.utils.translation import gettext as _

from response.slack import channel_names, outbox
from response.slack.client import get_client
from response.slack.models import CommsChannel, OutboxMessage
from response.slack.mrkdwn import outgoing
from response.slack.procedures import procedure, when_given_up

NAME = "comms_channel.rename"


def request(channel: CommsChannel, new_name: str) -> None:
    """Queue the renaming. Raises ``ValueError`` if no name can be made of ``new_name``."""
    name = channel_names.slug(new_name)[:76]
    if not name:
        raise ValueError(f"No channel can be called {new_name!r}")
    outbox.call(
        NAME,
        queue=channel.channel_id,
        incident=channel.incident_id,
        channel=channel.channel_id,
        name=name,
    )


@procedure(NAME)
def rename(job: OutboxMessage) -> None:
    """Rename in Slack, and keep the name that Slack has made of it."""
    channel_id, name = job.arguments["channel"], job.arguments["name"]
    stored = get_client().rename_channel(channel_id, name)
    CommsChannel.objects.filter(channel_id=channel_id).update(channel_name=stored)


@when_given_up(NAME)
def sorry(job: OutboxMessage, error: Exception) -> None:
    """Say in the channel that it keeps its name."""
    reason = getattr(error, "slack_error", None)
    if reason == "name_taken":
        text = _("⚠️ There is another channel called %(name)s, so this one keeps its name.")
    else:
        text = _("⚠️ Slack did not let me rename this channel to %(name)s (%(error)s).")
    outbox.post(
        job.arguments["channel"],
        text % {"name": outgoing(job.arguments["name"]), "error": outgoing(str(error))},
        incident=job.incident_id,
    )
