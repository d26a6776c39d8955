"""Slack's rate limits, as far as they are documented. Pure.

Slack counts per method, workspace and app, in tiers of *at least* so many calls per minute,
and for posting about one message a second per channel with short bursts; see "Rate limits"
in Slack's documentation. How large a burst may be is not published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Calls per minute of a method whose limit is not known.
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
    """A rate limit that applies to a call.

    ``interval`` is the number of seconds between two calls. ``burst`` is how many urgent calls
    may be made at once; None if urgent calls are not limited, since tiers are minimums and
    Slack itself answers when a method is called too often. Calls that are not urgent always
    keep the interval, so that capacity is left for urgent ones.
    """

    key: str
    interval: float
    burst: int | None = None


def limits_of(method: str, arguments: Mapping[str, Any]) -> list[Limit]:
    """Return all limits that apply to a call of ``method``, the narrowest first."""
    per_minute = PER_MINUTE.get(method, UNKNOWN)
    limits = [Limit(method, 60 / per_minute)]
    if method == "chat.postMessage" and arguments.get("channel"):
        limits.insert(0, Limit(f"{method} {arguments['channel']}", 1.0, burst=4))
    return limits
