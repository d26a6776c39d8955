"""Queueing messages, their replacement, and reactions."""

from __future__ import annotations

from typing import Any

from response.jobs import outbox
from response.slack.jobs import names
from response.slack.text.limits import MESSAGE_TEXT
from response.slack.text.mrkdwn import truncate


def post_message(channel: str, text: str, *, incident: int | None = None, **message: Any) -> None:
    """Queue a message of mrkdwn ``text`` to a channel, or to a person by their user id.

    Further arguments (``blocks``, ``thread_ts``, …) go to ``chat.postMessage``.
    """
    outbox.enqueue(
        "chat.postMessage",
        queue=channel,
        incident=incident,
        channel=channel,
        text=truncate(text, MESSAGE_TEXT),
        **message,
    )


def replace_message(
    channel: str, ts: str | None, text: str, *, incident: int | None = None
) -> None:
    """Queue replacing the bot's message ``ts``, buttons included, with mrkdwn ``text``.

    Without a ``channel`` and a ``ts`` the text is posted as a message of its own.
    """
    if not (ts and channel):
        post_message(channel, text, incident=incident)
        return
    outbox.enqueue(
        "chat.update",
        queue=channel,
        incident=incident,
        channel=channel,
        ts=ts,
        text=text,
        blocks=[{"type": "section", "text": {"type": "mrkdwn", "text": text}}],
    )


def add_reaction(channel: str, ts: str, name: str, *, incident: int | None = None) -> None:
    """Queue a reaction (an emoji's name without colons) to the message ``ts``.

    Slack allows far fewer reactions than messages, so reactions have a queue of their own.
    """
    outbox.enqueue(
        "reactions.add",
        queue=f"reactions {channel}",
        incident=incident,
        coalesce=f"reaction {channel} {ts} {name}",
        channel=channel,
        timestamp=ts,
        name=name,
    )


def remove_reaction(channel: str, ts: str, name: str, *, incident: int | None = None) -> None:
    """Queue taking back the bot's reaction to the message ``ts``, if there is one."""
    outbox.enqueue(
        "reactions.remove",
        queue=f"reactions {channel}",
        incident=incident,
        channel=channel,
        timestamp=ts,
        name=name,
    )


def send_ephemeral(
    channel_id: str,
    user_id: str,
    text: str,
    *,
    response_url: str = "",
    incident: int | None = None,
    **message: Any,
) -> None:
    """Queue a message that only ``user_id`` sees, in a channel if possible.

    Where the bot may not post, it goes through ``response_url`` (good for half an hour), and
    without one as a direct message. ``text`` is mrkdwn. Without a ``user_id`` nothing is queued.
    """
    if not user_id:
        return
    outbox.enqueue(
        names.EPHEMERAL,
        queue=channel_id or user_id,
        incident=incident,
        channel=channel_id,
        user=user_id,
        response_url=response_url,
        message={"text": truncate(text, MESSAGE_TEXT), **message},
    )
