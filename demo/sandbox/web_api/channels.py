"""``conversations.*``."""

from __future__ import annotations

from django.db.models import Q

from demo.sandbox import conversations, scopes
from demo.sandbox.models import Channel, Member, Membership, Message
from demo.sandbox.payloads import channel_object, message_objects
from demo.sandbox.web_api.registry import Answer, Arguments, method, page, required, truth
from demo.sandbox.workspace import BOT_USER, Refusal

TELL = conversations.in_background
# One of these at the door; which of them, is known when the channel is.
MANAGE = scopes.FAMILIES["manage"]
READ = scopes.FAMILIES["read"]
HISTORY = scopes.FAMILIES["history"]
INVITES = scopes.FAMILIES["invites"][:2]
TOPIC = scopes.FAMILIES["topic"]
KINDS = {"public_channel": 0, "private_channel": 1, "im": 2}


def _visible(arguments: Arguments, *families: str) -> Channel:
    """Return the channel, if the bot sees it and its token covers channels of this kind."""
    required(arguments, "channel")
    channel = conversations.visible_channel(arguments["channel"], BOT_USER)
    scopes.require_for(channel, *families)
    return channel


def _open(arguments: Arguments, *families: str) -> Channel:
    """Return the channel as :func:`_visible` does, if the bot is in it and it is not archived."""
    channel = _visible(arguments, *families)
    return conversations.open_channel(channel.id, BOT_USER)


@method("conversations.create", *MANAGE)
def create(arguments: Arguments) -> Answer:
    """Create a channel with the bot in it."""
    is_private = truth(arguments, "is_private")
    scopes.require(MANAGE[is_private])
    channel = conversations.create(arguments.get("name"), BOT_USER, is_private, TELL)
    return {"channel": channel_object(channel)}


@method("conversations.info", *READ, takes_json=False)
def info(arguments: Arguments) -> Answer:
    """Answer with one channel."""
    channel = _visible(arguments, "read")
    body = channel_object(channel)
    if truth(arguments, "include_num_members"):
        body["num_members"] = channel.memberships.count()
    return {"channel": body}


@method("conversations.list", *READ, takes_json=False)
def list_(arguments: Arguments) -> Answer:
    """Public ones, and private ones that the bot is in."""
    types = _types(arguments)
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


def _types(arguments: Arguments) -> list[str]:
    types = [t.strip() for t in str(arguments.get("types") or "public_channel").split(",")]
    if not all(t in KINDS or t == "mpim" for t in types):
        raise Refusal("invalid_types")
    for kind in types:
        if kind in KINDS:
            scopes.require(READ[KINDS[kind]])
    return types


@method("users.conversations", *READ, takes_json=False)
def conversations_of(arguments: Arguments) -> Answer:
    """Answer with the channels that the bot, or ``user``, is in, as far as the bot can see them."""
    types = _types(arguments)
    channels = Channel.objects.filter(
        Q(is_private=False, is_im=False) | Q(memberships__member_id=BOT_USER)
    )
    user = str(arguments.get("user") or BOT_USER)
    known = channels.filter(pk__in=Membership.objects.filter(member_id=user).values("channel_id"))
    found = [
        c
        for c in known.distinct()
        if ("im" if c.is_im else "private_channel" if c.is_private else "public_channel") in types
        and not (c.is_archived and truth(arguments, "exclude_archived"))
    ]
    return page(arguments, [channel_object(c) for c in found], "channels")


@method("conversations.join", "channels:join")
def join(arguments: Arguments) -> Answer:
    """Join a channel; only public ones can be joined."""
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
    """Leave a channel: not the general one, and a private one only if others stay."""
    channel = _visible(arguments, "manage")
    if channel.is_im:
        raise Refusal("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise Refusal("is_archived")
    if channel.name == "general":
        raise Refusal("cant_leave_general")
    members = channel.memberships
    if not members.filter(member_id=BOT_USER).exists():
        return {"not_in_channel": True}
    if channel.is_private and members.count() == 1:
        raise Refusal("last_member")
    conversations.leave(channel, BOT_USER, TELL)
    return {}


@method("conversations.kick", *MANAGE)
def kick(arguments: Arguments) -> Answer:
    """Remove a member from a channel."""
    required(arguments, "user")
    channel = _open(arguments, "manage")
    user = str(arguments["user"])
    if user == BOT_USER:
        raise Refusal("cant_kick_self")
    if channel.name == "general":
        raise Refusal("cant_kick_from_general")
    if not channel.memberships.filter(member_id=user).exists():
        raise Refusal("not_in_channel")
    conversations.leave(channel, user, TELL)
    return {}


@method("conversations.invite", *MANAGE, *INVITES)
def invite(arguments: Arguments) -> Answer:
    """Up to 100 people, all or (without ``force``) none."""
    required(arguments, "channel", "users")
    channel = _open(arguments, "manage", "invites")
    if channel.is_im:
        raise Refusal("method_not_supported_for_channel_type")
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
    """Rename a channel that the bot made; Slack corrects a name where it can."""
    required(arguments, "name")
    channel = _open(arguments, "manage")
    if channel.creator != BOT_USER:
        raise Refusal("not_authorized")
    name = str(arguments["name"]).lower().replace(" ", "-").replace(".", "-")
    if name != channel.name:
        conversations.rename(channel, name, TELL)
    return {"channel": channel_object(channel)}


@method("conversations.setTopic", *MANAGE, *TOPIC)
def set_topic(arguments: Arguments) -> Answer:
    """Set the topic, at most 250 characters."""
    channel = _described(arguments, "topic")
    return {"channel": channel_object(channel)}


@method("conversations.setPurpose", *MANAGE, *TOPIC)
def set_purpose(arguments: Arguments) -> Answer:
    """Set the purpose, at most 250 characters."""
    _described(arguments, "purpose")
    return {}


def _described(arguments: Arguments, field: str) -> Channel:
    channel = _open(arguments, "manage", "topic")
    text = str(arguments.get(field) or "")
    if len(text) > 250:
        raise Refusal("too_long")
    setattr(channel, field, text)
    channel.save(update_fields=[field])
    conversations.changed()
    return channel


@method("conversations.archive", *MANAGE)
def archive(arguments: Arguments) -> Answer:
    """Archive a channel, except the general one."""
    channel = _visible(arguments, "manage")
    if channel.is_im:
        raise Refusal("method_not_supported_for_channel_type")
    if channel.name == "general":
        raise Refusal("cant_archive_general")
    if channel.is_archived:
        raise Refusal("already_archived")
    conversations.open_channel(channel.id, BOT_USER)
    conversations.archive(channel, BOT_USER, TELL)
    return {}


@method("conversations.unarchive", "channels:write")
def unarchive(arguments: Arguments) -> Answer:
    """Refuse to unarchive: bots may not."""
    raise Refusal("not_allowed_token_type")


@method("conversations.members", *READ, takes_json=False)
def members(arguments: Arguments) -> Answer:
    """Answer with the ids of a channel's members."""
    channel = _visible(arguments, "read")
    ids = list(channel.memberships.order_by("member_id").values_list("member_id", flat=True))
    return page(arguments, ids, "members")


@method("conversations.history", *HISTORY, takes_json=False)
def history(arguments: Arguments) -> Answer:
    """Answer with messages between ``oldest`` and ``latest``, newest first, without replies."""
    channel = _visible(arguments, "history")
    if not channel.memberships.filter(member_id=BOT_USER).exists():
        raise Refusal("not_in_channel")
    inclusive = truth(arguments, "inclusive")
    messages = Message.objects.filter(channel=channel, only_for="", deleted=False).order_by("-ts")
    messages = messages.filter(Q(thread_ts="") | Q(subtype="thread_broadcast"))
    if arguments.get("oldest"):
        bound = "ts__gte" if inclusive else "ts__gt"
        messages = messages.filter(**{bound: str(arguments["oldest"])})
    if arguments.get("latest"):
        bound = "ts__lte" if inclusive else "ts__lt"
        messages = messages.filter(**{bound: str(arguments["latest"])})
    answer = page(arguments, list(messages), "messages")
    answer["messages"] = message_objects(answer["messages"])
    return answer | {"has_more": bool(answer["response_metadata"]["next_cursor"])}


@method("conversations.replies", *HISTORY, takes_json=False)
def replies(arguments: Arguments) -> Answer:
    """Answer with the messages of a thread."""
    required(arguments, "ts")
    channel = _visible(arguments, "history")
    if not channel.memberships.filter(member_id=BOT_USER).exists():
        raise Refusal("not_in_channel")
    ts = str(arguments["ts"])
    messages = Message.objects.filter(channel=channel, deleted=False, only_for="")
    thread = list(messages.filter(Q(ts=ts) | Q(thread_ts=ts)))
    if not thread:
        raise Refusal("thread_not_found")
    answer = page(arguments, thread, "messages")
    answer["messages"] = message_objects(answer["messages"])
    return answer | {"has_more": bool(answer["response_metadata"]["next_cursor"])}


@method("conversations.open", "im:write")
def open_(arguments: Arguments) -> Answer:
    """Open a direct message with one person; group messages are not supported."""
    required(arguments, "users")
    user = str(arguments["users"])
    if "," in user:
        raise Refusal("not_enough_users")
    member = Member.objects.filter(pk=user).first()
    if member is None:
        raise Refusal("user_not_found")
    if member.deleted:
        raise Refusal("user_disabled")
    return {"channel": {"id": conversations.direct_message(BOT_USER, user).id}}
