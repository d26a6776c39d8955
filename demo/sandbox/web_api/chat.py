"""``chat.*``."""

from __future__ import annotations

from typing import Any

from demo.sandbox import conversations, validation
from demo.sandbox.models import Channel, Member, Message
from demo.sandbox.payloads import message_object, permalink
from demo.sandbox.web_api.registry import Answer, Arguments, method, parsed, required
from demo.sandbox.workspace import BOT, BOT_USER, Refusal

TELL = conversations.in_background


def content(arguments: Arguments) -> tuple[str, list[Any]]:
    """Text and blocks of a message. Raises ``no_text`` or ``invalid_blocks``."""
    text = str(arguments.get("text") or "")
    blocks = parsed(arguments, "blocks", "invalid_blocks_format") or []
    attachments = parsed(arguments, "attachments", "invalid_attachments") or []
    if not text and not blocks and not attachments:
        raise Refusal("no_text")
    problems = validation.message_problems({"text": text, "blocks": blocks})
    if problems:
        raise Refusal("invalid_blocks", response_metadata={"messages": problems})
    return text[:40_000], blocks


@method("chat.postMessage", "chat:write")
def post_message(arguments: Arguments) -> Answer:
    """In a channel, or to a person by their id."""
    required(arguments, "channel")
    channel = _addressed(str(arguments["channel"]))
    text, blocks = content(arguments)
    thread_ts = str(arguments.get("thread_ts") or "")
    message = conversations.post(
        channel,
        BOT_USER,
        text=text,
        blocks=blocks,
        bot_id=BOT,
        thread_ts=thread_ts,
        tell=TELL,
    )
    return {"channel": channel.id, "ts": message.ts, "message": message_object(message)}


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
    if channel.is_private:
        return conversations.open_channel(channel.id, BOT_USER)
    # chat:write.public lets us post in public channels that we have not joined.
    return channel


@method("chat.update", "chat:write")
def update(arguments: Arguments) -> Answer:
    """Only of the bot's own messages; without blocks, the blocks go."""
    required(arguments, "channel", "ts")
    channel = conversations.visible_channel(arguments["channel"], BOT_USER)
    message = conversations.find_message(channel, arguments["ts"])
    if message.user != BOT_USER:
        raise Refusal("cant_update_message")
    if channel.is_archived:
        raise Refusal("is_inactive")
    text, blocks = content(arguments)
    if validation.length(text) > 4000:
        raise Refusal("msg_too_long")
    conversations.edit(message, text, TELL, blocks=blocks, mark=False)
    return {"channel": channel.id, "ts": message.ts, "text": text}


@method("chat.delete", "chat:write")
def delete(arguments: Arguments) -> Answer:
    """Only of the bot's own messages."""
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
    text, blocks = content(arguments)
    message = conversations.post(
        channel, BOT_USER, text=text, blocks=blocks, bot_id=BOT, only_for=user, tell=TELL,
        thread_ts=str(arguments.get("thread_ts") or ""),
    )  # fmt: skip
    return {"message_ts": message.ts}


@method("chat.getPermalink", takes_json=False)
def get_permalink(arguments: Arguments) -> Answer:
    """The address of a message."""
    required(arguments, "channel", "message_ts")
    channel = conversations.visible_channel(arguments["channel"], BOT_USER)
    message = Message.objects.filter(channel=channel, ts=arguments["message_ts"]).first()
    if message is None:
        raise Refusal("message_not_found")
    return {"channel": channel.id, "permalink": permalink(channel.id, message.ts)}
