"""Calls are as fast as Slack allows, and those that a person waits for go first."""

from __future__ import annotations

import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from demo.sandbox import rate_limits as sandbox_limits
from demo.sandbox.models import ApiCall, Channel, Message
from response.core.models import Incident
from response.jobs import outbox
from response.jobs.models import OutboxMessage, OutboxQueue
from response.slack.decorators import recurring_notification
from response.slack.jobs.messages import post_message
from response.slack.models import CommsChannel, Pace
from response.slack.web_api import pacing
from response.slack.web_api.client import get_client
from response.slack.web_api.errors import SlackError
from response.slack.web_api.rate_limits import limits_of
from response.worker import runners
from tests.factories import PersonFactory

SPEED = 30


@pytest.fixture
def strict_slack(slack, settings):
    """A sandbox that counts calls; its minute and ours last two seconds."""
    settings.SANDBOX_RATE_LIMITS = settings.RESPONSE_SLACK_PACE = SPEED
    sandbox_limits.counters.clear()
    yield slack
    sandbox_limits.counters.clear()


def refused() -> int:
    return ApiCall.objects.filter(error="429").count()


def channels(count: int) -> list[str]:
    made = [
        Channel(id=f"C0MANY{n:04d}", name=f"many-{n}", creator="U0SANDBOT01", created=1)
        for n in range(count)
    ]
    Channel.objects.bulk_create(made)
    for channel in made:
        channel.memberships.create(member_id="U0SANDBOT01")
    return [channel.id for channel in made]


def with_channels(count: int) -> list[Incident]:
    """Open incidents, for which one reminder is due: the one that the test registers."""
    lead = PersonFactory()
    long_ago = timezone.now() - timedelta(hours=2)
    incidents = [
        Incident.objects.create_incident(f"Incident {n}", None, long_ago, lead=lead, severity="1")
        for n in range(count)
    ]
    OutboxMessage.objects.all().delete()
    for incident, channel in zip(incidents, channels(count), strict=True):
        CommsChannel.objects.create(incident=incident, channel_id=channel, channel_name="x")
    return incidents


@pytest.fixture
def one_reminder(handlers):
    @recurring_notification(interval_mins=30, max_notifications=5)
    def tell_the_customers(incident):
        incident.comms_channel().post_in_channel("Have the customers been told?")


def test_200_reminders_at_once_keep_to_the_limits(strict_slack, one_reminder):
    with_channels(200)
    began = time.monotonic()
    call_command("response_tick")
    strict_slack.until(
        lambda: (
            runners.start_workers()
            or Message.objects.filter(text__contains="customers").count() == 200
        ),
        "200 reminders",
    )
    assert refused() == 0
    # 300 a minute at most: 200 of them take two thirds of one.
    assert time.monotonic() - began >= 0.9 * 200 / 300 * 60 / SPEED


def test_a_new_incident_does_not_wait_behind_reminders(strict_slack, one_reminder, settings):
    settings.RESPONSE_SLACK_PACE = settings.SANDBOX_RATE_LIMITS = 10
    with_channels(200)
    from response.slack.features import reminders

    reminders.send_due()
    runners.start_workers()
    strict_slack.until(lambda: Message.objects.filter(text__contains="customers").count() > 2)
    Incident.objects.create_incident("Everything is down", None)
    runners.start_workers()
    told = strict_slack.until(Message.objects.filter(text__contains="Everything").first)
    assert Message.objects.filter(text__contains="customers", ts__lt=told.ts).count() < 200
    assert refused() == 0


def test_an_answer_takes_along_what_stands_before_it(strict_slack, settings):
    settings.RESPONSE_SLACK_PACE = 0.1  # two seconds from place to place
    others = channels(12)
    with outbox.low_priority():
        for channel in [*others, "C0SANDBOX02"]:
            post_message(channel, "a reminder")
    runners.start_workers()
    mine = OutboxMessage.objects.filter(queue__name="C0SANDBOX02")
    strict_slack.until(lambda: mine.filter(due__gt=timezone.now() + timedelta(seconds=1)).exists())
    post_message("C0SANDBOX02", "an answer")
    runners.start_workers()
    strict_slack.until(lambda: len(strict_slack.messages("incidents")) == 2)
    assert [m.text for m in strict_slack.messages("incidents")] == ["a reminder", "an answer"]
    assert OutboxMessage.objects.waiting().exists()


def test_order_is_kept_among_what_is_in_no_hurry(strict_slack):
    others = channels(10)
    with outbox.low_priority():
        for n in range(3):
            for channel in others:
                post_message(channel, f"{n}")
    strict_slack.until(
        lambda: runners.start_workers() or not OutboxMessage.objects.waiting().exists()
    )
    for channel in others:
        assert [m.text for m in strict_slack.messages(channel)] == ["0", "1", "2"]
    assert refused() == 0


def test_one_message_a_second_in_one_channel(strict_slack):
    for n in range(20):
        post_message("C0SANDBOX02", f"{n}")
    began = time.monotonic()
    strict_slack.until(
        lambda: runners.start_workers() or not OutboxMessage.objects.waiting().exists()
    )
    assert [m.text for m in strict_slack.messages("incidents")] == [f"{n}" for n in range(20)]
    assert time.monotonic() - began >= 14 / SPEED
    assert refused() == 0


def test_waiting_for_a_place_is_no_failed_attempt(strict_slack, settings):
    settings.RESPONSE_SLACK_PACE = 0.01  # a place every 20 seconds
    with outbox.low_priority():
        for channel in channels(5):
            post_message(channel, "x")
    waiting = OutboxMessage.objects.waiting()
    strict_slack.until(
        lambda: runners.start_workers() or waiting.filter(due__gt=timezone.now()).count() == 3
    )
    strict_slack.until(lambda: waiting.count() == 3)
    assert set(waiting.values_list("attempts", "error")) == {(0, "")}
    assert len(set(waiting.values_list("due", flat=True))) == 3, "each has a place of its own"


def test_looking_for_the_next_queue_is_one_query(transactional_db):
    for n in range(30):
        post_message(f"C0{n}", "x")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert len(OutboxQueue.objects.next_due(8)) == 8
    assert len(queries) == 1


def test_what_is_urgent_comes_first(transactional_db):
    with outbox.low_priority():
        post_message("C0REMINDER1", "x")
        post_message("C0MIXED", "x")
    post_message("C0ANSWER", "x")
    post_message("C0MIXED", "x")
    names = dict(OutboxQueue.objects.values_list("pk", "name"))
    in_order = [names[pk] for pk in OutboxQueue.objects.next_due(8)]
    assert in_order == ["C0MIXED", "C0ANSWER", "C0REMINDER1"]


def test_a_change_that_somebody_waits_for_hurries_the_headline_on(transactional_db):
    with outbox.low_priority():
        outbox.enqueue("headline.sync", queue="headline 1", coalesce="headline.sync 1", delay=60)
    outbox.enqueue("headline.sync", queue="headline 1", coalesce="headline.sync 1", delay=60)
    assert OutboxMessage.objects.get().urgent


# The places


def test_places_are_taken_once(transactional_db, settings, monkeypatch):
    settings.RESPONSE_SLACK_PACE = 1
    monkeypatch.setattr(pacing, "time", SimpleNamespace(time=lambda: 1_800_000_000.0))
    taken = [pacing.book("conversations.create", {}, urgent=False) for _ in range(4)]
    # Twenty a minute: one each three seconds, and a twentieth of that may be ahead.
    assert taken == pytest.approx([0, 0, 2.85, 5.85], abs=0.001)


def test_urgent_calls_may_come_in_bursts_and_others_give_way(transactional_db, settings):
    settings.RESPONSE_SLACK_PACE = 1
    assert all(pacing.book("reactions.add", {}, urgent=True) == 0 for _ in range(30))
    assert pacing.book("reactions.add", {}, urgent=False) > 30
    assert pacing.book("users.info", {}, urgent=False) == 0


def test_when_slack_says_so_a_method_rests_for_all(transactional_db):
    pacing.rest("chat.update", 30)
    assert 29 < pacing.book("chat.update", {}, urgent=True) <= 30
    assert 29 < pacing.book("chat.update", {}, urgent=False) <= 30
    assert pacing.book("chat.postMessage", {}, urgent=True) == 0
    pacing.rest("chat.update", 5)
    assert pacing.book("chat.update", {}, urgent=True) > 28, "the longer rest holds"


def test_a_call_without_a_place_is_not_made(transactional_db):
    pacing.rest("chat.postMessage", 30)
    with pacing.paced(urgent=True), pytest.raises(SlackError) as caught:
        get_client().send_message("C0SANDBOX02", "x")  # there is no Slack in this test
    assert caught.value.slack_error == pacing.PACED
    assert caught.value.transient
    assert not caught.value.uncertain


def test_old_places_are_forgotten(transactional_db):
    Pace.objects.create(key="chat.postMessage C1", booked_until=time.time() - 7200)
    Pace.objects.create(key="chat.postMessage C2", booked_until=time.time())
    assert pacing.purge() == 1
    assert Pace.objects.get().key.endswith("C2")


def test_limits_are_per_method_and_for_posting_per_channel():
    assert [limit.key for limit in limits_of("chat.update", {"channel": "C1"})] == ["chat.update"]
    narrow, wide = limits_of("chat.postMessage", {"channel": "C1"})
    assert (narrow.key, narrow.interval) == ("chat.postMessage C1", 1.0)
    assert wide.key == "chat.postMessage"
    assert limits_of("unheard.of", {})[0].interval == 3.0
