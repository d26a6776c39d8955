"""The names of groups and channels in texts: asked for once, and again what Slack did not tell."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from demo.sandbox.models import Channel, Grant, Group
from response.jobs.models import OutboxMessage
from response.slack.features import reference_names
from response.slack.models import Lookup
from response.worker import tick
from tests.factories import IncidentFactory


@pytest.fixture
def slack(slack_in_process):
    """Nothing here needs a server or threads."""
    return slack_in_process


def _later(**passed: float) -> None:
    """Let time pass for what is remembered, then have the tick look at it."""
    ago = timezone.now() - timedelta(**passed)
    Lookup.objects.filter(key__startswith="group name ").update(looked_up=ago)
    Lookup.objects.filter(key__startswith="channel name ").update(looked_up=ago)
    tick.clean_up()


def test_a_group_has_its_name_once_the_scope_is_granted(slack):
    group = Group.objects.get(handle="ops")
    grant = Grant.objects.create(withheld=["usergroups:read"])
    IncidentFactory(report=f"Ask <!subteam^{group.id}>")
    slack.settle()
    assert Lookup.objects.get(key=f"group name {group.id}").value == ""
    assert reference_names.group_names([group.id]) == {}

    grant.delete()
    _later(minutes=30)
    slack.settle()
    assert reference_names.group_names([group.id]) == {}  # asked a moment ago
    _later(minutes=61)
    slack.settle()
    assert reference_names.group_names([group.id]) == {group.id: "ops"}


def test_a_channel_has_its_name_once_slack_shows_it(slack):
    channel = Channel.objects.get(name="general")
    Channel.objects.filter(pk=channel.pk).update(is_private=True)
    IncidentFactory(report=f"See <#{channel.id}>")
    slack.settle()
    assert reference_names.channel_names([channel.id]) == {}
    Channel.objects.filter(pk=channel.pk).update(is_private=False)
    _later(hours=25)
    slack.settle()
    assert reference_names.channel_names([channel.id]) == {channel.id: "general"}


def test_what_is_known_is_not_asked_again(slack):
    group = Group.objects.get(handle="ops")
    IncidentFactory(report=f"Ask <!subteam^{group.id}>")
    slack.settle()
    asked = len(slack.calls("usergroups.list"))
    _later(days=30)
    assert not OutboxMessage.objects.filter(status=OutboxMessage.WAITING).exists()
    assert len(slack.calls("usergroups.list")) == asked == 1
