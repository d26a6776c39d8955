"""``conversations.*``."""

from __future__ import annotations

from django.db.models import Q

from demo.sandbox import conversations
from demo.sandbox.models import Channel, Member, Message
from demo.sandbox.payloads import channel_object, message_object
from demo.sandbox.web_api.registry import Answer, Arguments, method, page, required, truth
from demo.sandbox.workspace import BOT_USER, Refusal

TELL = conversations.in_background
MANAGE = ("channels:manage", "groups:write")
READ = ("channels:read", "groups:read")
HISTORY = ("channels:history", "groups:history")


@method("conversations.create", *MANAGE)
def create(arguments: Arguments) -> Answer:
    """With the bot in it."""
    channel = conversations.create(
        arguments.get("name"), BOT_USER, truth(arguments, "is_private"), TELL
    )
    return {"channel": channel_object(channel)}


@method("conversations.info", *READ, takes_json=False)
def info(arguments: Arguments) -> Answer:
    """One channel."""
    required(arguments, "channel")
    channel = conversations.visible_channel(arguments["channel"], BOT_USER)
    return {"channel": channel_object(channel)}


@method("conversations.list", *READ, takes_json=False)
def list_(arguments: Arguments) -> Answer:
    """Public ones, and private ones that the bot is in."""
    types = str(arguments.get("types") or "public_channel").split(",")
    wanted = Q()
    if "public_channel" in types:
        wanted |= Q(is_private=False, is_im=False)
    if "private_channel" in types:
        wanted |= Q(is_private=True, memberships__member_id=BOT_USER)
    if "im" in types:
        wanted |= Q(is_im=True, memberships__member_id=BOT_USER)
    channels = Channel.objects.filter(wanted).distinct() if wanted else Channel.objects.none()
    if truth(arguments, "exclude_archived"):
        channels = channels.filter(is_archived=False)
    return page(arguments, [channel_object(c) for c in channels], "channels")


@method("conversations.join", "channels:join")
def join(arguments: Arguments) -> Answer:
    """Only public ones."""
    required(arguments, "channel")
    channel = conversations.visible_channel(arguments["channel"], BOT_USER)
    if channel.is_private or channel.is_im:
        raise Refusal("method_not_supported_for_channel_type")
    if conversations.join(channel, BOT_USER, TELL):
        return {"channel": channel_object(channel)}
    return {
        "channel": channel_object(channel),
        "warning": "already_in_channel",
        "response_metadata": {"warnings": ["already_in_channel"]},
    }


@method("conversations.leave", *MANAGE)
def leave(arguments: Arguments) -> Answer:
    """Not the general one."""
    required(arguments, "channel")
    channel = conversations.visible_channel(arguments["channel"], BOT_USER)
    if channel.name == "general":
        raise Refusal("cant_leave_general")
    conversations.leave(channel, BOT_USER)
    return {}


@method("conversations.invite", *MANAGE, "channels:write.invites")
def invite(arguments: Arguments) -> Answer:
    """Up to 100 people, all or (without ``force``) none."""
    required(arguments, "channel", "users")
    channel = conversations.open_channel(arguments["channel"], BOT_USER)
    users = [u for u in str(arguments["users"]).split(",") if u]
    if len(users) > 100:
        raise Refusal("too_many_users")
    members = set(channel.memberships.values_list("member_id", flat=True))
    errors = [
        {"user": user, "ok": False, "error": error}
        for user in users
        if (error := _cannot_be_invited(user, members))
    ]
    if errors and (len(users) == len(errors) or not truth(arguments, "force")):
        raise Refusal(errors[0]["error"], errors=errors)
    for user in users:
        if user not in members and user not in [e["user"] for e in errors]:
            conversations.join(channel, user, TELL, inviter=BOT_USER)
    return {"channel": channel_object(channel)}


def _cannot_be_invited(user: str, members: set[str]) -> str | None:
    if user == BOT_USER:
        return "cant_invite_self"
    if user in members:
        return "already_in_channel"
    member = Member.objects.filter(pk=user).first()
    if member is None:
        return "user_not_found"
    return "cant_invite" if member.deleted else None


@method("conversations.rename", *MANAGE)
def rename(arguments: Arguments) -> Answer:
    """Only channels that the bot made. Slack mends a name where it can."""
    required(arguments, "channel", "name")
    channel = conversations.open_channel(arguments["channel"], BOT_USER)
    if channel.creator != BOT_USER:
        raise Refusal("not_authorized")
    name = str(arguments["name"]).lower().replace(" ", "-").replace(".", "-")
    if name != channel.name:
        conversations.rename(channel, name, TELL)
    return {"channel": channel_object(channel)}


@method("conversations.setTopic", *MANAGE, "channels:write.topic")
def set_topic(arguments: Arguments) -> Answer:
    """At most 250 characters."""
    channel = _described(arguments, "topic")
    return {"channel": channel_object(channel)}


@method("conversations.setPurpose", *MANAGE, "channels:write.topic")
def set_purpose(arguments: Arguments) -> Answer:
    """At most 250 characters."""
    _described(arguments, "purpose")
    return {}


def _described(arguments: Arguments, field: str) -> Channel:
    required(arguments, "channel")
    channel = conversations.open_channel(arguments["channel"], BOT_USER)
    text = str(arguments.get(field) or "")
    if len(text) > 250:
        raise Refusal("too_long")
    setattr(channel, field, text)
    channel.save(update_fields=[field])
    conversations.changed()
    return channel


@method("conversations.archive", *MANAGE)
def archive(arguments: Arguments) -> Answer:
    """Not the general one."""
    required(arguments, "channel")
    channel = conversations.visible_channel(arguments["channel"], BOT_USER)
    if channel.name == "general":
        raise Refusal("cant_archive_general")
    if channel.is_archived:
        raise Refusal("already_archived")
    conversations.open_channel(channel.id, BOT_USER)
    conversations.archive(channel, BOT_USER, TELL)
    return {}


@method("conversations.unarchive", "channels:write")
def unarchive(arguments: Arguments) -> Answer:
    """Not for bots."""
    raise Refusal("not_allowed_token_type")


@method("conversations.members", *READ, takes_json=False)
def members(arguments: Arguments) -> Answer:
    """Ids."""
    required(arguments, "channel")
    channel = conversations.visible_channel(arguments["channel"], BOT_USER)
    ids = list(channel.memberships.order_by("member_id").values_list("member_id", flat=True))
    return page(arguments, ids, "members")


@method("conversations.history", *HISTORY, takes_json=False)
def history(arguments: Arguments) -> Answer:
    """The newest first; ``oldest`` and ``latest`` bound it."""
    required(arguments, "channel")
    channel = conversations.visible_channel(arguments["channel"], BOT_USER)
    if not channel.memberships.filter(member_id=BOT_USER).exists():
        raise Refusal("not_in_channel")
    inclusive = truth(arguments, "inclusive")
    messages = Message.objects.filter(channel=channel, only_for="", deleted=False).order_by("-ts")
    if arguments.get("oldest"):
        bound = "ts__gte" if inclusive else "ts__gt"
        messages = messages.filter(**{bound: str(arguments["oldest"])})
    if arguments.get("latest"):
        bound = "ts__lte" if inclusive else "ts__lt"
        messages = messages.filter(**{bound: str(arguments["latest"])})
    answer = page(arguments, [message_object(m) for m in messages], "messages")
    return answer | {"has_more": bool(answer["response_metadata"]["next_cursor"])}


@method("conversations.replies", *HISTORY, takes_json=False)
def replies(arguments: Arguments) -> Answer:
    """A thread."""
    required(arguments, "channel", "ts")
    channel = conversations.open_channel(arguments["channel"], BOT_USER)
    ts = str(arguments["ts"])
    messages = Message.objects.filter(Q(ts=ts) | Q(thread_ts=ts), channel=channel, deleted=False)
    return page(arguments, [message_object(m) for m in messages.filter(only_for="")], "messages")


@method("conversations.open", "im:write")
def open_(arguments: Arguments) -> Answer:
    """A direct message with one person."""
    required(arguments, "users")
    user = str(arguments["users"])
    if not Member.objects.filter(pk=user).exists():
        raise Refusal("user_not_found")
    return {"channel": {"id": conversations.direct_message(BOT_USER, user).id}}
