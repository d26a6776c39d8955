"""Requests as Slack sends them, and rows to make them dear."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from demo.sandbox import delivery
from response.models import CommsChannel, ExternalUser, HeadlinePost, Incident, UserStats
from response.slack.inbound import incident_channels

CHANNEL, ELSEWHERE, PERSON = "C0COSTS0001", "C0ELSEWHERE", "U0COSTS0001"


class Costs:
    """Sends requests and counts queries."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._client = Client()

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """The statements that the block runs; transactions' own are not counted."""
        statements: list[str] = []
        with CaptureQueriesContext(connection) as captured:
            yield statements
        statements += [
            query["sql"]
            for query in captured.captured_queries
            if not query["sql"].startswith(("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"))
        ]

    def post(self, path: str, body: bytes, content_type: str) -> list[str]:
        """Post signed bytes and return the statements that the answer took."""
        timestamp = str(int(time.time()))
        headers = {
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": delivery.sign(body, timestamp),
        }
        with self.counted() as statements:
            answer = self._client.post(
                f"/slack/{path}", body, content_type=content_type, headers=headers
            )
        assert answer.status_code == 200, answer.content
        return statements

    def event(self, type_: str = "message", event_id: str = "", **body: Any) -> list[str]:
        """Post an event, by default a message of a known person."""
        number = next(self._numbers)
        ts = f"17000{number:05d}.000100"
        event = {"type": type_, "user": PERSON, "text": "hello", "channel": CHANNEL, "ts": ts,
                 "event_ts": ts, **body}  # fmt: skip
        payload = {"type": "event_callback", "event_id": event_id or f"Ev{number}", "event": event}
        return self.post("event", json.dumps(payload).encode(), "application/json")

    def command(self, text: str) -> list[str]:
        """Post a slash command in an incident's channel."""
        fields = {"command": "/incident", "user_id": PERSON, "channel_id": CHANNEL, "text": text,
                  "trigger_id": f"{next(self._numbers)}"}  # fmt: skip
        return self.post(
            "slash_command", urlencode(fields).encode(), "application/x-www-form-urlencoded"
        )

    def press(self, action_id: str) -> list[str]:
        """Post a press of a button in an incident's channel."""
        payload = {
            "type": "block_actions",
            "user": {"id": PERSON},
            "channel": {"id": CHANNEL},
            "trigger_id": f"{next(self._numbers)}",
            "actions": [{"action_id": action_id, "block_id": "b", "value": "1"}],
        }
        body = urlencode({"payload": json.dumps(payload)}).encode()
        return self.post("action", body, "application/x-www-form-urlencoded")


def incidents(count: int, prefix: str, **values: Any) -> list[Incident]:
    """So many open incidents with comms channels, made without signals."""
    made = Incident.objects.bulk_create(
        Incident(report=f"{prefix} {n}", severity="2", **values) for n in range(count)
    )
    channels = CommsChannel.objects.bulk_create(
        CommsChannel(incident=i, channel_id=f"C0{prefix}{i.pk:06d}", channel_name=f"inc-{i.pk}")
        for i in made
    )
    HeadlinePost.objects.bulk_create(
        HeadlinePost(incident=c.incident, comms_channel=c, channel_id="C0", message_ts="1.000100")
        for c in channels
    )
    return made


@pytest.fixture
def person() -> ExternalUser:
    return ExternalUser.objects.create(app_id="slack", external_id=PERSON, display_name="anna")


@pytest.fixture
def costs(transactional_db: None, person: ExternalUser) -> Iterator[Costs]:
    """An incident with a channel in which a person has written."""
    incident_channels.forget()
    [incident] = incidents(1, "COSTS", reporter=person, lead=person)
    CommsChannel.objects.update(channel_id=CHANNEL)
    UserStats.objects.create(incident=incident, user=person, message_count=1)
    connection.ensure_connection()
    yield Costs()
    incident_channels.forget()


@pytest.fixture
def fill(costs: Costs) -> Callable[[int], None]:
    """Adds open incidents with channels and people who take part."""

    def add(count: int) -> None:
        people = ExternalUser.objects.bulk_create(
            ExternalUser(app_id="slack", external_id=f"U{count}X{n}", display_name="x")
            for n in range(count)
        )
        made = incidents(count, f"N{count}", reporter=people[0], lead=people[0])
        UserStats.objects.bulk_create(
            UserStats(incident=i, user=u) for i, u in zip(made, people, strict=True)
        )

    return add
