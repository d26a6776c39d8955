"""Open incidents of 0.5.1 carry on: the same message, the same channel, the same counts."""

from __future__ import annotations

from datetime import timedelta

from response.core.models import Incident
from response.slack import reminders
from response.slack.models import CommsChannel, HeadlinePost, Notification, OutboxMessage


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
