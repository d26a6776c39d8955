"""An event that comes after the one that followed it undoes nothing."""

from __future__ import annotations

import pytest

from response.core.models import TimelineEvent
from response.slack.features import pins
from response.slack.models import CommsChannel, PinState

TS = "1700000000.000100"


@pytest.fixture
def slack(slack_in_process):
    """Nothing here needs a server or threads."""
    return slack_in_process


def test_an_older_name_does_not_come_back(slack):
    _incident, channel = slack.incident_with_channel()
    for name, ts in (("newer", "1700000300.1"), ("older", "1700000200.1")):
        slack.post_event(
            {"type": "channel_rename", "channel": {"id": channel, "name": name}, "event_ts": ts}
        )
    slack.settle()
    assert CommsChannel.objects.get().channel_name == "newer"


def test_an_older_archiving_does_not_silence_the_reminders(slack):
    _incident, channel = slack.incident_with_channel()
    for kind, ts in (("channel_unarchive", "1700000300.1"), ("channel_archive", "1700000200.1")):
        slack.post_event({"type": kind, "channel": channel, "event_ts": ts})
    slack.settle()
    assert not CommsChannel.objects.get().archived


@pytest.fixture
def events(slack):
    """Things that happen to a message, to be delivered in any order."""
    _incident, channel = slack.incident_with_channel()
    message = {"type": "message", "user": "U0SANDBOX02", "text": "before", "ts": TS}
    edited = {**message, "text": "after", "edited": {"user": "U0SANDBOX02", "ts": "1700000020.0"}}
    happened = {
        "pin": {"type": "pin_added", "user": "U0SANDBOX02", "channel_id": channel,
                "item": {"type": "message", "channel": channel, "message": message},
                "event_ts": "1700000010.000000"},
        "edit": {"type": "message", "subtype": "message_changed", "channel": channel,
                 "message": edited, "previous_message": message, "ts": "1700000020.000000",
                 "event_ts": "1700000020.000000"},
        "delete": {"type": "message", "subtype": "message_deleted", "channel": channel,
                   "deleted_ts": TS, "ts": "1700000030.000000", "event_ts": "1700000030.000000"},
    }  # fmt: skip

    def deliver(*names):
        for name in names:
            assert slack.post_event(happened[name])[0] == 200
        slack.settle()

    return deliver


@pytest.mark.parametrize("order", ["pin edit delete", "edit delete pin", "edit pin delete",
                                   "delete pin edit"])  # fmt: skip
def test_a_pinning_that_comes_late_shows_what_happened_since(events, order):
    events(*order.split())
    entry = TimelineEvent.objects.get(event_type="slack_pin")
    assert entry.text == "after"
    assert entry.metadata["edited"].startswith("2023-11-14")
    assert entry.metadata["deleted"].startswith("2023-11-14")


def test_what_was_kept_for_a_pinning_is_forgotten_after_a_day(events, monkeypatch):
    events("edit")
    assert PinState.objects.get().late["text"] == "after"
    pins.purge()
    assert PinState.objects.exists()
    monkeypatch.setattr(pins, "KEPT", -pins.KEPT)
    pins.purge()
    assert not PinState.objects.exists()
