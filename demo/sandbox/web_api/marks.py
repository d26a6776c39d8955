"""``reactions.*``, ``pins.*``, ``bookmarks.*``."""

from __future__ import annotations

import re

from demo.sandbox import conversations
from demo.sandbox.models import Message, Pin
from demo.sandbox.payloads import message_object
from demo.sandbox.web_api.registry import Answer, Arguments, method, required
from demo.sandbox.workspace import BOT_USER, Refusal, new_id

TELL = conversations.in_background


def _message(arguments: Arguments) -> Message:
    required(arguments, "channel", "timestamp")
    channel = conversations.visible_channel(arguments["channel"], BOT_USER)
    if channel.is_archived:
        raise Refusal("is_archived")
    if not channel.memberships.filter(member_id=BOT_USER).exists():
        raise Refusal("not_in_channel")
    return conversations.find_message(channel, arguments["timestamp"])


def _emoji(arguments: Arguments) -> str:
    name = str(arguments.get("name") or "")
    if not re.fullmatch(r"[a-z0-9_+\-']{1,100}(::skin-tone-[2-6])?", name):
        raise Refusal("invalid_name")
    return name


@method("reactions.add", "reactions:write")
def add_reaction(arguments: Arguments) -> Answer:
    """An emoji's name without colons."""
    conversations.react(_message(arguments), BOT_USER, _emoji(arguments), TELL)
    return {}


@method("reactions.remove", "reactions:write")
def remove_reaction(arguments: Arguments) -> Answer:
    """The bot's own."""
    conversations.unreact(_message(arguments), BOT_USER, _emoji(arguments), TELL)
    return {}


@method("pins.add", "pins:write")
def add_pin(arguments: Arguments) -> Answer:
    """At most about 100 in a channel."""
    conversations.pin(_message(arguments), BOT_USER, TELL)
    return {}


@method("pins.remove", "pins:write")
def remove_pin(arguments: Arguments) -> Answer:
    """Of anybody."""
    conversations.unpin(_message(arguments), BOT_USER, TELL)
    return {}


@method("pins.list", "pins:read", takes_json=False)
def list_pins(arguments: Arguments) -> Answer:
    """The newest first."""
    required(arguments, "channel")
    channel = conversations.visible_channel(arguments["channel"], BOT_USER)
    pins = Pin.objects.filter(message__channel=channel).select_related("message").order_by("-pk")
    return {
        "items": [
            {
                "type": "message",
                "created": pin.created,
                "created_by": pin.user,
                "channel": channel.id,
                "message": message_object(pin.message),
            }
            for pin in pins
        ]
    }


@method("bookmarks.add", "bookmarks:write")
def add_bookmark(arguments: Arguments) -> Answer:
    """Checked and acknowledged; the page does not show bookmarks."""
    required(arguments, "channel_id", "title", "type")
    channel = conversations.open_channel(arguments["channel_id"], BOT_USER)
    link = str(arguments.get("link") or "")
    if not link.startswith(("http://", "https://")) or len(link) > 2048:
        raise Refusal("invalid_link")
    bookmark = {"id": new_id("Bk"), "channel_id": channel.id, "title": arguments["title"]}
    return {"bookmark": bookmark | {"link": link, "type": "link"}}
