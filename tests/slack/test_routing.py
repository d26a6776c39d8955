"""Which handlers a stored request is for, without a server and without Slack."""

from __future__ import annotations

import json

import pytest

from response.models import ExternalUser
from response.slack.decorators import (
    action_handler,
    dialog_handler,
    keyword_handler,
    slack_event,
)
from response.slack.inbound import payloads, routing
from response.slack.models import InboxRequest
from response.slack.web_api import identity
from tests.factories import CommsChannelFactory
from tests.slack.test_payloads import sample

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("handlers")]
CHANNEL = "C07E5YZABC1"
BUILT_IN = "response.slack.handlers."


@pytest.fixture(autouse=True)
def known_bot(monkeypatch):
    monkeypatch.setattr(identity, "workspace", lambda: {"bot_id": "B0OURS0001", "user_id": "U0BOT"})
    monkeypatch.setattr(identity, "bot_user_id", lambda: "U0BOT")


@pytest.fixture
def channel():
    return CommsChannelFactory(channel_id=CHANNEL)


def names(kind: str, type_: str, payload: dict) -> list[str]:
    """The names of the handler calls of a request, those of this file by their last word."""
    request = InboxRequest(kind=kind, type=type_, payload=json.dumps(payload))
    return [
        call.name.rsplit(".", 1)[-1] if call.name.startswith("tests.") else call.name
        for call in routing.handler_calls(request)
    ]


def event(type_: str, **body: object) -> list[str]:
    payload = {
        "type": "event_callback",
        "event_id": "Ev1",
        "event": {"type": type_, "channel": CHANNEL, "event_ts": "1.0", "ts": "1.0", **body},
    }
    return names("event", type_, payload)


def said(text: str, **body: object) -> list[str]:
    return event("message", text=text, **{"user": "U0SANDBOX01", **body})


def test_a_message_in_an_incidents_channel_is_counted(channel):
    assert said("hello") == [f"{BUILT_IN}events.count_message"]


def test_a_message_elsewhere_is_for_none():
    assert said("hello") == []


def test_keywords_come_first_and_each_handler_once(channel):
    @keyword_handler(["runbook", "run book"])
    def runbook(comms_channel, user, keyword, text, ts):
        raise AssertionError("routing calls no handler")

    called = said("the RUNBOOK, the run book!")
    assert [name for name in called if not name.startswith(BUILT_IN)] == ["runbook"]
    assert called[0] == "runbook"


@pytest.mark.parametrize("subtype", ["message_changed", "message_deleted", "channel_join"])
def test_keywords_are_for_what_was_just_said(channel, subtype):
    @keyword_handler(["runbook"])
    def runbook(comms_channel, user, keyword, text, ts):
        raise AssertionError("routing calls no handler")

    assert "runbook" not in said("runbook", subtype=subtype)


def test_our_own_messages_are_for_none(channel):
    assert said("Reminder: who leads?", bot_id="B0OURS0001") == []
    assert said("Deployed", bot_id="B0OTHER001", subtype="bot_message") == []


def test_what_another_bot_says_is_for_keywords_that_ask_for_it(channel):
    @keyword_handler(["deployed"])
    def only_people(comms_channel, user, keyword, text, ts):
        raise AssertionError("routing calls no handler")

    @keyword_handler(["deployed"], from_bots=True)
    def deployed(comms_channel, user, keyword, text, ts):
        raise AssertionError("routing calls no handler")

    @keyword_handler(["deployed"])
    def of_people(comms_channel, user, keyword, text, ts):
        raise AssertionError("routing calls no handler")

    assert said("Deployed", bot_id="B0OTHER001", subtype="bot_message") == ["deployed"]
    assert said("Deployed", bot_id="B0OURS0001", subtype="bot_message") == []


def test_a_mention_is_a_command_in_a_channel_and_an_answer_outside(channel):
    text = "<@U0BOT> lead me"
    assert event("app_mention", user="U0SANDBOX01", text=text) == ["command"]
    assert event("app_mention", user="U0SANDBOX01", text=text, channel="C0OTHER0001") == [
        "mention outside"
    ]


def test_every_handler_of_an_event_in_the_order_of_registration(channel):
    @slack_event("reaction_added")
    def one(incident, event):
        raise AssertionError("routing calls no handler")

    @slack_event("reaction_added")
    def two(incident, event):
        raise AssertionError("routing calls no handler")

    item = {"type": "message", "channel": CHANNEL, "ts": "1.0"}
    called = event("reaction_added", user="U0SANDBOX01", reaction="star", item=item)
    assert called == [f"{BUILT_IN}events.add_by_reaction", "one", "two"]


def test_a_persons_new_profile_concerns_us_without_a_channel():
    assert names("event", "user_change", sample("event_user_change")) == ["user_change"]


def test_a_button_has_one_handler_and_an_unknown_one_none():
    payload = sample("block_actions_button")
    [action] = payload["actions"]
    action["action_id"] = "page-on-call"
    assert names("interaction", "block_actions", payload) == []

    @action_handler("page-on-call")
    def page(context):
        raise AssertionError("routing calls no handler")

    assert names("interaction", "block_actions", payload) == ["page"]


def test_a_form_has_one_handler_and_an_unknown_one_is_logged(caplog):
    payload = sample("view_submission_report")
    payload["view"]["callback_id"] = "status-page-form"
    assert names("interaction", "view_submission", payload) == []
    assert "@dialog_handler('status-page-form')" in caplog.text

    @dialog_handler("status-page-form")
    def publish(user_id, channel_id, submission, response_url, state):
        raise AssertionError("routing calls no handler")

    assert names("interaction", "view_submission", payload) == ["publish"]


def test_whoever_sent_a_form_is_stored_before_its_handler_and_its_transaction():
    @dialog_handler(sample("view_submission_report")["view"]["callback_id"])
    def publish(user_id, channel_id, submission, response_url, state):
        """Send it to somewhere else."""

    payload = sample("view_submission_report")
    request = InboxRequest(kind="interaction", type="view_submission", payload=json.dumps(payload))
    [_call] = routing.handler_calls(request)
    # The handler may ask Slack for the lead, and a transaction must not wait for the network.
    assert ExternalUser.objects.filter(external_id=payload["user"]["id"]).exists()


def test_a_form_of_0_5_1_reaches_the_same_handler():
    @dialog_handler(sample("dialog_submission")["callback_id"])
    def publish(user_id, channel_id, submission, response_url, state):
        raise AssertionError("routing calls no handler")

    payload = sample("dialog_submission")
    assert names("interaction", "dialog_submission", payload) == ["publish"]


def test_a_slash_command_is_one_call():
    assert names("command", "/incident", sample("slash_command")) == ["command"]


def test_an_interaction_of_an_unknown_type_is_for_none():
    assert names("interaction", "view_closed", sample("view_closed")) == []


def test_what_cannot_be_read_is_an_error():
    with pytest.raises(payloads.Unreadable):
        names("event", "message", {"type": "event_callback", "event": []})
