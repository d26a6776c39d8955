"""Open incidents of 0.5.1 carry on: the same message, the same channel, the same counts."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from demo.sandbox.models import Channel, Membership, Message
from demo.sandbox.workspace import BOT
from response.core.models import Incident
from response.jobs.models import OutboxMessage
from response.slack.features import reminders
from response.slack.models import CommsChannel, HeadlinePost, Notification
from tests.server_for_tests import Server
from tests.upgrade.old_database import db_server, old

__all__ = ["db_server", "old"]


@pytest.fixture
def upgraded(old, slack, settings):
    """An upgraded database with a server on it, and an open incident's channel in Slack."""
    old.manage("migrate", "--verbosity=0")
    rows = old.rows()
    headline = next(
        row
        for row in rows["HeadlinePost"].values()
        if row["message_ts"]
        and row["comms_channel_id"]
        and rows["Incident"][row["incident_id"]]["end_time"] is None
    )
    channel = rows["CommsChannel"][headline["comms_channel_id"]]
    place = Channel.objects.create(
        id=channel["channel_id"],
        name=f"inc-{headline['incident_id']}-old",
        creator=slack.bot,
        created=int(time.time()),
    )
    for member in (slack.bot, "U0SANDBOX02"):
        Membership.objects.create(channel=place, member_id=member)
    post = Message.objects.create(
        channel=slack.channel("incidents"),
        ts=headline["message_ts"],
        user=slack.bot,
        bot_id=BOT,
        text="As 0.5.1 posted it",
    )
    server = Server(slack, settings, DATABASE_URL=old.url)
    yield old, headline["incident_id"], place.id, post
    server.kill()


def test_an_incident_is_played_to_its_end_on_an_upgraded_database(upgraded, slack):
    old, pk, channel, post = upgraded
    slack.people.say("bo", channel, "@incident severity critical")
    slack.until(lambda: "critical" in slack.shown(post), "the old headline to show the change")
    message = slack.people.say("bo", channel, "Rolled back <now>")
    slack.people.pin("bo", message)
    slack.people.say("bo", channel, "@incident close")
    slack.until(lambda: "resolved" in slack.shown(post), "the old headline to show the end")
    assert len(slack.messages("incidents")) == 1
    rows = old.rows()
    incident = rows["Incident"][pk]
    assert incident["severity"] == "1"
    assert incident["end_time"]
    entries = [e for e in rows["TimelineEvent"].values() if e["incident_id"] == pk]
    assert "Rolled back <now>" in [e["text"] for e in entries]


def old_incident(slack):
    """An open incident as the upgrade leaves it: its headline knows only its ts."""
    place = slack.people.create_channel("incident", "inc-jan-5-00-31-36")
    headline = slack.people.say("incident", "incidents", "Incident: as 0.5.1 had posted it")
    incident = Incident.objects.create_incident("From before the upgrade", None)
    OutboxMessage.objects.all().delete()
    channel = CommsChannel.objects.create(
        incident=incident, channel_id=place.id, channel_name=place.name
    )
    HeadlinePost.objects.create(incident=incident, message_ts=headline.ts, comms_channel=channel)
    return incident, place.id, headline


def test_an_incident_of_0_5_1_is_played_to_its_end(slack):
    incident, channel, headline = old_incident(slack)
    slack.people.join("bo", channel)
    slack.tell_bot("bo", channel, "severity critical")
    slack.tell_bot("bo", channel, "lead @chidi")
    assert len(slack.messages("incidents")) == 1
    shown = slack.shown(headline)
    for fact in ("From before the upgrade", "critical", "<@U0SANDBOX03>", f"<#{channel}>"):
        assert fact in shown
    message = slack.people.say("bo", channel, "Rolled back")
    slack.people.pin("bo", message)
    slack.settle()
    assert incident.timeline_events().filter(event_type="slack_pin").count() == 1
    slack.people.press("bo", headline, "close-incident-button")
    slack.settle()
    incident.refresh_from_db()
    assert incident.is_closed()
    assert "resolved" in slack.shown(headline)


def test_its_reminders_go_on_with_their_counts(slack):
    incident, channel, _headline = old_incident(slack)
    now = incident.report_time + timedelta(days=1)
    for key, count, completed in (
        ("remind_severity", 4, False),
        ("remind_incident_lead", 5, True),
    ):
        Notification.objects.create(
            incident=incident, key=key, repeat_count=count, completed=completed,
            time=now - timedelta(hours=1),
        )  # fmt: skip
    Notification.objects.create(
        incident=incident, key="remind_close_incident", repeat_count=5, completed=True, time=now
    )
    assert reminders.send_due(now) == 1
    assert reminders.send_due(now + timedelta(hours=1)) == 0
    slack.settle()
    assert [m.text for m in slack.messages(channel) if "no severity" in m.text]
