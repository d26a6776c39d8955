"""A private incident is private in Slack as well."""

from __future__ import annotations

import json

import pytest

from demo.sandbox.models import Channel
from response.core import chat
from response.core.models import ExternalUser, Incident
from response.slack.models import UserStats


@pytest.fixture
def slack(slack_in_process):
    """Nothing here needs a server or threads."""
    return slack_in_process


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


FORMS = {
    "incident-edit-dialog": {"report": "Gossip", "summary": "Gossip"},
    "incident-summary-dialog": {"summary": "Gossip"},
    "incident-impact-dialog": {"impact": "Gossip"},
    "incident-closing-dialog": {"report": "Gossip"},
    "incident-update-dialog": {"known": "Gossip"},
}


def send_form(slack, callback_id, incident, user, channel_id="", shown=()):
    """Send a form that was opened while the incident was public, and return the answer."""
    carried = {
        "channel": channel_id,
        "state": json.dumps({"incident": incident.pk, "shown": dict.fromkeys(shown, "x")}),
    }
    values = {
        name: {name: {"type": "plain_text_input", "value": value}}
        for name, value in FORMS[callback_id].items()
    }
    view = {
        "id": f"V{user}",
        "callback_id": callback_id,
        "private_metadata": json.dumps(carried),
        "state": {"values": values},
        "blocks": [{"type": "input", "block_id": name} for name in values],
    }
    answer = slack.post_interaction(
        {"type": "view_submission", "user": {"id": user, "username": "bo"}, "view": view}
    )
    slack.settle()
    return answer


@pytest.mark.parametrize("callback_id", FORMS)
def test_a_form_that_was_opened_before_it_became_private_is_refused(slack, secret, callback_id):
    before = Incident.objects.values().get(pk=secret.pk)
    shown = ("summary", "impact")  # another has changed them since
    status, answer = send_form(slack, callback_id, secret, "U0SANDBOX02", shown=shown)
    assert status == 200
    assert "This incident is private" in answer
    assert "public folder" not in answer
    assert Incident.objects.values().get(pk=secret.pk) == before
    assert not secret.updates.exists()


def test_a_form_is_taken_from_those_in_the_know(slack, secret):
    channel = slack.open_channel(secret, user="ada")
    # Who reported it, and a person who is in its channel and was not heard of before.
    for user, place in (("U0SANDBOX01", ""), ("U0SANDBOX03", channel)):
        Incident.objects.filter(pk=secret.pk).update(impact="x")
        _status, answer = send_form(slack, "incident-impact-dialog", secret, user, place)
        assert "private" not in answer
        secret.refresh_from_db()
        assert secret.impact == "Gossip"


@pytest.mark.parametrize(
    "action_id",
    [
        "change-summary-button",
        "change-impact-button",
        "take-summary-button",
        "take-impact-button",
        "dismiss-question-button",
        "update-current-summary-action",
        "update-current-impact-action",
        "set-new-summary-action",
        "set-new-impact-action",
    ],
)
def test_the_buttons_of_questions_are_for_those_in_the_know(slack, secret, action_id):
    before = Incident.objects.values().get(pk=secret.pk)
    said = len(slack.messages("general"))
    slack.post_interaction(
        {
            "type": "block_actions",
            "user": {"id": "U0SANDBOX02"},
            "channel": {"id": "C0SANDBOX02"},
            "trigger_id": slack.people.trigger("bo"),
            "message": {
                "ts": "1700000000.000100",
                "blocks": [{"block_id": "proposed", "text": {"text": "Take it?\nGossip"}}],
            },
            "actions": [
                {
                    "action_id": action_id,
                    "type": "button",
                    "value": json.dumps({"incident": secret.pk, "text": "Gossip"}),
                }
            ],
        }
    )
    slack.settle()
    assert slack.people.open_view("bo") is None
    assert "This incident is private" in slack.whispers("bo")[-1]
    assert Incident.objects.values().get(pk=secret.pk) == before
    assert len(slack.messages("general")) == said


def test_its_channel_is_private_and_only_for_those_in_the_know(slack, secret):
    slack.people.press("bo", slack.headline(secret), "create-comms-channel-button")
    slack.settle()
    assert "This incident is private" in slack.whispers("bo")[-1]
    assert Incident.objects.get().comms_channel() is None

    channel = slack.channel(slack.open_channel(secret, user="ada"))
    assert channel.is_private
    assert not channel.memberships.filter(member_id="U0SANDBOX02").exists()
    assert chat.get().channel_names([channel.id]) == {}
    # Who is invited by a person there takes part, and may close it there.
    slack.people.invite("ada", channel.id, "bo")
    slack.settle()
    assert UserStats.objects.filter(user__external_id="U0SANDBOX02").exists()
    slack.tell_bot("bo", channel.id, "close")
    assert Incident.objects.get().is_closed()
    assert not Channel.objects.filter(is_private=False, name__contains="layoffs").exists()
