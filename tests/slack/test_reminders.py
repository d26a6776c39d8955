"""Reminders: when, how often, and at what cost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from response.core.models import Incident
from response.jobs.models import OutboxMessage
from response.slack.decorators import single_notification
from response.slack.decorators.incident_notification import reminders as registry
from response.slack.features import reminders
from response.slack.models import CommsChannel, Notification
from tests.factories import CommsChannelFactory, IncidentFactory


def queued(key: str) -> int:
    posted = OutboxMessage.objects.filter(method="chat.postMessage")
    return sum(key in message.arguments["text"] for message in posted)


@pytest.mark.django_db
class TestBuiltIn:
    def at(self, incident, minutes):
        return reminders.send_due(incident.report_time + timedelta(minutes=minutes))

    def test_severity_every_five_minutes_five_times(self):
        incident = CommsChannelFactory(incident__lead=IncidentFactory().reporter).incident
        sent = [self.at(incident, minute) for minute in range(1, 60)]
        assert sum(sent) == 5
        assert [m for m, n in enumerate(sent, 1) if n] == [5, 10, 15, 20, 25]

    def test_lead_every_two_minutes_five_times(self):
        incident = CommsChannelFactory(incident__severity="1").incident
        sent = [m for m in range(1, 60) if self.at(incident, m)]
        assert sent == [2, 4, 6, 8, 10]

    def test_not_once_it_is_set_closed_or_without_a_channel(self):
        channel = CommsChannelFactory()
        incident = channel.incident
        assert self.at(incident, 5) == 2
        incident.severity, incident.lead = "1", incident.reporter
        incident.save()
        assert self.at(incident, 15) == 0
        closed = CommsChannelFactory().incident
        closed.close()
        IncidentFactory()
        CommsChannelFactory(archived=True)
        CommsChannelFactory(incident__report_only=True)
        assert self.at(incident, 30) == 0

    @pytest.mark.parametrize(
        ("moment", "sent"),
        [
            (datetime(2026, 3, 6, 9, 0, tzinfo=UTC), 1),  # a Friday
            (datetime(2026, 3, 6, 17, 59, tzinfo=UTC), 1),
            (datetime(2026, 3, 6, 8, 59, tzinfo=UTC), 0),
            (datetime(2026, 3, 6, 18, 0, tzinfo=UTC), 0),
            (datetime(2026, 3, 7, 12, 0, tzinfo=UTC), 0),
        ],
    )
    def test_long_running_in_working_hours(self, moment, sent, settings):
        moment = moment if settings.USE_TZ else moment.replace(tzinfo=None)
        CommsChannelFactory(
            incident__report_time=moment - timedelta(days=2),
            incident__severity="1",
            incident__lead=IncidentFactory().reporter,
        )
        assert reminders.send_due(moment) == sent

    def test_counts_of_an_older_release_go_on(self):
        incident = CommsChannelFactory(incident__severity="1").incident
        now = incident.report_time + timedelta(hours=1)
        Notification.objects.create(
            incident=incident,
            key="remind_incident_lead",
            time=now - timedelta(minutes=3),
            repeat_count=4,
        )
        assert reminders.send_due(now) == 1
        assert reminders.send_due(now + timedelta(hours=1)) == 0


def test_two_ticks_at_once_send_one(transactional_db):
    incident = CommsChannelFactory(incident__severity="1").incident
    now = incident.report_time + timedelta(minutes=3)

    def tick(_):
        try:
            return reminders.send_due(now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(tick, range(8))) == 1
    assert queued("lead yet") == 1
    assert Notification.objects.get().repeat_count == 1


@pytest.mark.django_db
class TestMany:
    """Built-in reminders are sent in one transaction, unless one of them cannot be."""

    @pytest.fixture
    def many(self):
        return [CommsChannelFactory(incident__severity="1").incident for _ in range(4)]

    def later(self, many, minutes=3):
        return max(incident.report_time for incident in many) + timedelta(minutes=minutes)

    def test_one_that_fails_hinders_no_other(self, many, monkeypatch, caplog):
        post = CommsChannel.post_in_channel

        def fail_for_one(channel, text):
            if channel.incident_id == many[1].pk:
                raise ValueError("odd")
            post(channel, text)

        monkeypatch.setattr(CommsChannel, "post_in_channel", fail_for_one)
        assert reminders.send_due(self.later(many)) == 3
        assert queued("lead yet") == 3
        assert not Notification.objects.filter(incident=many[1]).exists()
        assert caplog.text.count("remind_incident_lead failed") == 1

    @pytest.mark.parametrize("count", [None, 1])
    def test_one_that_another_tick_sends_meanwhile_is_sent_once(self, many, monkeypatch, count):
        now = self.later(many)
        if count:
            assert reminders.send_due(now) == 4
            OutboxMessage.objects.all().delete()
            now += timedelta(minutes=3)
        key = {"incident": many[2], "key": "remind_incident_lead"}

        def meanwhile(group, now, move_on=reminders._move_on):
            if count:
                Notification.objects.filter(**key).update(repeat_count=count + 1)
            else:
                Notification.objects.get_or_create(**key, defaults={"time": now})
            move_on(group, now)

        monkeypatch.setattr(reminders, "_move_on", meanwhile)
        # The first attempt is rolled back, with what the other tick did in this transaction.
        assert reminders.send_due(now) == 3
        assert queued("lead yet") == 3

    def test_more_than_fit_into_a_transaction(self, many, monkeypatch):
        monkeypatch.setattr(reminders, "TOGETHER", 3)
        assert reminders.send_due(self.later(many)) == 4
        assert queued("lead yet") == 4
        assert reminders.send_due(self.later(many)) == 0
        assert reminders.send_due(self.later(many, 6)) == 4
        counts = Notification.objects.values_list("repeat_count", flat=True)
        assert set(counts) == {2}


@pytest.mark.django_db
@pytest.mark.parametrize("incidents", [1, 40])
def test_a_tick_costs_the_same_for_any_number_of_incidents(
    incidents, django_assert_num_queries, handlers
):
    for _ in range(incidents):
        CommsChannelFactory()
    assert len(list(registry)) == 3
    with django_assert_num_queries(3):
        assert reminders.send_due(timezone.now()) == 0
    assert Incident.objects.count() == incidents


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="Only SQLite has one writer.")
def test_a_reminder_that_takes_its_time_locks_nobody_out(transactional_db, handlers):
    CommsChannelFactory(incident__severity="1", incident__lead=IncidentFactory().reporter)
    locked = []

    @single_notification(initial_delay_mins=0)
    def slow(incident):
        locked.append(connection.connection.in_transaction)

    assert reminders.send_due(timezone.now() + timedelta(minutes=1)) == 1
    assert locked == [False]
    assert reminders.send_due(timezone.now() + timedelta(minutes=2)) == 0
