"""Telling one person something where they are."""

from __future__ import annotations

from typing import Any

from response.slack import outbox
from response.slack.client import SlackError, get_client
from response.slack.limits import MESSAGE_TEXT
from response.slack.models import OutboxMessage
from response.slack.mrkdwn import truncate
from response.slack.procedures import procedure

NAME = "whisper.send"


def whisper(
    channel_id: str,
    user_id: str,
    text: str,
    *,
    response_url: str = "",
    incident: int | None = None,
    **message: Any,
) -> None:
    """Queue something that only ``user_id`` sees, in a channel if possible.

    Where the bot may not speak, it goes through ``response_url`` (good for half an hour),
    and where there is none, as a direct message. ``text`` is mrkdwn.
    """
    if not user_id:
        return
    outbox.call(
        NAME,
        queue=channel_id or user_id,
        incident=incident,
        channel=channel_id,
        user=user_id,
        response_url=response_url,
        message={"text": truncate(text, MESSAGE_TEXT), **message},
    )


@procedure(NAME)
def send(job: OutboxMessage) -> None:
    """Try the channel, then the ``response_url``, then a direct message."""
    channel, user = job.arguments.get("channel"), job.arguments["user"]
    message = job.arguments["message"]
    client = get_client()
    # A direct message channel is the person's own; ephemeral messages do not show there.
    if channel and not channel.startswith("D"):
        try:
            client.api_call("chat.postEphemeral", channel=channel, user=user, **message)
            return
        except SlackError as error:
            if error.transient or error.misconfigured:
                raise
    if job.arguments.get("response_url"):
        try:
            client.respond(job.arguments["response_url"], **message)
            return
        except SlackError as error:
            if error.transient:
                raise
    message = {k: v for k, v in message.items() if k != "thread_ts"}
    client.api_call("chat.postMessage", channel=user, **message)
