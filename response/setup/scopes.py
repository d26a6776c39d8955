"""Which scopes the bot token needs, method by method and event by event.

From Slack's reference pages of the methods and events. A test proves that the tables name
exactly the methods that Response calls and the events that it handles.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Scope:
    """A scope of the bot token.

    ``purpose`` says what it is for, in words for the person who grants it. Without an
    ``optional`` scope everything else still works.
    """

    name: str
    purpose: StrOrPromise
    optional: bool = False


SCOPES = (
    Scope("app_mentions:read", _("commands to the bot: @incident …")),
    Scope("channels:history", _("counting messages, following edits of pinned messages")),
    Scope("channels:join", _("joining the incidents channel and channels it has made")),
    Scope("channels:manage", _("making comms channels, inviting, topics, renaming")),
    Scope("channels:read", _("finding the incidents channel by its name")),
    Scope("chat:write", _("the headline, answers and reminders")),
    Scope(
        "chat:write.public", _("posting in public channels that the bot is not in"), optional=True
    ),
    Scope("commands", _("/incident and the message shortcut")),
    Scope("groups:history", _("messages and edits of pinned ones in private comms channels")),
    Scope("groups:read", _("private channels, and a private incidents channel")),
    Scope("groups:write", _("comms channels of private incidents")),
    Scope("im:history", _("checking whether an update arrived, to send it once"), optional=True),
    Scope("im:write", _("direct messages to the lead, the reporter and those who subscribe")),
    Scope("pins:read", _("pinned messages, for the timeline")),
    Scope("pins:write", _("pinning the first message of a comms channel"), optional=True),
    Scope("reactions:read", _("reactions that put a message into the timeline"), optional=True),
    Scope("reactions:write", _("✅ and ❓ on commands")),
    Scope("usergroups:read", _("names of user groups, and inviting their members"), optional=True),
    Scope("users:read", _("people's names")),
    Scope("users:read.email", _("finding people by their e-mail address"), optional=True),
)

#: What each method that Response calls needs; empty where any bot token will do.
METHODS: dict[str, tuple[str, ...]] = {
    "auth.test": (),
    "chat.delete": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write", "chat:write.public", "im:write"),
    "chat.update": ("chat:write",),
    "conversations.archive": ("channels:manage", "groups:write"),
    "conversations.create": ("channels:manage", "groups:write"),
    "conversations.history": ("channels:history", "groups:history", "im:history"),
    "conversations.info": ("channels:read", "groups:read"),
    "conversations.invite": ("channels:manage", "groups:write"),
    "conversations.join": ("channels:join",),
    "conversations.list": ("channels:read", "groups:read"),
    "conversations.open": ("im:write",),
    "conversations.rename": ("channels:manage", "groups:write"),
    "conversations.replies": ("channels:history", "groups:history"),
    "conversations.setTopic": ("channels:manage", "groups:write"),
    "pins.add": ("pins:write",),
    "reactions.add": ("reactions:write",),
    "reactions.remove": ("reactions:write",),
    "usergroups.list": ("usergroups:read",),
    "usergroups.users.list": ("usergroups:read",),
    "users.info": ("users:read",),
    "users.list": ("users:read",),
    "users.lookupByEmail": ("users:read", "users:read.email"),
    "views.open": (),
}

#: What each event that Response subscribes to needs.
EVENTS: dict[str, tuple[str, ...]] = {
    "app_mention": ("app_mentions:read",),
    "channel_archive": ("channels:read",),
    "channel_deleted": ("channels:read",),
    "channel_id_changed": ("channels:read", "groups:read"),
    "channel_rename": ("channels:read",),
    "channel_unarchive": ("channels:read",),
    "group_archive": ("groups:read",),
    "group_deleted": ("groups:read",),
    "group_rename": ("groups:read",),
    "group_unarchive": ("groups:read",),
    "member_joined_channel": ("channels:read", "groups:read"),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "pin_added": ("pins:read",),
    "pin_removed": ("pins:read",),
    "reaction_added": ("reactions:read",),
    "reaction_removed": ("reactions:read",),
    "user_change": ("users:read",),
}

#: What the features that are neither methods nor events need.
FEATURES: dict[str, tuple[str, ...]] = {
    "slash_commands": ("commands",),
    "shortcuts": ("commands",),
}


def required() -> list[str]:
    """Return the names of the scopes that are needed, sorted."""
    return sorted(scope.name for scope in SCOPES if not scope.optional)


def optional() -> list[str]:
    """Return the names of the scopes without which everything else still works, sorted."""
    return sorted(scope.name for scope in SCOPES if scope.optional)


def missing(granted: Iterable[str]) -> list[Scope]:
    """Return the scopes that a token with the ``granted`` ones lacks."""
    have = set(granted)
    return [scope for scope in SCOPES if scope.name not in have]
