"""Slack's rate limits, as far as they are known. Pure.

Slack counts per method, workspace and app, in tiers of *at least* so many calls per minute,
and for posting about one message a second per channel with short bursts; see "Rate limits"
in Slack's documentation. How large a burst may be is not published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Calls per minute of a method that we know nothing about.
UNKNOWN = 20

#: Calls per minute. Posting has no tier; "several hundred" is read as 300.
PER_MINUTE: Mapping[str, int] = {
    "chat.postMessage": 300,
    "chat.postEphemeral": 100,
    "chat.update": 50,
    "conversations.archive": 20,
    "conversations.create": 20,
    "conversations.history": 50,
    "conversations.info": 50,
    "conversations.invite": 50,
    "conversations.join": 50,
    "conversations.list": 20,
    "conversations.rename": 20,
    "conversations.setPurpose": 20,
    "conversations.setTopic": 20,
    "auth.test": 300,
    "pins.add": 20,
    "pins.remove": 20,
    "reactions.add": 50,
    "reactions.remove": 20,
    "bookmarks.add": 20,
    "users.info": 100,
    "users.list": 20,
    "users.lookupByEmail": 50,
}


@dataclass(frozen=True)
class Limit:
    """One limit that a call is under.

    ``interval`` is the seconds that a call takes up. ``burst`` is how many urgent calls may
    come at once, None if urgent ones are not held to it: tiers are minimums, and Slack says
    so itself when it has had enough. What is not urgent always keeps the interval, so that
    the rest is there for what is.
    """

    key: str
    interval: float
    burst: int | None = None


def limits_of(method: str, arguments: Mapping[str, Any]) -> list[Limit]:
    """Every limit that a call of ``method`` is under, the narrowest first."""
    per_minute = PER_MINUTE.get(method, UNKNOWN)
    limits = [Limit(method, 60 / per_minute)]
    if method == "chat.postMessage" and arguments.get("channel"):
        limits.insert(0, Limit(f"{method} {arguments['channel']}", 1.0, burst=4))
    return limits
