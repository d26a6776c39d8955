"""What the tokens may do, and what the app hears of.

The bot token has the scopes in ``SANDBOX_SCOPES``: a list, or the dotted path of a function
without arguments that returns one (the function that writes the app's manifest, for instance).
Unless it is set, the token has every scope that the sandbox knows. ``SANDBOX_EVENTS`` says
likewise which events the app has subscribed to. What is in a row of :class:`Grant` is taken away
from the bot token, for people and tests.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from demo.sandbox.models import Channel, Grant
from demo.sandbox.workspace import Refusal, configured

#: Those of the app-level token.
APP_LEVEL = ("connections:write",)

#: For each kind of work in a conversation: the scopes for a public channel, a private one, and a
#: direct message.
FAMILIES: dict[str, tuple[str, str, str]] = {
    "read": ("channels:read", "groups:read", "im:read"),
    "history": ("channels:history", "groups:history", "im:history"),
    "manage": ("channels:manage", "groups:write", "im:write"),
    "invites": ("channels:write.invites", "groups:write.invites", "im:write"),
    "topic": ("channels:write.topic", "groups:write.topic", "im:write.topic"),
}

#: Without one of these scopes the app does not get the event. Those of messages depend on the
#: kind of the channel, as does ``member_joined_channel``.
EVENTS: dict[str, tuple[str, ...]] = {
    "app_home_opened": (),
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
    "member_left_channel": ("channels:read", "groups:read"),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "pin_added": ("pins:read",),
    "pin_removed": ("pins:read",),
    "reaction_added": ("reactions:read",),
    "reaction_removed": ("reactions:read",),
    "user_change": ("users:read",),
}

_known: set[str] = {
    "app_mentions:read",
    "chat:write.public",
    "commands",
    "users:read.email",
    *(scope for family in FAMILIES.values() for scope in family),
    *(scope for needed in EVENTS.values() for scope in needed),
}


def make_known(scopes: Iterable[str]) -> None:
    """Add what methods ask for to the scopes that there are."""
    _known.update(scope for scope in scopes if scope not in APP_LEVEL)


def granted() -> list[str]:
    """Return the scopes of the bot token, in alphabetical order."""
    grant = Grant.objects.first()
    withheld = grant.withheld if grant else []
    wanted = configured("SANDBOX_SCOPES")
    return sorted(set(_known if wanted is None else wanted) - set(withheld))


def require(*scopes: str, granted_scopes: list[str] | None = None) -> None:
    """Refuse with ``missing_scope`` unless one of ``scopes`` was granted, or none is needed."""
    have = granted() if granted_scopes is None else granted_scopes
    if scopes and not any(scope in have for scope in scopes):
        raise Refusal("missing_scope", needed=",".join(scopes), provided=",".join(have))


def require_for(channel: Channel, *families: str) -> None:
    """Refuse unless one of ``families`` was granted for channels of this kind."""
    require(*(FAMILIES[family][_kind(channel)] for family in families))


def _kind(channel: Channel) -> int:
    if channel.is_im:
        return 2
    return 1 if channel.is_private else 0


def hears(event: dict[str, Any]) -> bool:
    """Return whether the app has subscribed to an event and may have it."""
    name = str(event["type"])
    if name == "message":
        kinds = {"im": "message.im", "group": "message.groups"}
        name = kinds.get(event.get("channel_type", ""), "message.channels")
    subscribed = configured("SANDBOX_EVENTS")
    if subscribed is not None and name not in subscribed:
        return False
    needed = EVENTS.get(name, ())
    if event.get("channel_type") in ("C", "G") and len(needed) == 2:
        needed = (needed[event["channel_type"] == "G"],)
    have = granted()
    return not needed or any(scope in have for scope in needed)
