"""The client, and a Slack that behaves badly on the wire."""

from __future__ import annotations

import json
import time
from urllib.parse import parse_qs

import pytest

from response.slack.web_api.client import SlackClient, before_each_call
from response.slack.web_api.errors import SlackError
from tests.receiver import Receiver


@pytest.fixture
def receiver(settings):
    with Receiver() as receiver:
        settings.SLACK_API_URL = receiver.url.partition("hook")[0]
        yield receiver


@pytest.mark.parametrize("how", ["drip", "drip at the end"])
def test_an_answer_that_drips_is_not_waited_for(receiver, how):
    receiver.answers = [how]
    began = time.monotonic()
    with pytest.raises(SlackError) as caught:
        SlackClient().api_call("views.open", trigger_id="1.2", timeout=0.5)
    assert time.monotonic() - began < 25, "it drips for thirty seconds"
    assert (caught.value.slack_error, caught.value.uncertain) == ("timeout", True)


def test_connections_are_used_again_and_survive_a_deadline(receiver):
    receiver.answers = [{"status": 200, "body": '{"ok": true}'}] * 3
    receiver.answers.insert(1, "drip at the end")
    client = SlackClient()
    client.api_call("auth.test")
    with pytest.raises(SlackError):
        client.api_call("auth.test", timeout=0.2)
    client.api_call("auth.test", timeout=2)
    time.sleep(2.1)  # the deadline of a call that has ended does not touch another's
    assert client.api_call("auth.test")["ok"]


def test_a_call_without_arguments_is_a_form_as_well(receiver):
    receiver.answers = [{"status": 200, "body": '{"ok": true}'}]
    SlackClient().api_call("auth.test")
    headers = {name.lower(): value for name, value in receiver.requests[0]["headers"].items()}
    assert headers["content-type"] == "application/x-www-form-urlencoded"


def test_through_a_proxy(receiver, settings):
    settings.RESPONSE_SLACK_PROXY = receiver.url.partition("/hook")[0]
    settings.SLACK_API_URL = "http://slack.invalid/api/"
    receiver.answers = [{"status": 200, "body": '{"ok": true}'}]
    assert SlackClient().api_call("auth.test")["ok"]
    assert receiver.requests[0]["path"] == "http://slack.invalid/api/auth.test"


def test_what_clients_of_0_5_1_could_do(receiver):
    groups = '{"ok": true, "usergroups": [{"id": "S1", "handle": "oncall", "users": ["U1"]}]}'
    users = '{"ok": true, "members": [{"id": "U1", "name": "anna"}]}'
    bodies = ['{"ok": true, "user_id": "UBOT"}', users, users, users, groups, groups, groups,
              '{"ok": false, "error": "no_reaction"}', '{"ok": true}']  # fmt: skip
    receiver.answers = [{"status": 200, "body": body} for body in bodies]
    client = SlackClient()
    assert client.get_slack_token_owner() == "UBOT"
    assert client.users_list()["members"][0]["id"] == "U1"
    assert client.get_user_id("anna") == "U1"
    with pytest.raises(SlackError, match="not found"):
        client.get_user_id("bo")
    assert client.get_usergroup_id("oncall") == "S1"
    assert client.get_usergroup_users("S1") == ["U1"]
    assert client.get_usergroup_users("S2") is None
    assert client.remove_reaction("eyes", "C1", "1.2") is None
    client.unarchive_channel("C1")
    assert receiver.requests[-1]["path"].endswith("/conversations.unarchive")


LIMITED = {"status": 429, "headers": {"Retry-After": "1"}, "body": "{}"}
FINE = {"status": 200, "body": '{"ok": true}'}


def test_a_direct_call_waits_as_long_as_slack_asks(receiver):
    receiver.answers = [LIMITED, FINE]
    began = time.monotonic()
    assert SlackClient(retry_base_backoff_seconds=0.01).api_call("auth.test")["ok"]
    assert time.monotonic() - began >= 1
    assert len(receiver.requests) == 2


@pytest.mark.parametrize("seconds", ["31", "86400"])
def test_a_wait_that_is_too_long_is_left_to_the_caller(receiver, seconds):
    receiver.answers = [{**LIMITED, "headers": {"Retry-After": seconds}}, FINE]
    with pytest.raises(SlackError) as raised:
        SlackClient().api_call("auth.test")
    assert raised.value.retry_after == float(seconds)
    assert len(receiver.requests) == 1


def test_what_slack_waits_for_and_what_is_queued_waits_for_no_rate_limit(receiver):
    receiver.answers = [LIMITED, FINE]
    with pytest.raises(SlackError):
        SlackClient().open_view("trigger", {"type": "modal"})
    receiver.answers = [LIMITED, FINE]
    with before_each_call(lambda method, arguments: None), pytest.raises(SlackError):
        SlackClient().api_call("chat.postMessage", channel="C1", text="x")
    assert len(receiver.requests) == 2


def test_a_legacy_dialog_is_opened_as_a_modal(receiver):
    receiver.answers = [FINE]
    elements = [
        {"type": "text", "label": "Name", "name": "name", "value": "Anna", "max_length": 50},
        {"type": "textarea", "label": "Story", "name": "story", "optional": True},
        {"type": "select", "label": "Colour", "name": "colour",
         "options": [{"label": "Red", "value": "r"}]},
        {"type": "select", "label": "Who", "name": "who", "data_source": "users"},
    ]  # fmt: skip
    dialog = {"title": "T", "callback_id": "cb", "state": 7, "elements": elements}
    SlackClient().dialog_open(dialog, trigger_id="trigger")
    [request] = receiver.requests
    assert request["path"].endswith("/views.open")
    sent = parse_qs(
        request["body"] if isinstance(request["body"], str) else request["body"].decode()
    )
    view = json.loads(sent["view"][0])
    assert (view["type"], view["callback_id"]) == ("modal", "cb")
    assert json.loads(view["private_metadata"])["state"] == "7"
    kinds = [block["element"]["type"] for block in view["blocks"]]
    assert kinds == ["plain_text_input", "plain_text_input", "static_select", "users_select"]
    with pytest.raises(ValueError, match="external"):
        SlackClient().dialog_open(
            {"elements": [{"type": "select", "data_source": "external"}]}, "t"
        )
