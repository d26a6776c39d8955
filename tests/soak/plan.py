"""Which requests there are: drawn from a seed, the same for the same seed. Pure."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

TEAM, BOT_USER = "T0SANDBOX01", "U0SANDBOT01"
PEOPLE = ["U0SANDBOX01", "U0SANDBOX02", "U0SANDBOX03", "W0SANDBOX04", "U0SANDBOX05"]
#: Kinds and how often they come, relative to each other.
KINDS = {
    "message": 40, "keyword": 6, "command": 20, "slash": 8, "pin": 8, "unpin": 4,
    "declare": 8, "close": 3, "channel": 3,
}  # fmt: skip


@dataclass
class Request:
    """Something that Slack has to tell.

    ``number`` is in every text that comes of it. ``channel`` and ``user`` are Slack's ids,
    ``incident`` the id in the database; ``after`` is the number of the request that it
    must not overtake (a pin, for its removal).
    """

    number: str
    kind: str
    path: str
    payload: dict[str, Any]
    channel: str = ""
    user: str = ""
    ts: str = ""
    incident: int = 0
    after: str = ""
    copies: list[str] = field(default_factory=list)

    @property
    def is_event(self) -> bool:
        """Whether Slack sends it again when it fails."""
        return self.path == "event"

    def body(self, *, other_id: bool = False, as_json: bool = False) -> tuple[bytes, str]:
        """What is posted, and its content type; once more under another event id.

        ``as_json`` is the payload as it is in an envelope of Socket Mode.
        """
        if self.path == "event" or as_json:
            payload = dict(self.payload)
            if other_id:
                payload["event_id"] += "X"
            return json.dumps(payload).encode(), "application/json"
        fields = self.payload
        if self.path == "action":
            fields = {"payload": json.dumps(self.payload)}
        return urlencode(fields).encode(), "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class World:
    """What there is before the first request: channel id to incident id, and the rest."""

    channels: dict[str, int]
    to_close: list[int]
    to_get_a_channel: list[int]


def draw(seed: int, count: int, world: World, duplicates: float = 0.1) -> list[Request]:
    """``count`` requests in the order in which they are delivered."""
    chance = random.Random(seed)
    drawing = _Drawing(chance, world)
    requests: list[Request] = []
    while len(requests) < count:
        kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
        requests += drawing.draw(kind)
    requests = requests[:count]
    for request in requests:
        if chance.random() < duplicates:
            other = request.is_event and chance.random() < 0.5
            request.copies.append("other id" if other else "same")
    return requests


class _Drawing:
    def __init__(self, chance: random.Random, world: World) -> None:
        self.chance = chance
        self.channels = dict(world.channels)
        self.to_close = list(world.to_close)
        self.to_get_a_channel = list(world.to_get_a_channel)
        self.pinned: list[Request] = []
        self.last = 0

    def draw(self, kind: str) -> list[Request]:
        self.last += 1
        number = f"n{self.last:05d}"
        channel = self.chance.choice(list(self.channels))
        user = self.chance.choice(PEOPLE)
        made = getattr(self, f"_{kind}")(number, channel, user)
        for request in made:
            request.user = request.user or user
            request.incident = request.incident or self.channels.get(request.channel, 0)
        return list(made)

    def _message(self, number, channel, user, text="hello"):
        ts = f"17000{number[1:]}.000100"
        event = {"type": "message", "user": user, "text": f"{text} {number}", "channel": channel,
                 "ts": ts, "event_ts": ts, "channel_type": "channel"}  # fmt: skip
        return [self._event(number, "message", event, channel, ts)]

    def _keyword(self, number, channel, user):
        [request] = self._message(number, channel, user, "soakword")
        request.kind = "keyword"
        return [request]

    def _command(self, number, channel, user):
        """A mention comes as a message as well."""
        text = f"<@{BOT_USER}> soak"
        [message] = self._message(number, channel, user, text)
        event = {**message.payload["event"], "type": "app_mention"}
        mention = self._event(number, "command", event, channel, message.ts)
        mention.payload["event_id"] += "M"
        message.number += "m"
        return [message, mention]

    def _event(self, number, kind, event, channel, ts):
        payload = {"type": "event_callback", "team_id": TEAM, "event_id": f"Ev{kind}{number}",
                   "event_time": 1700000000, "event": event,
                   "authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True}],
                   }  # fmt: skip
        return Request(number, kind, "event", payload, channel, event["user"], ts)

    def _slash(self, number, channel, user):
        fields = {"command": "/incident", "text": f"soak {number}", "user_id": user,
                  "channel_id": channel, "team_id": TEAM, "trigger_id": f"trigger-{number}",
                  "response_url": ""}  # fmt: skip
        return [Request(number, "slash", "slash_command", fields, channel)]

    def _pin(self, number, channel, user, kind="pin_added", ts=""):
        ts = ts or f"17000{number[1:]}.000100"
        event = {
            "type": kind, "user": user, "channel_id": channel, "event_ts": f"18000{number[1:]}.1",
            "item": {"type": "message", "channel": channel, "created": 1700000000,
                     "created_by": user, "message": {"type": "message", "user": user, "ts": ts,
                                                     "text": f"pinned {number}"}},
        }  # fmt: skip
        request = self._event(number, kind.replace("_added", "").replace("pin_removed", "unpin"),
                              event, channel, ts)  # fmt: skip
        if kind == "pin_added":
            self.pinned.append(request)
        return [request]

    def _unpin(self, number, channel, user):
        if not self.pinned:
            return []
        pin = self.pinned.pop(self.chance.randrange(len(self.pinned)))
        [request] = self._pin(number, pin.channel, user, "pin_removed", pin.ts)
        request.after = pin.number
        return [request]

    def _interaction(self, number, user, **rest):
        return {"user": {"id": user, "username": "x", "team_id": TEAM}, "api_app_id": "A1",
                "trigger_id": f"trigger-{number}", "team": {"id": TEAM, "domain": "sandbox"},
                **rest}  # fmt: skip

    def _declare(self, number, channel, user):
        values = {"report": {"report": {"type": "plain_text_input", "value": f"Down {number}"}}}
        view = {
            "id": f"V{number}", "type": "modal", "callback_id": "incident-report-dialog",
            "private_metadata": json.dumps({"channel": channel, "form": f"form-{number}"}),
            "state": {"values": values}, "blocks": [],
        }  # fmt: skip
        payload = self._interaction(number, user, type="view_submission", view=view)
        return [Request(number, "declare", "action", payload)]

    def _press(self, number, kind, user, button, incident):
        action = {"action_id": button, "block_id": "b", "type": "button", "value": str(incident),
                  "action_ts": f"17000{number[1:]}.1"}  # fmt: skip
        payload = self._interaction(
            number, user, type="block_actions", actions=[action], response_url="",
            channel={"id": "C0SANDBOX02", "name": "incidents"},
            container={"type": "message", "channel_id": "C0SANDBOX02", "message_ts": "1.1"},
        )  # fmt: skip
        return Request(number, kind, "action", payload, incident=incident, user=user)

    def _close(self, number, channel, user):
        if not self.to_close:
            return []
        incident = self.to_close.pop()
        return [self._press(number, "close", user, "close-incident-button", incident)]

    def _channel(self, number, channel, user):
        """Two people want a channel at the same time."""
        if not self.to_get_a_channel:
            return []
        incident = self.to_get_a_channel.pop()
        return [
            self._press(f"{number}{n}", "channel", who, "create-comms-channel-button", incident)
            for n, who in enumerate((user, self.chance.choice(PEOPLE)))
        ]
