"""A private incident is private in Slack as well."""

from __future__ import annotations

import pytest

from demo.sandbox.models import Channel
from response.core import chat
from response.core.models import ExternalUser, Incident
from response.slack.models import UserStats


@pytest.fixture
def secret(slack):
    reporter, _ = ExternalUser.objects.get_or_create_slack(external_id="U0SANDBOX01")
    incident = Incident.objects.create_incident(
        "Layoffs are leaking", reporter, private=True, summary="The list is in a public folder"
    )
    slack.settle()
    return incident


def test_the_headline_says_hardly_anything(slack, secret):
    shown = slack.shown(slack.headline(secret))
    assert f"Incident {secret.pk} is private" in shown
    assert "Layoffs" not in shown
    assert "public folder" not in shown
    assert "edit-incident-button" not in shown


def test_one_that_becomes_private_loses_its_headline(slack):
    incident = slack.declare("Layoffs are leaking")
    incident.private = True
    incident.save()
    slack.settle()
    assert "Layoffs" not in slack.shown(slack.headline(incident))
    # A client may still show the old buttons.
    for button in ("edit-incident-button", "close-incident-button"):
        slack.post_interaction(
            {
                "type": "block_actions",
                "user": {"id": "U0SANDBOX02"},
                "channel": {"id": "C0SANDBOX02"},
                "trigger_id": slack.people.trigger("bo"),
                "actions": [{"action_id": button, "value": str(incident.pk), "type": "button"}],
            }
        )
        slack.settle()
        assert "This incident is private" in slack.whispers("bo")[-1]
    assert slack.people.open_view("bo") is None
    incident.refresh_from_db()
    assert not incident.is_closed()


def test_its_channel_is_private_and_only_for_those_in_the_know(slack, secret):
    slack.people.press("bo", slack.headline(secret), "create-comms-channel-button")
    slack.settle()
    assert "This incident is private" in slack.whispers("bo")[-1]
    assert Incident.objects.get().comms_channel() is None

    channel = slack.channel(slack.open_channel(secret, user="ada"))
    assert channel.is_private
    assert not channel.memberships.filter(member_id="U0SANDBOX02").exists()
    assert chat.get().channel_names([channel.id]) == {}
    # Who is let in by somebody there takes part, and may close it there.
    slack.people.invite("ada", channel.id, "bo")
    slack.settle()
    assert UserStats.objects.filter(user__external_id="U0SANDBOX02").exists()
    slack.tell_bot("bo", channel.id, "close")
    assert Incident.objects.get().is_closed()
    assert not Channel.objects.filter(is_private=False, name__contains="layoffs").exists()
