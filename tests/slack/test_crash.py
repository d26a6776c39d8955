"""A process killed at any moment loses nothing, and nothing happens twice."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection

from response.core.models import Incident
from response.slack.models import InboxRequest, OutboxQueue, UserStats


class Server:
    """The project in a process of its own, on the test's database."""

    def __init__(self, slack, settings) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.slack = slack
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "RESPONSE_TEST_DATABASE": str(connection.settings_dict["NAME"]),
            "RESPONSE_TEST_SETTINGS": json.dumps({"SLACK_API_URL": settings.SLACK_API_URL}),
        }
        settings.SANDBOX_APP_URL = f"http://127.0.0.1:{self.port}/slack/"
        slack.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "django", "runserver", "--noreload", "--skip-checks",
             f"127.0.0.1:{self.port}"],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.slack.until(self.answers, "the server to start")

    def answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.slack.url}/slack/event", timeout=2).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def kill(self) -> None:
        """As the kernel does when memory is short."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def server(slack, settings) -> Iterator[Server]:
    server = Server(slack, settings)
    yield server
    server.kill()


def test_killed_between_the_ack_and_the_work(slack, server):
    incident, channel = slack.incident_with_channel()
    slack.people.join("bo", channel)
    # Slack hangs, so that there is something half-done whenever we strike.
    slack.faults.add("latency", "*", seconds=2, times=3)
    slack.people.say("bo", channel, "one")
    slack.people.say("bo", channel, "@incident severity critical")
    slack.people.say("bo", channel, "@incident duration")
    slack.people.command("ada", "incidents", "/incident list")
    server.kill()
    slack.faults.clear()

    call_command("response_tick")

    assert set(InboxRequest.objects.values_list("status", flat=True)) == {"done"}
    incident.refresh_from_db()
    assert incident.severity == "1"
    assert [e.metadata["update_type"] for e in incident.timeline_events()] == ["incident_severity"]
    stats = UserStats.objects.get(incident=incident, user__external_id="U0SANDBOX02")
    assert stats.message_count == 3
    said = [m.text for m in slack.messages(channel) if "⏱️" in m.text]
    assert 1 <= len(said) <= 2  # twice only if it was killed between Slack's answer and the note
    slack.settle()
    assert "critical" in slack.shown(slack.headline(incident))


def test_killed_while_a_comms_channel_is_made(slack, server):
    incident = slack.declare("Down")
    slack.faults.add("latency", "conversations.invite", seconds=3, times=1)
    slack.people.press("bo", slack.headline(incident), "create-comms-channel-button")
    slack.until(lambda: OutboxQueue.objects.claimed().filter(name__startswith="comms").exists())
    slack.until(lambda: slack.calls("conversations.create"))
    server.kill()
    slack.faults.clear()

    call_command("response_tick")

    assert len(slack.calls("conversations.create")) == 1
    channel = slack.channel(Incident.objects.get().comms_channel().channel_id)
    assert incident.report in channel.topic
    assert len(slack.messages(channel.id)) == 1
    members = set(channel.memberships.values_list("member_id", flat=True))
    assert {"U0SANDBOX01", "U0SANDBOX02"} <= members


def test_killed_again_and_again(slack, server):
    incident, channel = slack.incident_with_channel()
    people = ["ada", "bo", "chidi"]
    for user in people:
        slack.people.join(user, channel)
    accepted = 0
    for n in range(24):
        event = {"type": "message", "user": f"U0SANDBOX0{n % 3 + 1}", "text": "x",
                 "channel": channel, "ts": f"1700.{n:06d}"}  # fmt: skip
        accepted += slack.post_event(event, event_id=f"Ev{n}")[0] == 200
        if n % 8 == 7:
            server.kill()
            server.start()
    server.kill()
    call_command("response_tick")
    counted = UserStats.objects.filter(incident=incident).values_list("message_count", flat=True)
    assert sum(counted) == accepted == 24
