"""A client that Slack's answers can be put into, as tests of 0.5.1's time had one."""

from __future__ import annotations

from datetime import datetime, timedelta
from unittest.mock import MagicMock

import pytest
from django.conf import settings as django_settings
from django.db.models import F
from django.utils import timezone

from response.models import CommsChannel, ExternalUser, Incident, Notification, OutboxMessage
from response.slack.client import SlackClient
from response.worker import sending
from tests.slack_for_tests import registered_handlers


@pytest.fixture
def mock_slack(settings):
    """A client of which every method is a mock, in the place of the project's."""
    client = MagicMock(spec=SlackClient(""))
    client.send_or_update_message_block.return_value = {"ok": True, "ts": "1234.0"}
    settings.SLACK_CLIENT = client
    settings.INCIDENT_CHANNEL_ID = "incident-channel-id"
    return client


class WebApi:
    """What ``SlackClient.client`` was: answers with what it is given, and keeps the calls."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.calls = []

    def api_call(self, method, *args, **kwargs):
        self.calls.append((method, args, {k: v for k, v in kwargs.items() if v is not None}))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return {"ok": True, **answer}


@pytest.fixture
def client_that_hears():
    """A function: ``SlackClient`` that gets these answers, and its calls."""

    def make(*answers, **options):
        client = SlackClient("xoxb-test", retry_base_backoff_seconds=0.0000001, **options)
        client.client = WebApi(*answers)
        return client, client.client.calls

    return make


@pytest.fixture
def anna(db):
    """A person."""
    user, _created = ExternalUser.objects.get_or_create_slack(
        external_id="U0ANNA0001", display_name="anna"
    )
    return user


@pytest.fixture
def incident(mock_slack, anna):
    """An incident that goes on."""
    return Incident.objects.create_incident(
        report="The checkout is down",
        reporter=anna,
        report_time=_now(),
        report_only=False,
        summary="It burns",
    )


@pytest.fixture
def channel(incident):
    """Its comms channel."""
    return CommsChannel.objects.create(
        incident=incident, channel_id="C0CHECKOUT", channel_name="inc-checkout"
    )


@pytest.fixture
def minutes_pass(incident):
    """A function that moves the incident, and what was sent of it, into the past."""

    def move(minutes):
        ago = timedelta(minutes=minutes)
        Incident.objects.filter(pk=incident.pk).update(
            report_time=F("report_time") - ago, start_time=F("start_time") - ago
        )
        Notification.objects.filter(incident=incident).update(time=F("time") - ago)

    return move


@pytest.fixture
def deliver():
    """A function that has said what is to be said; release 0.5.1 said it at once."""

    def send():
        OutboxMessage.objects.update(due=_now())
        sending.send_all_due()

    return send


@pytest.fixture
def forget_handlers():
    """Handlers that a test registers are forgotten after it."""
    with registered_handlers():
        yield


def _now():
    return timezone.now() if django_settings.USE_TZ else datetime.now()
