"""``chat.*``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from demo.sandbox import conversations, scopes, validation
from demo.sandbox.models import Channel, Member, Message
from demo.sandbox.payloads import message_object, permalink
from demo.sandbox.web_api.registry import Answer, Arguments, method, parsed, required, truth
from demo.sandbox.workspace import BOT, BOT_USER, Refusal

TELL = conversations.in_background


@dataclass
class Content:
    """What a message says."""

    text: str
    blocks: list[Any]
    attachments: list[Any]


def content(arguments: Arguments) -> Content:
    """Of a call or an answer. Raises ``no_text``, ``invalid_blocks``, ``invalid_attachments``."""
    text = str(arguments.get("text") or "")
    blocks = parsed(arguments, "blocks", "invalid_blocks_format") or []
    attachments = parsed(arguments, "attachments", "invalid_attachments") or []
    if not text and not blocks and not attachments:
        raise Refusal("no_text")
    if not isinstance(attachments, list) or not all(isinstance(a, dict) for a in attachments):
        raise Refusal("invalid_attachments")
    if len(attachments) > 100:
        raise Refusal("too_many_attachments")
    problems = validation.message_problems({"text": text, "blocks": blocks})
    for attachment in attachments:
        problems += validation.message_problems({"blocks": attachment.get("blocks")})
    if problems:
        raise Refusal("invalid_blocks", response_metadata={"messages": problems})
    return Content(text[:40_000], blocks, attachments)


@method("chat.postMessage", "chat:write")
def post_message(arguments: Arguments) -> Answer:
    """In a channel, or to a person by their id."""
    required(arguments, "channel")
    channel = _addressed(str(arguments["channel"]))
    said = content(arguments)
    thread_ts = _thread(channel, arguments)
    message = conversations.post(
        channel,
        BOT_USER,
        text=said.text,
        blocks=said.blocks,
        attachments=said.attachments,
        bot_id=BOT,
        thread_ts=thread_ts,
        subtype="thread_broadcast" if thread_ts and truth(arguments, "reply_broadcast") else "",
        tell=TELL,
    )
    return {"channel": channel.id, "ts": message.ts, "message": message_object(message)}


def _thread(channel: Channel, arguments: Arguments) -> str:
    """Return the thread to answer in; an answer to an answer belongs to its thread."""
    ts = str(arguments.get("thread_ts") or "")
    if not ts:
        return ""
    if not re.fullmatch(r"\d{1,12}\.\d{6}", ts):
        raise Refusal("invalid_thread_ts")
    parent = Message.objects.filter(channel=channel, ts=ts).first()
    return (parent.thread_ts if parent else "") or ts


def _addressed(target: str) -> Channel:
    if target[:1] in ("U", "W"):
        member = Member.objects.filter(pk=target).first()
        if member is None:
            raise Refusal("channel_not_found")
        if member.deleted:
            raise Refusal("account_inactive")
        return conversations.direct_message(BOT_USER, target)
    by_name = Channel.objects.filter(name=target.lstrip("#")).first()
    channel = conversations.visible_channel(by_name.id if by_name else target, BOT_USER)
    if channel.is_archived:
        raise Refusal("is_archived")
    if channel.is_private or "chat:write.public" not in scopes.granted():
        return conversations.open_channel(channel.id, BOT_USER)
    return channel


@method("chat.update", "chat:write")
def update(arguments: Arguments) -> Answer:
    """Change one of the bot's own messages; without blocks, its blocks are removed."""
    required(arguments, "channel", "ts")
    channel = conversations.visible_channel(arguments["channel"], BOT_USER)
    message = conversations.find_message(channel, arguments["ts"])
    if message.user != BOT_USER:
        raise Refusal("cant_update_message")
    if channel.is_archived:
        raise Refusal("is_inactive")
    said = content(arguments)
    if validation.length(said.text) > 4000:
        raise Refusal("msg_too_long")
    conversations.edit(
        message, said.text, TELL, blocks=said.blocks, attachments=said.attachments, mark=False
    )
    return {
        "channel": channel.id,
        "ts": message.ts,
        "text": said.text,
        "message": message_object(message),
    }


@method("chat.delete", "chat:write")
def delete(arguments: Arguments) -> Answer:
    """Delete one of the bot's own messages."""
    required(arguments, "channel", "ts")
    channel = conversations.visible_channel(arguments["channel"], BOT_USER)
    message = conversations.find_message(channel, arguments["ts"])
    if message.user != BOT_USER:
        raise Refusal("cant_delete_message")
    conversations.delete(message, TELL)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.postEphemeral", "chat:write")
def post_ephemeral(arguments: Arguments) -> Answer:
    """For one person in a channel that both are in."""
    required(arguments, "channel", "user")
    channel = conversations.visible_channel(arguments["channel"], BOT_USER)
    if channel.is_archived:
        raise Refusal("is_archived")
    if channel.is_private:
        conversations.open_channel(channel.id, BOT_USER)
    user = str(arguments["user"])
    if not channel.memberships.filter(member_id=user).exists():
        raise Refusal("user_not_in_channel")
    said = content(arguments)
    message = conversations.post(
        channel,
        BOT_USER,
        text=said.text,
        blocks=said.blocks,
        attachments=said.attachments,
        bot_id=BOT,
        only_for=user,
        thread_ts=_thread(channel, arguments),
        tell=TELL,
    )
    return {"message_ts": message.ts}


@method("chat.getPermalink", takes_json=False)
def get_permalink(arguments: Arguments) -> Answer:
    """Answer with the address of a message."""
    required(arguments, "channel", "message_ts")
    channel = conversations.visible_channel(arguments["channel"], BOT_USER)
    message = Message.objects.filter(channel=channel, ts=arguments["message_ts"]).first()
    if message is None:
        raise Refusal("message_not_found")
    return {"channel": channel.id, "permalink": permalink(channel.id, message.ts)}
