"""Refusing calls that come too often, as Slack does.

Per method so many calls in a minute, by tiers; and for posting about one message a second
per channel with short bursts. Off unless ``SANDBOX_RATE_LIMITS`` says how many times faster
than Slack's clock ours runs (1: as Slack; 60: a minute lasts a second, for tests).
"""

from __future__ import annotations

import math
import threading
import time
from collections import defaultdict, deque

from demo.sandbox.workspace import setting

MINUTE = 60.0
#: Calls per minute; what is not named here is in tier 2.
PER_MINUTE = {
    "apps.connections.open": 50,
    "auth.test": 300,
    "chat.getPermalink": 300,
    "chat.postEphemeral": 100,
    "chat.postMessage": 360,
    "chat.update": 50,
    "conversations.history": 50,
    "conversations.info": 50,
    "conversations.invite": 50,
    "conversations.join": 50,
    "conversations.leave": 50,
    "conversations.members": 100,
    "files.completeUploadExternal": 100,
    "files.getUploadURLExternal": 100,
    "files.info": 100,
    "reactions.add": 50,
    "team.info": 50,
    "users.info": 100,
    "users.lookupByEmail": 50,
    "views.open": 100,
    "views.publish": 100,
    "views.push": 100,
    "views.update": 100,
}
TIER_2 = 20
#: Messages that one channel takes at once, before it is one a second.
BURST = 5


class Counters:
    """What was called when; times are in seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[str, deque[float]] = defaultdict(deque)
        self._posted: dict[str, float] = {}

    def clear(self) -> None:
        """Forget all calls, so that every limit is free."""
        with self._lock:
            self._calls.clear()
            self._posted.clear()

    def seconds_to_wait(self, method: str, channel: str, speed: float, now: float) -> float:
        """0 if the call is allowed (it is counted then), or how long it is not."""
        second = 1 / speed
        with self._lock:
            calls = self._calls[method]
            while calls and calls[0] <= now - MINUTE / speed:
                calls.popleft()
            if len(calls) >= PER_MINUTE.get(method, TIER_2):
                return calls[0] + MINUTE / speed - now
            if method == "chat.postMessage" and channel:
                # A bucket of BURST messages, which one a second flows out of.
                full_until = max(self._posted.get(channel, 0.0), now) + second
                if full_until > now + BURST * second:
                    return full_until - now - BURST * second
                self._posted[channel] = full_until
            calls.append(now)
            return 0.0


counters = Counters()


def retry_after(method: str, channel: str) -> int | None:
    """Whole seconds after which the call may come again; None if it may now."""
    speed = float(setting("SANDBOX_RATE_LIMITS"))
    if speed <= 0:
        return None
    wait = counters.seconds_to_wait(method, channel, speed, time.monotonic())
    return math.ceil(wait) if wait > 0 else None
