"""The models and their managers, as projects of 0.5.1's time use them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from response.core.models import (
    Action,
    Event,
    ExternalUser,
    Incident,
    TimelineEvent,
    add_incident_update_event,
)
from response.slack.models import (
    CommsChannel,
    HeadlinePost,
    Notification,
    PinnedMessage,
    UserStats,
)

pytestmark = pytest.mark.django_db


def now():
    return timezone.now() if settings.USE_TZ else datetime.now()


def test_the_words_of_an_incident(incident):
    assert Incident.SEVERITIES[0][0] == "1"
    assert [str(text) for _id, text in Incident.SEVERITIES] == [
        "critical",
        "major",
        "minor",
        "trivial",
    ]
    assert str(incident) == "The checkout is down"
    assert incident.severity_text() is None
    assert incident.status_text() == "live"
    assert incident.badge_type() == "badge-warning"
    incident.severity = "1"
    assert incident.severity_text() == "critical"
    assert incident.badge_type() == "badge-danger"
    incident.severity = "3"
    assert incident.badge_type() == "badge-warning"
    incident.end_time = now()
    assert incident.is_closed()
    assert incident.status_text() == "resolved"
    assert incident.badge_type() == "badge-success"
    incident.report_only = True
    incident.end_time = None
    assert incident.status_text() == "reported"
    for told in (incident.severity_emoji(), incident.status_emoji()):
        assert isinstance(told, str)
        assert told


def test_what_belongs_to_an_incident(incident, anna):
    assert incident.comms_channel() is None
    channel = CommsChannel.objects.create(incident=incident, channel_id="C1", channel_name="inc-1")
    found = Incident.objects.get(pk=incident.pk)
    assert found.comms_channel() == channel
    action = Action.objects.create(incident=incident, details="Add an alert", user=anna)
    TimelineEvent.objects.create(incident=incident, timestamp=now(), text="x", event_type="text")
    assert list(found.action_items()) == [action]
    assert found.timeline_events().filter(event_type="text").count() == 1


def test_a_save_takes_djangos_arguments(anna, mock_slack):
    incident = Incident(report="One", reporter=anna, report_time=now(), start_time=now())
    incident.save(True)
    assert Incident.objects.get(pk=incident.pk).report == "One"
    action = Action(incident=incident, details="Two", user=anna)
    action.save(force_insert=True)
    assert str(Action.objects.get(pk=action.pk)) == "Two"
    assert action.icon()


def test_people(db):
    user, created = ExternalUser.objects.get_or_create_slack(
        external_id="U1", defaults={"display_name": "anna", "email": "anna@example.com"}
    )
    assert created
    assert (user.app_id, user.display_name, user.email) == ("slack", "anna", "anna@example.com")
    again, created = ExternalUser.objects.get_or_create_slack(
        external_id="U1", defaults={"display_name": "other"}
    )
    assert not created
    assert again.display_name == "anna"
    changed, created = ExternalUser.objects.update_or_create_slack(
        external_id="U1", defaults={"full_name": "Anna Q"}
    )
    assert not created
    assert (changed.pk, changed.full_name, changed.display_name) == (user.pk, "Anna Q", "anna")
    new, created = ExternalUser.objects.update_or_create_slack(
        external_id="U2", defaults={"display_name": "bo"}
    )
    assert created
    assert new.display_name == "bo"


def test_people_by_keywords(db):
    user, created = ExternalUser.objects.get_or_create_slack(external_id="U1", display_name="anna")
    same, again = ExternalUser.objects.get_or_create_slack(external_id="U1", display_name="anna")
    assert (created, again) == (True, False)
    assert same == user


def test_an_update_in_the_timeline(incident):
    add_incident_update_event(incident, "my_update", "before", "after", "It changed")
    add_incident_update_event(
        incident=incident,
        update_type="my_update",
        text="It changed again",
        old_value={"id": "1"},
        new_value=None,
        timestamp=now() + timedelta(minutes=1),
    )
    first, second = [
        entry
        for entry in TimelineEvent.objects.filter(incident=incident).order_by("timestamp")
        if (entry.metadata or {}).get("update_type") == "my_update"
    ]
    assert first.event_type == "incident_update"
    assert first.text == "It changed"
    assert first.metadata == {
        "update_type": "my_update",
        "old_value": "before",
        "new_value": "after",
    }
    assert second.text == "It changed again"
    assert second.metadata["old_value"] == {"id": "1"}


def test_the_words_of_the_event_stream():
    assert Event.ACTION_EVENT_TYPE == "action_event"
    assert Event.INCIDENT_EVENT_TYPE == "incident_event"


def test_the_words_of_the_headline():
    assert HeadlinePost.EDIT_INCIDENT_BUTTON == "edit-incident-button"
    assert HeadlinePost.CLOSE_INCIDENT_BUTTON == "close-incident-button"
    assert HeadlinePost.CREATE_COMMS_CHANNEL_BUTTON == "create-comms-channel-button"
    assert HeadlinePost.PAGE_ON_CALL_BUTTON == "page-on-call-button"


def test_a_headline(incident):
    post = HeadlinePost.objects.filter(incident=incident).first()
    if post is None:
        post = HeadlinePost.objects.create_headline_post(incident=incident)
    assert post.incident == incident
    post.update_in_slack()
    post.post_to_thread("Below")
    post.post_to_thread(message="Below")


def test_a_comms_channel_is_made(incident, mock_slack):
    mock_slack.get_or_create_channel.return_value = "C0NEW"
    mock_slack.create_channel.return_value = "C0NEW"
    channel = CommsChannel.objects.create_comms_channel(incident)
    assert channel.incident == incident
    assert channel.channel_id == "C0NEW"
    assert channel.channel_name.startswith("inc-")
    assert CommsChannel.objects.get(incident=incident) == channel
    channel_id, topic = mock_slack.set_channel_topic.call_args[0]
    assert channel_id == "C0NEW"
    assert "The checkout is down" in topic


def test_a_channel_is_told_something(channel, mock_slack, deliver):
    channel.post_in_channel("hello")
    channel.post_in_channel(message="hello again")
    deliver()
    said = [call[0] for call in mock_slack.send_message.call_args_list]
    assert said == [("C0CHECKOUT", "hello"), ("C0CHECKOUT", "hello again")]


def test_the_headline_follows_the_incident(incident, mock_slack, deliver):
    deliver()
    call = mock_slack.send_or_update_message_block.call_args_list[0]
    assert call[0] == ("incident-channel-id",)
    assert call[1]["ts"] is None
    assert "The checkout is down" in call[1]["fallback_text"]
    assert "The checkout is down" in str(call[1]["blocks"])
    incident.report = "The checkout is up"
    incident.save()
    deliver()
    call = mock_slack.send_or_update_message_block.call_args
    assert call[1]["ts"] == "1234.0"
    assert "The checkout is up" in str(call[1]["blocks"])


def test_something_is_said_below_the_headline(incident, mock_slack, deliver):
    deliver()
    post = HeadlinePost.objects.get(incident=incident)
    post.post_to_thread("Below")
    deliver()
    call = mock_slack.send_message.call_args
    assert call[0] == ("incident-channel-id", "Below")
    assert call[1] == {"thread_ts": "1234.0"}


def test_pins_are_added_and_removed(incident, channel, anna):
    args = (incident, "1600000000.000100", anna.external_id, "We found it")
    PinnedMessage.objects.add_pin(*args)
    pin = PinnedMessage.objects.get(incident=incident, message_ts="1600000000.000100")
    assert (pin.author, pin.text) == (anna, "We found it")
    entry = TimelineEvent.objects.get(incident=incident, event_type="slack_pin")
    assert entry.text == "We found it"
    assert pin.timeline_event == entry
    PinnedMessage.objects.remove_pin(incident, "1600000000.000100")
    assert not PinnedMessage.objects.filter(incident=incident).exists()
    assert not TimelineEvent.objects.filter(incident=incident, event_type="slack_pin").exists()


def test_messages_are_counted(incident, anna):
    UserStats.increment_message_count(incident, anna.external_id)
    UserStats.increment_message_count(incident, anna.external_id)
    stats = UserStats.objects.get(incident=incident, user=anna)
    assert stats.message_count == 2
    assert stats.join_time


def test_a_reminders_state(incident):
    state = Notification.objects.create(incident=incident, key="mine", time=now())
    assert state.repeat_count == 0
    assert state.completed is False
