"""What Slack's addresses refuse, and what our own calls of Slack make of odd answers."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3
from django.db import OperationalError
from django.http.request import UnreadablePostError

from demo.sandbox.models import Grant, Message
from response.slack.inbound import intake, payloads
from response.slack.models import InboxRequest
from response.slack.web_api import transport
from response.slack.web_api.client import SlackClient
from response.slack.web_api.errors import SlackError

FORM = "application/x-www-form-urlencoded"
COMMAND = urlencode({"command": "/incident", "user_id": "U0SANDBOX01", "channel_id": "C1",
                     "text": "list", "trigger_id": "1"}).encode()  # fmt: skip


@pytest.fixture
def slack(slack_in_process):
    """Nothing here needs a server or threads."""
    return slack_in_process


# The way in


@pytest.mark.parametrize("path", ["slash_command", "action", "event"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_posts_are_taken(slack, path, method):
    assert slack.post(path, b"", FORM, method=method)[0] == 405


@pytest.mark.parametrize("setting", ["RESPONSE_MAX_BODY_BYTES", "DATA_UPLOAD_MAX_MEMORY_SIZE"])
def test_a_body_that_is_too_large(slack, settings, setting):
    setattr(settings, setting, 1000)
    body = COMMAND + b"&x=" + b"x" * 2000
    assert slack.post("slash_command", body, FORM)[0] == 413
    assert not InboxRequest.objects.exists()


@pytest.mark.parametrize(
    "error", [UnreadablePostError("gone"), ValueError("no number"), OSError("reset")]
)
def test_a_body_that_broke_off(slack, monkeypatch, error):
    def broken(request: Any) -> bytes:
        raise error

    monkeypatch.setattr("django.http.request.HttpRequest.body", property(broken))
    assert slack.post("slash_command", COMMAND, FORM)[0] == 400


@pytest.mark.parametrize("error", [OperationalError("away"), RuntimeError("a bug")])
def test_what_could_not_be_stored_slack_may_send_again(slack, monkeypatch, caplog, error):
    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise error

    monkeypatch.setattr(intake, "command", broken)
    status, said = slack.post("slash_command", COMMAND, FORM)
    assert status == 503
    assert "send this again" in said
    assert "a bug" not in said


def test_a_shortcut_of_a_message_is_read():
    payload = {
        "type": "message_action", "callback_id": "x", "trigger_id": "1",
        "user": {"id": "U0SANDBOX01"}, "channel": {"id": "C1"}, "response_url": "https://e.com",
        "message": {"ts": "1.1", "text": "hello"},
    }  # fmt: skip
    read = payloads.MessageShortcut.read(payload)
    assert (read.callback_id, read.user_id, read.channel_id) == ("x", "U0SANDBOX01", "C1")
    origin = payloads.origin_of(InboxRequest.INTERACTION, "message_action", payload)
    assert origin == read.origin
    assert origin.response_url == "https://e.com"


@pytest.mark.parametrize(
    "event",
    [
        {"type": "channel_id_changed", "old_channel_id": "C1"},
        {"type": "channel_id_changed", "new_channel_id": "C1"},
        {"type": "message", "channel": "C1", "ts": "1.1", "blocks": "odd"},
        {"type": "message", "channel": "C1", "ts": "1.1", "files": {}},
    ],
)
def test_events_that_cannot_be_read(slack, event):
    assert slack.post_event(event)[0] == 400
    assert not InboxRequest.objects.exists()


# Slack's answers


@pytest.fixture
def answers(monkeypatch):
    """A function that has Slack answer so."""

    def give(status: int, body: str, **headers: str) -> None:
        answer = SimpleNamespace(status=status, headers=headers, data=body.encode())
        monkeypatch.setattr(transport, "_send", lambda *args, **kwargs: answer)

    return give


@pytest.mark.parametrize(
    ("status", "body", "code", "uncertain"),
    [
        (200, "<html>", "unreadable_answer", True),
        (200, "", "unreadable_answer", True),
        (500, "upstream", "server_error", True),
        (429, "", "ratelimited", False),
        (200, '{"ok": false}', "unreadable_answer", True),
        (200, '{"ok": false, "error": "channel_not_found"}', "channel_not_found", False),
        (200, '{"ok": false, "error": "fatal_error"}', "fatal_error", True),
    ],
)
def test_answers_that_are_errors(answers, status, body, code, uncertain):
    answers(status, body)
    with pytest.raises(SlackError) as refused:
        SlackClient("xoxb-1", max_retry_attempts=0).api_call("auth.test")
    assert (refused.value.slack_error, refused.value.uncertain) == (code, uncertain)


def test_what_slack_says_of_a_manifest_is_told_with_the_place(answers):
    errors = [{"message": "must be a URL", "pointer": "/settings/url"}, {"message": "odd"}, 7]
    body = {"ok": False, "error": "invalid_manifest", "errors": errors,
            "response_metadata": {"messages": ["two problems"]}}  # fmt: skip
    answers(200, json.dumps(body))
    with pytest.raises(SlackError) as refused:
        SlackClient("xoxb-1").api_call("apps.manifest.create")
    assert refused.value.details == ("two problems", "must be a URL (/settings/url)", "odd")


@pytest.mark.parametrize(
    ("status", "code"), [(200, ""), (404, "response_url_refused"), (429, "ratelimited"),
                         (503, "server_error")],
)  # fmt: skip
def test_answers_of_a_response_url(answers, status, code):
    answers(status, "", **{"Retry-After": "7"})
    found, after = "", None
    try:
        transport.post_to_response_url("https://hooks.example.com/x", {"text": "hello"}, 1)
    except SlackError as error:
        found, after = error.slack_error, error.retry_after
    assert found == code
    assert after == (7 if status == 429 else None)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TimeoutError("no whole answer within 1 seconds"), "timeout"),
        (urllib3.exceptions.ProtocolError("reset"), "connection_failed"),
        (ValueError("a header with a line break"), "connection_failed"),
    ],
)
def test_slack_out_of_reach(monkeypatch, error, code):
    def fail(*args: Any, **kwargs: Any) -> None:
        raise error

    monkeypatch.setattr(transport, "_send", fail)
    for call in (
        lambda: SlackClient("xoxb-1").api_call("auth.test"),
        lambda: transport.post_to_response_url("https://hooks.example.com/x", {}, 1),
    ):
        with pytest.raises(SlackError) as refused:
            call()
        assert refused.value.slack_error == code
    with pytest.raises(OSError, match=str(error)[:9]):
        transport.ask_own_site("https://incidents.example.com/")


# Methods of the client


def test_channels_by_name_without_the_scope_for_private_ones(slack, settings):
    Grant.objects.create(withheld=["groups:read"])
    client = SlackClient(settings.SLACK_TOKEN)
    assert client.get_channel_id("incidents") == slack.channel("incidents").id
    with pytest.raises(SlackError, match="incidnets"):
        client.get_channel_id("incidnets")
    Grant.objects.update(withheld=["groups:read", "channels:read"])
    with pytest.raises(SlackError, match="missing_scope"):
        client.get_channel_id("incidents")


def test_a_channel_gets_a_purpose_and_is_archived(slack, settings):
    client = SlackClient(settings.SLACK_TOKEN)
    made = client.get_or_create_channel("purposeful")
    client.set_channel_purpose(made, "To try things")
    assert slack.channel("purposeful").purpose == "To try things"
    client.archive_channel(made)
    assert slack.channel("purposeful").is_archived


def test_a_response_url_answers_one_person(slack, settings):
    url = slack.people.response_url("U0SANDBOX01", slack.channel("general"))
    SlackClient(settings.SLACK_TOKEN).respond(url, "Only you see this")
    assert Message.objects.get(text="Only you see this").only_for == "U0SANDBOX01"
