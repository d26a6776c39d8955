"""Well-signed but odd: never a 500, nothing parked, nothing stuck.

A small number of examples in the suite; ``make fuzz`` tries many.
"""

from __future__ import annotations

import copy
import hashlib
import hmac
import itertools
import json
import logging
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from response.models import InboxRequest, OutboxMessage
from response.slack.inbound import inbox
from response.slack.web_api.client import SlackClient
from tests.factories import CommsChannelFactory, IncidentFactory

SECRET = "fuzz-secret"
CHANNEL = "C0FUZZ00001"
SAMPLES = {
    path.stem: json.loads(path.read_text())
    for path in sorted((Path(__file__).parent / "data" / "payloads").glob("*.json"))
}
EVENTS = sorted(n for n in SAMPLES if n.startswith("event_"))
INTERACTIONS = sorted(
    n for n in SAMPLES if n.startswith(("block_", "view_", "dialog_", "shortcut_"))
)
NESTED: Any = "x"
for _level in range(120):
    NESTED = [NESTED] if _level % 2 else {"incident": NESTED}
ODD = [
    None, "", 0, -1, True, 2**70, 1e308, [], {}, [[]], {"id": {}}, [None], "x" * 60, "x" * 70_000,
    "\x00", "\ud800", "9" * 5_000, "1e1000000", "[" * 10_000, '{"incident": ' + "9" * 5_000 + "}",
    '{"shown": 7}', '{"channel": "\\u0000", "state": "\\ud800"}', "U" * 51,
    "a@" + "." * 5_000 + "@",
    "<" * 5_000, "``` " + " " * 5_000 + "!", "\u202e\u200b", "<!channel>", NESTED,
]  # fmt: skip
WORDS = ["lead", "severity", "close", "reopen", "summary", "impact", "action", "rename", "help",
         "duration", "list", "new", "lead @", "lead none", "action done 9"]  # fmt: skip
COUNTER = itertools.count()


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, part in inner:
        found.append((*path, key))
        if isinstance(part, dict | list):
            found += paths(part, (*path, key))
    return found


@st.composite
def odd(draw: st.DrawFn, names: list[str]) -> Any:
    """A sample with a few of its values changed into something that Slack never sends."""
    payload = copy.deepcopy(SAMPLES[draw(st.sampled_from(names))])
    for path in draw(st.lists(st.sampled_from(paths(payload)), max_size=3)):
        place = payload
        for key in path[:-1]:
            try:
                place = place[key]
            except (TypeError, KeyError, IndexError):
                break
        else:
            if isinstance(place, dict) or (isinstance(place, list) and path[-1] < len(place)):
                place[path[-1]] = draw(st.one_of(st.sampled_from(ODD), st.text(max_size=20)))
    return payload


def api_call(self: Any, method: str, **arguments: Any) -> dict[str, Any]:
    """Slack, always content."""
    user = {"id": str(arguments.get("user")), "name": "anna", "profile": {"real_name": "Anna"}}
    return {"ok": True, "user_id": "U0BOT00001", "bot_id": "B0BOT00001", "team_id": "T1",
            "url": "https://a.slack.example/", "user": user, "channel": {"id": CHANNEL},
            "ts": "1.1", "view": {"id": "V1"}}  # fmt: skip


@pytest.fixture
def post(transactional_db, settings, monkeypatch, caplog):
    settings.SLACK_SIGNING_SECRET = SECRET
    settings.SLACK_CLIENT = SlackClient()
    monkeypatch.setattr(SlackClient, "api_call", api_call)
    for pk, channel in enumerate((CHANNEL, *channels()), start=1):
        incident = IncidentFactory(report=f"Incident {pk}")
        CommsChannelFactory(incident=incident, channel_id=channel)
    client = Client(raise_request_exception=False)

    def send(path: str, body: bytes, kind: str) -> int:
        now = str(int(time.time()))
        digest = hmac.new(SECRET.encode(), f"v0:{now}:".encode() + body, hashlib.sha256)
        with caplog.at_level(logging.ERROR, "response"):
            caplog.clear()
            answer = client.post(
                f"/slack/{path}", body, content_type=kind,
                headers={"X-Slack-Request-Timestamp": now,
                         "X-Slack-Signature": f"v0={digest.hexdigest()}"},
            )  # fmt: skip
            assert answer.status_code in (200, 400, 403), answer.content
            while inbox.work_on_next():
                pass
            assert not InboxRequest.objects.exclude(error="").values_list("error").first()
            assert not InboxRequest.objects.filter(status=InboxRequest.FAILED).exists()
            assert not [r for r in caplog.records if r.exc_info]
        InboxRequest.objects.all().delete()
        OutboxMessage.objects.all().delete()
        return answer.status_code

    return send


def channels() -> set[str]:
    """The channels of the samples, which are incidents' here."""
    text = json.dumps(SAMPLES)
    return {part for part in text.replace('"', " ").split() if part[:2] == "C0" and len(part) < 20}


@given(payload=odd(EVENTS))
def test_events(post, payload):
    if isinstance(payload, dict) and isinstance(payload.get("event_id"), str):
        payload["event_id"] += str(next(COUNTER))
    post("event", json.dumps(payload).encode(), "application/json")


@given(payload=odd(INTERACTIONS))
def test_interactions(post, payload):
    body = urlencode({"payload": json.dumps(payload)}).encode()
    post("action", body, "application/x-www-form-urlencoded")


@given(
    fields=odd(["slash_command"]),
    word=st.sampled_from(WORDS),
    rest=st.one_of(st.sampled_from([o for o in ODD if isinstance(o, str)]), st.text(max_size=30)),
    inside=st.booleans(),
)
def test_commands(post, fields, word, rest, inside):
    fields = {**fields, "text": f"{word} {rest}"} | ({"channel_id": CHANNEL} if inside else {})
    body = urlencode({k: str(v).encode("utf-8", "replace") for k, v in fields.items()}).encode()
    post("slash_command", body, "application/x-www-form-urlencoded")


@given(body=st.one_of(st.binary(max_size=60), st.sampled_from([b"[" * 20_000, b"{}", b"null"])))
def test_bytes(post, body):
    for path, kind in (("event", "application/json"), ("action", "text/plain"),
                       ("slash_command", "application/x-www-form-urlencoded")):  # fmt: skip
        assert post(path, body, kind) in (200, 400, 403)
