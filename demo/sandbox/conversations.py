"""Channels and messages: what the app through the API and people through the page share.

Every change notes a :class:`Change`, so that pages show it, and tells the app the events
that it has subscribed to. ``tell`` says how: at once (the caller waits for the app's
answer) or in the background.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.db import IntegrityError, transaction

from demo.sandbox import delivery, payloads, scopes
from demo.sandbox.models import (
    Bookmark,
    Change,
    Channel,
    Member,
    Membership,
    Message,
    Pin,
    Reaction,
    ResponseUrl,
)
from demo.sandbox.workspace import BOT_USER, TEAM, Refusal, new_id, new_ts, next_ts

Tell = Callable[[dict[str, Any]], None]


def at_once(event: dict[str, Any]) -> None:
    """Post the event, if the app hears of it, and wait for the answer."""
    if scopes.hears(event):
        delivery.event(payloads.envelope(event))


def in_background(event: dict[str, Any]) -> None:
    """Have the event posted soon, if the app hears of it."""
    if scopes.hears(event):
        body = payloads.envelope(event)
        delivery.in_background(lambda: delivery.event(body))


def changed(channel: str = "", user: str = "") -> None:
    """Have pages show something again."""
    Change.objects.create(channel=channel, user=user)


@contextlib.contextmanager
def all_or_nothing() -> Iterator[None]:
    """Open a transaction that begins with a write, as SQLite needs it to wait for its turn."""
    with transaction.atomic():
        Channel.objects.filter(pk="").update(topic="")
        yield


def bot_hears(channel: Channel) -> bool:
    """Return whether the app gets events of this channel."""
    return channel.memberships.filter(member_id=BOT_USER).exists()


# Channels


def visible_channel(channel_id: Any, member: str) -> Channel:
    """Return the channel, if the member can see it. Raises ``channel_not_found``."""
    channel = Channel.objects.filter(pk=str(channel_id or "")).first()
    if channel is None:
        raise Refusal("channel_not_found")
    hidden = channel.is_private or channel.is_im
    if hidden and not channel.memberships.filter(member_id=member).exists():
        raise Refusal("channel_not_found")
    return channel


def open_channel(channel_id: Any, member: str) -> Channel:
    """Return the channel, if the member is in it and it is not archived."""
    channel = visible_channel(channel_id, member)
    if channel.is_archived:
        raise Refusal("is_archived")
    if not channel.memberships.filter(member_id=member).exists():
        raise Refusal("not_in_channel")
    return channel


def valid_name(name: Any) -> str:
    """Return a channel's name. Raises ``invalid_name…``."""
    if not isinstance(name, str) or not name:
        raise Refusal("invalid_name_required")
    if len(name) > 80:
        raise Refusal("invalid_name_maxlength")
    if not all(c in "abcdefghijklmnopqrstuvwxyz0123456789-_" for c in name):
        raise Refusal("invalid_name_specials")
    if not any(c.isalnum() for c in name):
        raise Refusal("invalid_name_punctuation")
    return name


def create(name: Any, creator: str, is_private: bool, tell: Tell) -> Channel:
    """Create a channel with its creator in it."""
    name = valid_name(name)
    try:
        with transaction.atomic():
            channel = Channel.objects.create(
                id=new_id("C"),
                name=name,
                creator=creator,
                created=int(time.time()),
                is_private=is_private,
            )
    except IntegrityError:
        raise Refusal("name_taken") from None
    join(channel, creator, tell)
    return channel


def join(channel: Channel, member: str, tell: Tell, inviter: str = "") -> bool:
    """Become a member. False if they were one."""
    if channel.is_archived:
        raise Refusal("is_archived")
    _row, is_new = Membership.objects.get_or_create(channel=channel, member_id=member)
    if not is_new:
        return False
    if not channel.is_im:
        post(
            channel,
            member,
            text=f"<@{member}> has joined the channel",
            subtype="channel_join",
            tell=tell,
        )
        event: dict[str, Any] = {
            "type": "member_joined_channel",
            "user": member,
            "channel": channel.id,
            "channel_type": "G" if channel.is_private else "C",
            "team": TEAM,
            "event_ts": new_ts(),
        }
        if inviter:
            event["inviter"] = inviter
        if bot_hears(channel):
            tell(event)
    changed()
    return True


def leave(channel: Channel, member: str, tell: Tell) -> None:
    """Remove a member from a channel."""
    heard = bot_hears(channel)
    left, _ = Membership.objects.filter(channel=channel, member_id=member).delete()
    if left and heard:
        tell(
            {
                "type": "member_left_channel",
                "user": member,
                "channel": channel.id,
                "channel_type": "G" if channel.is_private else "C",
                "team": TEAM,
                "event_ts": new_ts(),
            }
        )
    changed()


def rename(channel: Channel, name: Any, tell: Tell) -> None:
    """Rename a channel."""
    name = valid_name(name)
    try:
        with transaction.atomic():
            channel.name = name
            channel.save(update_fields=["name"])
    except IntegrityError:
        raise Refusal("name_taken") from None
    body = {
        "id": channel.id,
        "is_channel": True,
        "is_mpim": False,
        "name": name,
        "name_normalized": name,
        "created": channel.created,
    }
    _tell_of_channel(channel, {"type": "rename", "channel": body}, tell)
    changed()


def archive(channel: Channel, user: str, tell: Tell, *, archived: bool = True) -> None:
    """Archive, or take it back."""
    if channel.is_archived == archived:
        raise Refusal("already_archived" if archived else "not_archived")
    channel.is_archived = archived
    channel.save(update_fields=["is_archived"])
    event: dict[str, Any] = (
        {"type": "archive", "is_moved": 0} if archived else {"type": "unarchive"}
    )
    _tell_of_channel(channel, event | {"channel": channel.id, "user": user}, tell)
    changed()


def _tell_of_channel(channel: Channel, event: dict[str, Any], tell: Tell) -> None:
    """Tell ``channel_…``, or ``group_…`` if it is private and the bot is in it."""
    prefix = "group" if channel.is_private else "channel"
    if not channel.is_private or bot_hears(channel):
        tell(event | {"type": f"{prefix}_{event['type']}", "event_ts": new_ts()})


def change_id(channel: Channel, tell: Tell) -> Channel:
    """Give a channel another id, as happens when it is shared; returns it under that."""
    old = channel.id
    with transaction.atomic():
        name = channel.name
        Channel.objects.filter(pk=old).update(name=None)
        channel = Channel.objects.get(pk=old)
        channel.pk, channel.name = new_id("C"), name
        channel.save(force_insert=True)
        for model in (Membership, Message, ResponseUrl, Bookmark):
            model.objects.filter(channel_id=old).update(channel_id=channel.pk)
        Channel.objects.filter(pk=old).delete()
    if not channel.is_private or bot_hears(channel):
        tell(
            {
                "type": "channel_id_changed",
                "old_channel_id": old,
                "new_channel_id": channel.pk,
                "event_ts": new_ts(),
            }
        )
    changed()
    return channel


def delete_channel(channel: Channel, user: str, tell: Tell) -> None:
    """Delete a channel with all that was said in it."""
    event = {"type": "deleted", "channel": channel.id, "actor_id": user}
    _tell_of_channel(channel, event, tell)
    channel.delete()
    changed()


def direct_message(one: str, other: str) -> Channel:
    """Return the direct message channel of two members, made if need be."""
    known = Channel.objects.filter(is_im=True, memberships__member_id=one)
    channel = known.filter(memberships__member_id=other).first()
    if channel is None:
        channel = Channel.objects.create(
            id=new_id("D"), name=None, creator=one, created=int(time.time()), is_im=True
        )
        for member in {one, other}:
            Membership.objects.create(channel=channel, member_id=member)
        changed()
    return channel


# Messages


def post(
    channel: Channel,
    user: str,
    *,
    text: str = "",
    tell: Tell,
    blocks: list[Any] | None = None,
    bot_id: str = "",
    subtype: str = "",
    thread_ts: str = "",
    only_for: str = "",
    files: list[Any] | None = None,
    attachments: list[Any] | None = None,
) -> Message:
    """Say something, at a ``ts`` that is new in the channel."""
    ts = new_ts()
    while True:
        try:
            with transaction.atomic():
                message = Message.objects.create(
                    channel=channel,
                    ts=ts,
                    user=user,
                    text=text,
                    blocks=blocks or [],
                    bot_id=bot_id,
                    subtype=subtype,
                    thread_ts=thread_ts,
                    only_for=only_for,
                    files=files or [],
                    attachments=attachments or [],
                )
            break
        except IntegrityError:
            ts = next_ts(ts)
    changed(channel.id, only_for)
    if not only_for and bot_hears(channel):
        tell(payloads.message_event(message))
    return message


def find_message(channel: Channel, ts: Any) -> Message:
    """Return a message that all can see. Raises ``message_not_found``."""
    message = Message.objects.filter(
        channel=channel, ts=str(ts or ""), only_for="", deleted=False
    ).first()
    if message is None:
        raise Refusal("message_not_found")
    return message


def edit(
    message: Message,
    text: str,
    tell: Tell,
    *,
    blocks: list[Any] | None = None,
    attachments: list[Any] | None = None,
    mark: bool = True,
) -> None:
    """Change a message; ``mark`` shows that it was edited."""
    previous = payloads.message_object(message)
    message.text, message.blocks = text, blocks or []
    message.attachments = attachments or []
    if mark:
        message.edited_ts = new_ts()
    message.save(update_fields=["text", "blocks", "attachments", "edited_ts"])
    changed(message.channel_id)
    _tell_of_change(message, tell, "message_changed", previous)


def delete(message: Message, tell: Tell) -> None:
    """Delete a message."""
    previous = payloads.message_object(message)
    message.deleted = True
    message.save(update_fields=["deleted"])
    Pin.objects.filter(message=message).delete()
    changed(message.channel_id)
    _tell_of_change(message, tell, "message_deleted", previous)


def _tell_of_change(message: Message, tell: Tell, subtype: str, previous: dict[str, Any]) -> None:
    if not bot_hears(message.channel):
        return
    ts = new_ts()
    event: dict[str, Any] = {
        "type": "message",
        "subtype": subtype,
        "previous_message": previous,
        "channel": message.channel_id,
        "hidden": True,
        "ts": ts,
        "event_ts": ts,
        "channel_type": payloads.channel_type(message.channel),
    }
    if subtype == "message_changed":
        event["message"] = payloads.message_object(message)
    else:
        event["deleted_ts"] = message.ts
    tell(event)


# Reactions and pins


def react(message: Message, user: str, name: str, tell: Tell) -> None:
    """Put an emoji on a message. Raises ``already_reacted``."""
    try:
        with transaction.atomic():
            Reaction.objects.create(message=message, user=user, name=name)
    except IntegrityError:
        raise Refusal("already_reacted") from None
    _tell_of_reaction("reaction_added", message, user, name, tell)


def unreact(message: Message, user: str, name: str, tell: Tell) -> None:
    """Take an emoji back. Raises ``no_reaction``."""
    if not Reaction.objects.filter(message=message, user=user, name=name).delete()[0]:
        raise Refusal("no_reaction")
    _tell_of_reaction("reaction_removed", message, user, name, tell)


def _tell_of_reaction(kind: str, message: Message, user: str, name: str, tell: Tell) -> None:
    changed(message.channel_id)
    if bot_hears(message.channel) and user != BOT_USER:
        tell(
            {
                "type": kind,
                "user": user,
                "reaction": name,
                "item_user": message.user,
                "item": {"type": "message", "channel": message.channel_id, "ts": message.ts},
                "event_ts": new_ts(),
            }
        )


def pin(message: Message, user: str, tell: Tell) -> None:
    """Pin a message. Raises ``already_pinned`` or ``too_many_pins``."""
    if Pin.objects.filter(message__channel=message.channel).count() >= 100:
        raise Refusal("too_many_pins")
    created = int(time.time())
    try:
        with transaction.atomic():
            Pin.objects.create(message=message, user=user, created=created)
    except IntegrityError:
        raise Refusal("already_pinned") from None
    changed(message.channel_id)
    if bot_hears(message.channel):
        tell(payloads.pin_event("pin_added", message, user, created, new_ts()))


def unpin(message: Message, user: str, tell: Tell) -> None:
    """Take a pin out. Raises ``no_pin``."""
    known = Pin.objects.filter(message=message).first()
    if known is None or not Pin.objects.filter(pk=known.pk).delete()[0]:
        raise Refusal("no_pin")
    changed(message.channel_id)
    if bot_hears(message.channel):
        tell(payloads.pin_event("pin_removed", message, user, known.created, new_ts()))


# People


def member_changed(member: Member, tell: Tell) -> None:
    """Tell the app that a member's profile has changed."""
    changed()
    now = time.time()
    tell(
        {
            "type": "user_change",
            "user": payloads.user_object(member),
            "cache_ts": int(now),
            "event_ts": f"{now:.6f}",
        }
    )
