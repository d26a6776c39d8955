"""A process killed at any moment loses nothing, and nothing happens twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import call_command

from response.core.models import Incident
from response.jobs.models import OutboxQueue
from response.slack.models import InboxRequest, UserStats
from tests.server_for_tests import Server, test_database

pytestmark = pytest.mark.processes


@pytest.fixture
def server(slack, settings) -> Iterator[Server]:
    server = Server(slack, settings, RESPONSE_TEST_DATABASE=test_database())
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
    told = [e.metadata["update_type"] for e in incident.timeline_events()]
    assert told.count("incident_severity") == 1
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
    assert members == {slack.bot, "U0SANDBOX01", "U0SANDBOX02"}


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
