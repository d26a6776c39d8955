"""Addresses of channels and messages in Slack, made without asking Slack for each."""

from __future__ import annotations

import logging
from urllib.parse import urlencode

from response.slack.web_api import identity
from response.slack.web_api.errors import SlackError

logger = logging.getLogger(__name__)


def channel_url(channel_id: str) -> str:
    """Return a channel's address: in the workspace if that is known, else Slack's redirect.

    Goes to no network.
    """
    workspace = identity.workspace_url()
    if workspace:
        return f"{workspace.rstrip('/')}/archives/{channel_id}"
    return f"https://slack.com/app_redirect?channel={channel_id}"


def message_url(channel_id: str, ts: str, thread_ts: str = "") -> str:
    """Return the address of a message, as Slack's "Copy link" makes it. Goes to no network."""
    workspace = identity.workspace_url()
    if not workspace:
        query = urlencode({"channel": channel_id, "message_ts": ts})
        return f"https://slack.com/app_redirect?{query}"
    address = f"{workspace.rstrip('/')}/archives/{channel_id}/p{ts.replace('.', '')}"
    if thread_ts and thread_ts != ts:
        address += "?" + urlencode({"thread_ts": thread_ts, "cid": channel_id})
    return address


def learn_workspace() -> None:
    """Ask Slack once where the workspace is, for a job that is going to make addresses."""
    try:
        identity.workspace()
    except SlackError as error:
        logger.info("The workspace's address is not known: %s", error)
