"""What is put on messages and channels: ``reactions.*``, ``pins.*``, ``bookmarks.*``."""

from __future__ import annotations

import re
import time

from demo.sandbox import conversations
from demo.sandbox.models import Bookmark, Channel, Message, Pin
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
    """Add a reaction; ``name`` is the name of an emoji without colons."""
    conversations.react(_message(arguments), BOT_USER, _emoji(arguments), TELL)
    return {}


@method("reactions.remove", "reactions:write")
def remove_reaction(arguments: Arguments) -> Answer:
    """Remove a reaction of the bot's own."""
    conversations.unreact(_message(arguments), BOT_USER, _emoji(arguments), TELL)
    return {}


@method("pins.add", "pins:write")
def add_pin(arguments: Arguments) -> Answer:
    """At most about 100 in a channel."""
    conversations.pin(_message(arguments), BOT_USER, TELL)
    return {}


@method("pins.remove", "pins:write")
def remove_pin(arguments: Arguments) -> Answer:
    """Remove a pin, whoever made it."""
    conversations.unpin(_message(arguments), BOT_USER, TELL)
    return {}


@method("pins.list", "pins:read", takes_json=False)
def list_pins(arguments: Arguments) -> Answer:
    """Answer with the pins, the newest first."""
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


@method("reactions.get", "reactions:read", takes_json=False)
def get_reactions(arguments: Arguments) -> Answer:
    """Answer with the reactions to a message and who made each."""
    required(arguments, "channel", "timestamp")
    channel = conversations.visible_channel(arguments["channel"], BOT_USER)
    message = conversations.find_message(channel, arguments["timestamp"])
    users: dict[str, list[str]] = {}
    for reaction in message.reactions.all():
        users.setdefault(reaction.name, []).append(reaction.user)
    reactions = [{"name": n, "users": u, "count": len(u)} for n, u in users.items()]
    body = message_object(message) | ({"reactions": reactions} if reactions else {})
    return {"type": "message", "channel": channel.id, "message": body}


# Bookmarks

MOST_BOOKMARKS = 100


def _bookmark(bookmark: Bookmark) -> Answer:
    return {
        "id": bookmark.id,
        "channel_id": bookmark.channel_id,
        "title": bookmark.title,
        "link": bookmark.link,
        "emoji": bookmark.emoji,
        "type": "link",
        "date_created": bookmark.created,
    }


def _bookmarked(arguments: Arguments) -> Channel:
    required(arguments, "channel_id")
    channel = conversations.visible_channel(arguments["channel_id"], BOT_USER)
    return conversations.open_channel(channel.id, BOT_USER)


def _known_bookmark(arguments: Arguments) -> Bookmark:
    required(arguments, "bookmark_id")
    channel = _bookmarked(arguments)
    bookmark = channel.bookmarks.filter(pk=str(arguments["bookmark_id"])).first()
    if bookmark is None:
        raise Refusal("not_found")
    return bookmark


def _title(arguments: Arguments) -> str:
    title = str(arguments["title"])
    if len(title) > 256:
        raise Refusal("invalid_arguments", response_metadata={
            "messages": ["[ERROR] title must be less than 257 characters"]
        })  # fmt: skip
    return title


def _link(arguments: Arguments) -> str:
    link = str(arguments.get("link") or "")
    if not link.startswith(("http://", "https://")) or len(link) > 2048:
        raise Refusal("invalid_link")
    return link


@method("bookmarks.add", "bookmarks:write")
def add_bookmark(arguments: Arguments) -> Answer:
    """Add a link above the messages; a channel has at most 100."""
    required(arguments, "channel_id", "title", "type")
    channel = _bookmarked(arguments)
    if arguments["type"] != "link":
        raise Refusal("invalid_bookmark_type")
    title, link = _title(arguments), _link(arguments)
    if channel.bookmarks.count() >= MOST_BOOKMARKS:
        raise Refusal("too_many_bookmarks")
    bookmark = channel.bookmarks.create(
        id=new_id("Bk"),
        title=title,
        link=link,
        emoji=str(arguments.get("emoji") or "")[:100],
        created=int(time.time()),
    )
    conversations.changed()
    return {"bookmark": _bookmark(bookmark)}


@method("bookmarks.edit", "bookmarks:write")
def edit_bookmark(arguments: Arguments) -> Answer:
    """Change the title or the link of a bookmark."""
    bookmark = _known_bookmark(arguments)
    if arguments.get("title"):
        bookmark.title = _title(arguments)
    if arguments.get("link"):
        bookmark.link = _link(arguments)
    bookmark.save(update_fields=["title", "link"])
    conversations.changed()
    return {"bookmark": _bookmark(bookmark)}


@method("bookmarks.remove", "bookmarks:write")
def remove_bookmark(arguments: Arguments) -> Answer:
    """Remove a bookmark."""
    _known_bookmark(arguments).delete()
    conversations.changed()
    return {}


@method("bookmarks.list", "bookmarks:read")
def list_bookmarks(arguments: Arguments) -> Answer:
    """Answer with the bookmarks, the oldest first."""
    required(arguments, "channel_id")
    channel = conversations.visible_channel(arguments["channel_id"], BOT_USER)
    return {"bookmarks": [_bookmark(b) for b in channel.bookmarks.all()]}
