"""Messages that are kept up to date: posting them once, updating and finding them."""

from __future__ import annotations

import logging
import time
from typing import Any, NamedTuple

from response.jobs.models import OutboxMessage
from response.slack.web_api.client import get_client
from response.slack.web_api.errors import SlackError
from response.slack.web_api.jobs import call_slack

logger = logging.getLogger(__name__)

#: The message was deleted, or belongs to another app or token since an upgrade.
NOT_OURS_ANY_MORE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})


def call(method: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Call ``chat.postMessage`` or ``chat.update``; if Slack refuses the blocks, with the text."""
    try:
        return call_slack(method, **arguments)
    except SlackError as error:
        if not error.refused_blocks:
            raise
        logger.error("%s; the message is shown as text", error)
    # An empty list, since without one an update leaves the old blocks as they are.
    return call_slack(method, **{**arguments, "blocks": []})


def find(channel: str, block_id: str, since: float) -> str | None:
    """Return what :func:`search` finds; None as well where we may not look."""
    try:
        return search(channel, block_id, since)
    except SlackError as error:
        if error.transient:
            raise
        logger.warning("Cannot check whether the message was posted: %s", error)
        return None


def search(channel: str, block_id: str, since: float) -> str | None:
    """Return the ts of a message with a block ``block_id``, posted after ``since``; None if none.

    For a message whose posting got no answer. ``since`` is in seconds; a minute before it is
    searched as well, in case the clocks differ. A public channel can be posted in from outside,
    and read from inside only: the bot joins it. Raises :class:`SlackError`.
    """
    arguments = {"channel": channel, "oldest": f"{since - 60:.6f}", "limit": 200}
    try:
        answer = get_client().api_call("conversations.history", **arguments)
    except SlackError as error:
        if error.slack_error != "not_in_channel":
            raise
        get_client().join_channel(channel)
        answer = get_client().api_call("conversations.history", **arguments)
    for message in answer.get("messages") or []:
        if any(b.get("block_id") == block_id for b in message.get("blocks") or []):
            return str(message["ts"])
    return None


def post(channel: str, message: dict[str, Any]) -> dict[str, Any]:
    """Post a message (``text`` and ``blocks``), joining the channel if the bot is not in it."""
    arguments = {"channel": channel, "unfurl_links": "false", **message}
    try:
        return call("chat.postMessage", arguments)
    except SlackError as error:
        if error.slack_error != "not_in_channel":
            raise
    get_client().join_channel(channel)
    return call("chat.postMessage", arguments)


class Posted(NamedTuple):
    """A message: the channel's id, its ts, and whether an earlier try had posted it."""

    channel: str
    ts: str
    found: bool


def post_once(job: OutboxMessage, channel: str, message: dict[str, Any], block_id: str) -> Posted:
    """Post the message of a job, which may be cut off and run again.

    ``message`` has a block ``block_id``. If an earlier try got no answer, the message is looked
    for first. A message to a person (``channel`` is a user id) cannot be found without their
    conversation's id.
    """
    since = job.progress.get("since")
    if job.progress.get("posting_in") == channel:
        found = find(channel, block_id, since or job.created.timestamp())
        if found:
            return Posted(channel, found, found=True)
    job.progress.update(posting_in=channel, since=since or time.time())
    job.save(update_fields=["progress"])
    try:
        answer = post(channel, message)
    except SlackError as error:
        if not error.uncertain:
            job.progress.pop("posting_in")
            job.save(update_fields=["progress"])
        raise
    return Posted(str(answer.get("channel") or channel), str(answer["ts"]), found=False)
