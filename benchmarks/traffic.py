"""What Slack sends: endless requests of each kind, each of them new."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

from benchmarks.load import Request

#: Who writes, and where. Rows for all of them are there before anything is measured.
PEOPLE = [f"U0BENCH{number:04d}" for number in range(5)]
CHANNELS = [f"C0BENCH{number:04d}" for number in range(10)]
ELSEWHERE = [f"C0OTHER{number:04d}" for number in range(10)]
#: Where the headline posts are.
HEADLINES = "C0INCIDENTS"
TEAM, APP, BOT_USER = "T0BENCH0001", "A0BENCH0001", "U0BENCHBOT1"
#: What the handlers of ``benchmarks.project`` listen to.
BUTTON, WORD = "benchmark-button", "bench"

_numbers = itertools.count(1)
_start = int(time.time())


def _unique() -> tuple[int, str]:
    """A number never given before in this process, and a ts that goes with it."""
    number = next(_numbers)
    return number, f"{_start + number // 1000}.{number % 1000:03d}{_start % 1000:03d}"


def _event(body: Mapping[str, object], number: int) -> Request:
    envelope = {
        "token": "deprecated-verification-token",
        "team_id": TEAM,
        "api_app_id": APP,
        "event": body,
        "type": "event_callback",
        "event_id": f"Ev{_start:X}{number:08d}",
        "event_time": _start,
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": "4-opaque-context",
    }
    return Request("/slack/event", json.dumps(envelope).encode())


def messages(channels: list[str] = CHANNELS) -> Iterator[Request]:
    """People write in channels, one after another."""
    while True:
        number, ts = _unique()
        text = f"Rolled back build {number} and watching. Can you check the queue?"
        elements = [{"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}]
        body = {
            "user": PEOPLE[number // len(channels) % len(PEOPLE)],
            "type": "message",
            "ts": ts,
            "client_msg_id": f"0c9f6c3e-5a1b-4d52-9a77-{number:012d}",
            "text": text,
            "team": TEAM,
            "blocks": [{"type": "rich_text", "block_id": "q1Zx8", "elements": elements}],
            "channel": channels[number % len(channels)],
            "event_ts": ts,
            "channel_type": "channel",
        }
        yield _event(body, number)


def messages_elsewhere() -> Iterator[Request]:
    """The same in channels that belong to no incident."""
    return messages(ELSEWHERE)


def reactions() -> Iterator[Request]:
    """People react to messages; a handler of the project wants to know."""
    while True:
        number, ts = _unique()
        channel = CHANNELS[number % len(CHANNELS)]
        body = {
            "type": "reaction_added",
            "user": PEOPLE[number % len(PEOPLE)],
            "reaction": "eyes",
            "item": {"type": "message", "channel": channel, "ts": ts},
            "item_user": PEOPLE[0],
            "event_ts": ts,
        }
        yield _event(body, number)


def _command(channel: str, text: str) -> Request:
    number, _ts = _unique()
    fields = {
        "token": "deprecated-verification-token",
        "team_id": TEAM,
        "team_domain": "bench",
        "channel_id": channel,
        "channel_name": "bench",
        "user_id": PEOPLE[number % len(PEOPLE)],
        "user_name": "anna",
        "command": "/incident",
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "trigger_id": f"{number}.{_start}.abc",
    }
    body = urlencode(fields).encode()
    return Request("/slack/slash_command", body, "application/x-www-form-urlencoded")


def commands() -> Iterator[Request]:
    """People type a slash command of the project's, in incidents' channels."""
    for channel in itertools.cycle(CHANNELS):
        yield _command(channel, f"{WORD} x")


def _interaction(payload: Mapping[str, object]) -> Request:
    body = urlencode({"payload": json.dumps(payload)}).encode()
    return Request("/slack/action", body, "application/x-www-form-urlencoded")


def button(action: str, value: str, channel: str) -> Request:
    """Press a button of a message."""
    number, ts = _unique()
    return _interaction(
        {
            "type": "block_actions",
            "user": {"id": PEOPLE[number % len(PEOPLE)], "username": "anna", "team_id": TEAM},
            "api_app_id": APP,
            "token": "deprecated-verification-token",
            "container": {"type": "message", "message_ts": ts, "channel_id": channel},
            "trigger_id": f"{number}.{_start}.abc",
            "team": {"id": TEAM, "domain": "bench"},
            "channel": {"id": channel, "name": "bench"},
            "message": {"type": "message", "ts": ts, "bot_id": "B0BENCH0001", "text": "x"},
            "actions": [
                {
                    "action_id": action,
                    "block_id": "b1",
                    "text": {"type": "plain_text", "text": "Press"},
                    "value": value,
                    "type": "button",
                    "action_ts": ts,
                }
            ],
        }
    )


def buttons() -> Iterator[Request]:
    """People press a button of the project's, in incidents' channels."""
    for channel in itertools.cycle(CHANNELS):
        yield button(BUTTON, "1", channel)


def mention(channel: str, words: str) -> Request:
    """Say ``words`` to the bot."""
    number, ts = _unique()
    body = {
        "type": "app_mention",
        "user": PEOPLE[0],
        "text": f"<@{BOT_USER}> {words}",
        "ts": ts,
        "event_ts": ts,
        "channel": channel,
    }
    return _event(body, number)


def declaration() -> Request:
    """``/incident`` outside an incident's channel: the form opens."""
    return _command(ELSEWHERE[0], "The checkout is down")


def forms() -> Iterator[Request]:
    """People submit the form that declares an incident."""
    while True:
        number, ts = _unique()
        values = {
            "report": {"type": "plain_text_input", "value": f"The checkout is down ({number})"},
            "summary": {"type": "plain_text_input", "value": "Payments fail"},
            "severity": {
                "type": "static_select",
                "selected_option": {"text": {"type": "plain_text", "text": "x"}, "value": "2"},
            },
        }
        yield _interaction(
            {
                "type": "view_submission",
                "team": {"id": TEAM, "domain": "bench"},
                "user": {"id": PEOPLE[0], "username": "anna", "team_id": TEAM},
                "api_app_id": APP,
                "token": "deprecated-verification-token",
                "trigger_id": f"{number}.{_start}.abc",
                "view": {
                    "id": f"V{_start:X}{number:08d}",
                    "type": "modal",
                    "callback_id": "incident-report-dialog",
                    "private_metadata": "",
                    "hash": ts,
                    "blocks": [],
                    "state": {"values": {name: {name: value} for name, value in values.items()}},
                },
            }
        )
