"""The sandbox refuses what Slack refuses, with Slack's words."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from demo.sandbox import validation
from demo.sandbox.models import Channel, Grant, Message, Trigger
from demo.sandbox.web_api import views
from response.slack.web_api.client import SlackClient
from response.slack.web_api.errors import SlackError

INCIDENTS, GENERAL = "C0SANDBOX02", "C0SANDBOX01"
#: As it is outside of tests, which are more patient.
LASTS = views.TRIGGER_LASTS


@pytest.fixture
def api(slack):
    return SlackClient("xoxb-sandbox")


def refusal(api, method, **arguments):
    with pytest.raises(SlackError) as raised:
        api.api_call(method, **arguments)
    return raised.value.slack_error


def test_tokens_and_scopes(slack, api):
    assert refusal(SlackClient("xoxb-wrong"), "auth.test") == "invalid_auth"
    assert api.api_call("auth.test")["user_id"] == slack.bot
    assert refusal(api, "no.such") == "unknown_method"
    Grant.objects.create(withheld=["chat:write"])
    assert refusal(api, "chat.postMessage", channel=INCIDENTS, text="x") == "missing_scope"


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("chat.postMessage", {"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": INCIDENTS}, "no_text"),
        ("chat.postMessage", {"channel": INCIDENTS, "blocks": [{"type": "x"}]}, "invalid_blocks"),
        ("chat.postEphemeral", {"channel": INCIDENTS, "user": "U0NOBODY", "text": "x"},
         "user_not_in_channel"),
        ("chat.update", {"channel": INCIDENTS, "ts": "1.1", "text": "x"}, "message_not_found"),
        ("conversations.create", {"name": "general"}, "name_taken"),
        ("conversations.create", {"name": "Capital"}, "invalid_name_specials"),
        ("conversations.create", {"name": "x" * 81}, "invalid_name_maxlength"),
        ("conversations.invite", {"channel": INCIDENTS, "users": "U0SANDBOX01"},
         "already_in_channel"),
        ("conversations.invite", {"channel": GENERAL, "users": "U0SANDBOX01"}, "not_in_channel"),
        ("conversations.rename", {"channel": INCIDENTS, "name": "x"}, "not_authorized"),
        ("conversations.setTopic", {"channel": INCIDENTS, "topic": "x" * 251}, "too_long"),
        ("conversations.unarchive", {"channel": INCIDENTS}, "not_allowed_token_type"),
        ("conversations.history", {"channel": GENERAL}, "not_in_channel"),
        ("reactions.add", {"channel": INCIDENTS, "timestamp": "1.1", "name": "eyes"},
         "message_not_found"),
        ("users.info", {"user": "U0NOBODY"}, "user_not_found"),
        ("users.lookupByEmail", {"email": "nobody@example.com"}, "users_not_found"),
        ("usergroups.users.list", {"usergroup": "S0NONE"}, "no_such_subteam"),
        ("views.open", {"trigger_id": "x", "view": {"type": "modal"}}, "invalid_arguments"),
        ("users.list", {"cursor": "bad"}, "invalid_cursor"),
    ],
)  # fmt: skip
def test_refusals(api, method, arguments, error):
    assert refusal(api, method, **arguments) == error


def test_messages_of_others_and_archived_channels(slack, api):
    message = slack.people.say("ada", "incidents", "mine")
    assert refusal(api, "chat.update", channel=INCIDENTS, ts=message.ts, text="x") == (
        "cant_update_message"
    )
    api.add_reaction("eyes", INCIDENTS, message.ts)
    assert (
        refusal(api, "reactions.add", channel=INCIDENTS, timestamp=message.ts, name="eyes")
        == "already_reacted"
    )
    slack.people.archive("ada", "incidents")
    assert refusal(api, "chat.postMessage", channel=INCIDENTS, text="x") == "is_archived"
    assert refusal(api, "conversations.create", name="incidents") == "name_taken"


VIEW = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": []}


def test_a_trigger_works_once_and_for_three_seconds(slack, api, monkeypatch):
    trigger = slack.people.trigger("U0SANDBOX01")
    assert refusal(api, "views.open", trigger_id="1.2.3", view=VIEW) == "invalid_trigger_id"
    api.open_view(trigger, VIEW)
    assert refusal(api, "views.open", trigger_id=trigger, view=VIEW) == "exchanged_trigger_id"
    late = slack.people.trigger("U0SANDBOX01")
    Trigger.objects.filter(pk=late).update(created=time.time() - 3.1)
    monkeypatch.setattr(views, "TRIGGER_LASTS", LASTS)
    assert refusal(api, "views.open", trigger_id=late, view=VIEW) == "expired_trigger_id"


def test_pages(slack, api):
    for n in range(7):
        slack.people.create_channel("ada", f"channel-{n}")
    names = [c["name"] for c in api.pages("conversations.list", "channels")]
    assert len(names) == len(set(names)) == 10
    first = api.api_call("conversations.list", limit=3)
    assert len(first["channels"]) == 3
    assert first["response_metadata"]["next_cursor"]


def test_one_name_is_given_once_though_many_ask_at_once(slack, api):
    def create(_):
        try:
            return api.create_channel("wanted")
        except SlackError as error:
            return error.slack_error

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(create, range(8)))
    assert answers.count("name_taken") == 7
    assert Channel.objects.filter(name="wanted").count() == 1


def test_every_message_has_a_ts_of_its_own(slack, api):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: api.send_message(INCIDENTS, f"{n}"), range(40)))
    ts = Message.objects.filter(channel=INCIDENTS).values_list("ts", flat=True)
    assert len(ts) == len(set(ts)) == 40


def test_json_and_forms(client, slack):
    def post(body, kind):
        return client.post(
            "/sandbox/api/chat.postMessage",
            body,
            content_type=kind,
            headers={"Authorization": "Bearer xoxb-sandbox"},
        ).json()

    form = b"channel=C0SANDBOX02&text=by+form"
    assert post(json.dumps({"channel": INCIDENTS, "text": "by JSON"}), "application/json")["ok"]
    assert post(form, "application/x-www-form-urlencoded")["ok"]
    assert post(b"{", "application/json")["error"] == "invalid_json"
    said = Message.objects.filter(channel=INCIDENTS).values_list("text", flat=True)
    assert list(said) == ["by JSON", "by form"]


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        ({"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}, "151"),
        ({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, "plain_text"),
        ({"type": "section", "text": {"type": "mrkdwn", "text": ""}}, "more than 0"),
        ({"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}, "3001"),
        ({"type": "section"}, "text or fields"),
        ({"type": "actions", "elements": []}, "1 to 25"),
        ({"type": "input", "label": {"type": "plain_text", "text": "x"}}, "unsupported type"),
    ],
)
def test_limits_of_blocks(block, problem):
    [said] = validation.message_problems({"blocks": [block]})[:1]
    assert problem in said


# Deliveries


def test_events_are_retried_and_told_so(slack, settings):
    incident, channel = slack.incident_with_channel()
    from demo.sandbox.models import Delivery

    settings.SANDBOX_APP_URL = "http://127.0.0.1:9/"
    slack.people.join("bo", channel)
    slack.people.say("bo", channel, "into the void")
    slack.until(
        lambda: Delivery.objects.filter(kind="message", attempt=3, error="connection_failed")
    )
    assert incident.pk


def test_a_response_url_is_good_for_five_answers(slack, api):
    place = Channel.objects.get(pk=GENERAL)
    url = slack.people.response_url("U0SANDBOX01", place)
    for n in range(5):
        api.respond(url, f"answer {n}")
    with pytest.raises(SlackError):
        api.respond(url, "one too many")
    assert len(slack.whispers("ada")) == 5
