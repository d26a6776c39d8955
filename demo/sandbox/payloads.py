"""The bodies that Slack posts. Shapes as in Slack's reference; pure but for look-ups."""

from __future__ import annotations

import mimetypes
import time
from typing import Any
from urllib.parse import quote

from django.db.models import Count

from demo.sandbox.models import Channel, File, Home, Member, Message, View
from demo.sandbox.workspace import APP, BOT, BOT_USER, DOMAIN, TEAM, address, new_id, new_ts

Payload = dict[str, Any]


def user_object(member: Member, *, with_email: bool = True) -> Payload:
    """Return a member as ``users.info`` gives them; the address is for ``users:read.email``."""
    profile: Payload = {
        "title": member.title,
        "real_name": member.real_name,
        "real_name_normalized": member.real_name,
        "display_name": member.display_name,
        "display_name_normalized": member.display_name,
        "status_text": "",
        "status_emoji": "",
        "image_48": "",
        "image_192": "",
        "team": TEAM,
    }
    if member.email and with_email:
        profile["email"] = member.email
    user: Payload = {
        "id": member.id,
        "team_id": TEAM,
        "name": member.name,
        "deleted": member.deleted,
        "is_bot": member.is_bot,
        "is_app_user": False,
        "updated": int(time.time()),
        "profile": profile,
    }
    if member.deleted:
        return user
    return user | {
        "real_name": member.real_name,
        "tz": member.tz,
        "is_admin": False,
        "is_owner": False,
        "is_restricted": member.is_restricted,
        "is_ultra_restricted": False,
    }


def channel_object(channel: Channel, *, for_member: str = BOT_USER) -> Payload:
    """Return a channel as ``conversations.info`` gives it."""
    body: Payload = {
        "id": channel.id,
        "is_channel": not channel.is_im and not channel.is_private,
        "is_group": channel.is_private and not channel.is_im,
        "is_im": channel.is_im,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "created": channel.created,
        "creator": channel.creator,
        "is_member": channel.memberships.filter(member_id=for_member).exists(),
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": channel.purpose, "creator": "", "last_set": 0},
        "previous_names": [],
    }
    if not channel.is_im:
        body |= {"name": channel.name, "name_normalized": channel.name}
    return body


def message_object(message: Message) -> Payload:
    """Return a message as ``conversations.history`` gives it."""
    body: Payload = {
        "type": "message",
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "team": TEAM,
    }
    if message.subtype:
        body["subtype"] = message.subtype
    if message.bot_id:
        body |= {"bot_id": message.bot_id, "app_id": APP, "bot_profile": bot_profile()}
    if message.blocks:
        body["blocks"] = message.blocks
    if message.files:
        body["files"] = message.files
    if message.attachments:
        body["attachments"] = message.attachments
    if message.thread_ts:
        body["thread_ts"] = message.thread_ts
        parent = Message.objects.filter(channel=message.channel_id, ts=message.thread_ts)
        if author := parent.values_list("user", flat=True).first():
            body["parent_user_id"] = author
    if message.edited_ts:
        body["edited"] = {"user": message.user, "ts": message.edited_ts}
    return body


def message_objects(messages: list[Message]) -> list[Payload]:
    """Messages of one channel as ``conversations.history`` gives them: with their threads' size."""
    if not messages:
        return []
    counts = dict(
        Message.objects.filter(
            channel=messages[0].channel_id,
            deleted=False,
            only_for="",
            thread_ts__in=[m.ts for m in messages],
        )
        .values_list("thread_ts")
        .annotate(Count("pk"))
        .order_by()
    )
    threads = {ts: {"thread_ts": ts, "reply_count": count} for ts, count in counts.items()}
    return [message_object(m) | threads.get(m.ts, {}) for m in messages]


def bot_profile() -> Payload:
    """Return the profile of our one app's bot."""
    return {"id": BOT, "deleted": False, "name": "incident", "app_id": APP, "team_id": TEAM}


def permalink(channel: str, ts: str) -> str:
    """Return the address of a message."""
    return f"{address()}archives/{channel}/p{ts.replace('.', '')}"


def channel_type(channel: Channel) -> str:
    """Return what events call the kind of a channel."""
    if channel.is_im:
        return "im"
    return "group" if channel.is_private else "channel"


def envelope(event: Payload) -> Payload:
    """Return an event with what the Events API puts around it."""
    return {
        "token": "deprecated-verification-token",
        "team_id": TEAM,
        "context_team_id": TEAM,
        "context_enterprise_id": None,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": new_id("Ev"),
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-sandbox-{new_id('X')}",
    }


def message_event(message: Message) -> Payload:
    """Return the event ``message``."""
    body = message_object(message) | {
        "channel": message.channel_id,
        "event_ts": message.ts,
        "channel_type": channel_type(message.channel),
    }
    if not message.bot_id:
        body["client_msg_id"] = new_id("m")
    return body


def pin_event(kind: str, message: Message, user: str, created: int, event_ts: str) -> Payload:
    """Return the event ``pin_added`` or ``pin_removed``."""
    pins = Message.objects.filter(channel=message.channel, pin__isnull=False).count()
    body: Payload = {
        "type": kind,
        "user": user,
        "channel_id": message.channel_id,
        "item": {
            "type": "message",
            "created": created,
            "created_by": user,
            "channel": message.channel_id,
            "message": message_object(message)
            | {"permalink": permalink(message.channel_id, message.ts)},
        },
        "item_user": message.user,
        "pin_count": pins,
        "pinned_info": {"channel": message.channel_id, "pinned_by": user, "pinned_ts": created},
        "event_ts": event_ts,
    }
    if kind == "pin_removed":
        body["has_pins"] = pins > 0
    return body


def _who(user: str) -> Payload:
    name = Member.objects.values_list("name", flat=True).get(pk=user)
    return {"id": user, "username": name, "name": name, "team_id": TEAM}


def _interaction(kind: str, user: str, trigger_id: str) -> Payload:
    return {
        "type": kind,
        "user": _who(user),
        "api_app_id": APP,
        "token": "deprecated-verification-token",
        "trigger_id": trigger_id,
        "team": {"id": TEAM, "domain": DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def block_actions(
    user: str, message: Message, action: Payload, trigger_id: str, response_url: str
) -> Payload:
    """Return the payload of a press of a button in a message."""
    channel = message.channel
    body = _interaction("block_actions", user, trigger_id) | {
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": bool(message.only_for),
        },
        "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        "state": {"values": {}},
        "response_url": response_url,
        "actions": [action],
    }
    if message.thread_ts:
        body["container"]["thread_ts"] = message.thread_ts
    if not message.only_for:
        body["message"] = message_object(message)
    return body


def view_actions(user: str, view: View | Home, action: Payload, trigger_id: str) -> Payload:
    """Return the payload of a press of a button in a form or in the home tab."""
    return _interaction("block_actions", user, trigger_id) | {
        "container": {"type": "view", "view_id": view.id},
        "view": view_object(view),
        "actions": [action],
    }


def message_action(
    user: str, message: Message, callback_id: str, trigger_id: str, response_url: str
) -> Payload:
    """Return the payload of a shortcut of a message."""
    channel = message.channel
    return _interaction("message_action", user, trigger_id) | {
        "callback_id": callback_id,
        "action_ts": new_ts(),
        "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        "message_ts": message.ts,
        "message": message_object(message),
        "response_url": response_url,
    }


def shortcut(user: str, callback_id: str, trigger_id: str) -> Payload:
    """Return the payload of a global shortcut: from no channel, and with nowhere to answer."""
    return _interaction("shortcut", user, trigger_id) | {
        "callback_id": callback_id,
        "action_ts": new_ts(),
    }


def file_object(file: File, channels: list[str]) -> Payload:
    """Return a file as ``files.info`` gives it."""
    kind = file.name.rpartition(".")[2].lower() if "." in file.name else "binary"
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": mimetypes.guess_type(file.name)[0] or "application/octet-stream",
        "filetype": kind,
        "user": BOT_USER,
        "size": file.length,
        "mode": "hosted",
        "is_external": False,
        "is_public": bool(channels),
        "url_private": f"{address()}files/{file.id}/{quote(file.name)}",
        "url_private_download": f"{address()}files/{file.id}/{quote(file.name)}",
        "permalink": f"{address()}files/{file.id}/{quote(file.name)}",
        "channels": channels,
    }


def view_object(view: View | Home) -> Payload:
    """Return a view as ``views.open`` gives it."""
    return {
        **view.view,
        "id": view.id,
        "team_id": TEAM,
        "state": {"values": {}},
        "hash": view.hash,
        "root_view_id": view.id,
        "previous_view_id": getattr(view, "previous", "") or None,
        "app_id": APP,
        "bot_id": BOT,
        "app_installed_team_id": TEAM,
        "external_id": view.view.get("external_id", ""),
        "private_metadata": view.view.get("private_metadata", ""),
        "callback_id": view.view.get("callback_id", ""),
    }


def view_submission(user: str, view: View, values: Payload, trigger_id: str) -> Payload:
    """Return the payload of a form that was submitted."""
    return _interaction("view_submission", user, trigger_id) | {
        "view": {**view_object(view), "state": {"values": values}},
        "response_urls": [],
    }


def view_closed(user: str, view: View) -> Payload:
    """Return the payload of a form that was cancelled."""
    body = _interaction("view_closed", user, "") | {
        "view": view_object(view),
        "is_cleared": False,
    }
    del body["trigger_id"]
    return body
