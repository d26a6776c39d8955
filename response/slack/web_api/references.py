"""Convert Slack's ``<@U…>`` and ``<#C…>`` references to names and back."""

from __future__ import annotations

import re

from response.slack.models import CommsChannel
from response.slack.text import mrkdwn
from response.slack.web_api.errors import SlackError
from response.slack.web_api.user_cache import get_user_profile


def user_reference(user_id: str) -> str:
    """Return a mention of a user, for a message."""
    return f"<@{user_id}>"


def channel_reference(channel_id: str | None) -> str | None:
    """Return a link to a channel, for a message; None for None."""
    return None if channel_id is None else f"<#{channel_id}>"


def reference_to_id(value: str | None) -> str | None:
    """Return the user id in the first user reference of a text; None if there is none."""
    match = mrkdwn.USER.search(value or "")
    return match[1] if match else None


def channel_reference_to_id(value: str | None) -> str | None:
    """Return the channel id in the first channel reference of a text; None if there is none."""
    match = mrkdwn.CHANNEL.search(value or "")
    return match[1] if match else None


def slack_to_human_readable(value: str | None) -> str:
    """Return a text with references replaced by ``@name`` and ``#channel``.

    Unknown names are looked up in Slack; if that fails, the id stays.
    """

    def user_name(user_id: str) -> str | None:
        try:
            profile = get_user_profile(user_id)
        except SlackError:
            return None
        return profile["name"] if profile else None

    def channel_name(channel_id: str) -> str | None:
        names = CommsChannel.objects.filter(channel_id=channel_id)
        return names.values_list("channel_name", flat=True).first()

    return mrkdwn.readable(value or "", user_name, channel_name)


def user_ref_to_username(value: re.Match[str]) -> str:
    """Return ``@name`` for a match of a reference to a user; for :func:`re.sub`."""
    return slack_to_human_readable(value.group())


def looks_like_user_id(value: str) -> bool:
    """Return whether a text is a bare user id."""
    return bool(re.fullmatch(r"[UW][A-Z0-9]{2,}", value))
