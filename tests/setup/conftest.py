"""A setup in which all is well, for tests that spoil it."""

from __future__ import annotations

import pytest
from django.utils import timezone

from demo.sandbox.models import Channel, Membership
from demo.sandbox.workspace import BOT_USER
from response.jobs.models import Tick


@pytest.fixture
def slack(slack_in_process):
    """The doctor asks Slack and the site in the test's own thread."""
    return slack_in_process


@pytest.fixture
def set_up(slack, settings):
    """A setup in which all is well."""
    settings.LOGIN_URL = "/admin/login/"
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    settings.RESPONSE_CREATE_INCIDENTS_CHANNEL = False
    Tick.objects.update_or_create(name="minute", defaults={"last_run": timezone.now()})
    channel = Channel.objects.get(name="incidents")
    Membership.objects.get_or_create(channel=channel, member_id=BOT_USER)
    return slack
