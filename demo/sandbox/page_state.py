"""What the page shows, as JSON."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, OuterRef, Q, Subquery

from demo.sandbox.models import (
    Change,
    Channel,
    Fault,
    Group,
    Home,
    Member,
    Membership,
    Message,
    View,
)
from demo.sandbox.payloads import permalink
from demo.sandbox.sockets import sockets
from demo.sandbox.workspace import BOT_USER, COMMAND, configured


def last_change() -> int:
    """Return the number of the newest change."""
    return Change.objects.aggregate(newest=Max("pk"))["newest"] or 0


def workspace(user: str) -> dict[str, Any]:
    """People, channels and open forms, as ``user`` sees them."""
    # First: what changes while the rest is read is then asked for again, and not missed.
    change = last_change()
    channels = Channel.objects.filter(
        Q(is_im=False, is_private=False) | Q(memberships__member=user)
    )
    channels = channels.distinct().annotate(
        newest=Subquery(
            Message.objects.filter(channel=OuterRef("pk"), deleted=False, thread_ts="")
            .filter(Q(only_for="") | Q(only_for=user))
            .order_by("-ts")
            .values("ts")[:1]
        )
    )
    mine = dict(Membership.objects.filter(member=user).values_list("channel_id", "last_read"))
    partners = dict(
        Membership.objects.filter(channel__is_im=True)
        .exclude(member=user)
        .values_list("channel_id", "member_id")
    )
    view = View.objects.filter(user=user, closed=False).order_by("-opened").first()
    home = Home.objects.filter(pk=user).first()
    return {
        "me": user,
        "bot": BOT_USER,
        "command": COMMAND,
        "change": change,
        "members": [
            {
                "id": m.id,
                "name": m.name,
                "shown": m.shown_name,
                "real": m.real_name,
                "title": m.title,
                "color": m.color,
                "bot": m.is_bot,
                "guest": m.is_restricted,
                "deleted": m.deleted,
            }
            for m in Member.objects.all()
        ],
        "groups": list(Group.objects.values("id", "handle")),
        "channels": [
            {
                "id": c.id,
                "name": c.name,
                "topic": c.topic or c.purpose,
                "private": c.is_private,
                "archived": c.is_archived,
                "im": c.is_im,
                "with": partners.get(c.id, user) if c.is_im else None,
                "member": c.id in mine,
                "unread": c.id in mine and (c.newest or "0") > mine[c.id],
            }
            for c in channels
        ],
        "view": {"id": view.id, "hash": view.hash, **view.view} if view else None,
        "home": {"hash": home.hash, **home.view} if home else None,
        "welcome": configured("SANDBOX_WELCOME"),
        "shortcuts": configured("SANDBOX_SHORTCUTS"),
        "sockets": sockets.count(),
        "faults": [
            {
                "id": f.pk,
                "kind": f.kind,
                "pattern": f.pattern,
                "seconds": f.seconds,
                "error": f.error,
                "left": f.left,
            }
            for f in Fault.objects.filter(Q(left__isnull=True) | Q(left__gt=0))
        ],
    }


def about(channel: Channel) -> dict[str, Any]:
    """Return who is in a channel, and what is above its messages."""
    return {
        "members": list(channel.memberships.order_by("pk").values_list("member_id", flat=True)),
        "bookmarks": list(channel.bookmarks.values("id", "title", "link")),
    }


def messages(channel: Channel, user: str, thread_ts: str = "") -> list[dict[str, Any]]:
    """Return the latest messages of a channel, or all of a thread, as ``user`` sees them."""
    found = (
        Message.objects.filter(channel=channel, deleted=False)
        .filter(Q(only_for="") | Q(only_for=user))
        .prefetch_related("reactions")
        .select_related("pin")
        .order_by("-ts")
    )
    if thread_ts:
        found = found.filter(Q(ts=thread_ts) | Q(thread_ts=thread_ts))
    else:
        found = found.filter(Q(thread_ts="") | Q(subtype="thread_broadcast"))
    shown = list(reversed(found[:300]))
    replies = dict(
        Message.objects.filter(
            channel=channel, deleted=False, only_for="", thread_ts__in=[m.ts for m in shown]
        )
        .values_list("thread_ts")
        .annotate(Count("pk"))
        .order_by()
    )
    return [_message(m, replies.get(m.ts, 0)) for m in shown]


def _message(message: Message, replies: int) -> dict[str, Any]:
    marks: dict[str, list[str]] = {}
    for reaction in message.reactions.all():
        marks.setdefault(reaction.name, []).append(reaction.user)
    pin = getattr(message, "pin", None)
    return {
        "ts": message.ts,
        "user": message.user,
        "text": message.text,
        "blocks": message.blocks,
        "subtype": message.subtype,
        "thread_ts": message.thread_ts,
        "ephemeral": bool(message.only_for),
        "edited": bool(message.edited_ts),
        "files": message.files,
        "attachments": message.attachments,
        "reactions": [{"name": n, "users": u} for n, u in marks.items()],
        "pinned_by": pin.user if pin else None,
        "replies": replies,
        "permalink": permalink(message.channel_id, message.ts),
    }
