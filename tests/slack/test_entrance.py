"""Every way of knocking at the three endpoints."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from demo.sandbox import delivery
from response.jobs.models import OutboxMessage
from response.slack.models import InboxRequest
from tests.slack.test_payloads import SAMPLES, sample

ENDPOINTS = ["slash_command", "action", "event"]
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@pytest.fixture(autouse=True)
def nothing_is_stored(slack):
    yield
    assert not InboxRequest.objects.exists()


def bodies(path: str) -> tuple[bytes, str]:
    """A body that would be accepted, if it were signed."""
    if path == "slash_command":
        return urlencode(sample("slash_command")).encode(), FORM
    if path == "action":
        return urlencode({"payload": json.dumps(sample("block_actions_button"))}).encode(), FORM
    return json.dumps(sample("event_app_mention")).encode(), JSON


@pytest.mark.parametrize("path", ENDPOINTS)
class TestRefused:
    def test_unsigned(self, slack, path, caplog):
        body, kind = bodies(path)
        with caplog.at_level(logging.WARNING, "response"):
            status, answer = slack.post(path, body, kind, sign=False)
        assert status == 403
        [line] = [
            r.getMessage()
            for r in caplog.records
            if r.name == "response.slack.inbound.request_verification"
        ]
        assert "X-Slack-Request-Timestamp" in line
        assert "U06A1CDEFG2" not in line + answer

    def test_signed_by_somebody_else(self, slack, path):
        body, kind = bodies(path)
        now = str(int(time.time()))
        headers = {
            "X-Slack-Request-Timestamp": now,
            "X-Slack-Signature": delivery.sign(body + b" ", now),
        }
        assert slack.post(path, body, kind, headers, sign=False)[0] == 403

    def test_replayed_later(self, slack, path):
        body, kind = bodies(path)
        then = str(int(time.time()) - 301)
        headers = {
            "X-Slack-Request-Timestamp": then,
            "X-Slack-Signature": delivery.sign(body, then),
        }
        assert slack.post(path, body, kind, headers, sign=False)[0] == 403

    @pytest.mark.parametrize("timestamp", ["", "x", "nan", "1e300", "-1", "9" * 500])
    def test_malformed_headers(self, slack, path, timestamp):
        body, kind = bodies(path)
        for signature in ("v0=", "v0=zz", "x" * 5000, "v0=" + "0" * 64):
            headers = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}
            assert slack.post(path, body, kind, headers, sign=False)[0] == 403

    def test_without_a_secret_everything(self, slack, path, settings):
        body, kind = bodies(path)
        timestamp = str(int(time.time()))
        headers = {
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": delivery.sign(body, timestamp),
        }
        for nothing in ("", None, [], [""], "   "):
            settings.SLACK_SIGNING_SECRET = nothing
            assert slack.post(path, body, kind, headers, sign=False)[0] == 403

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "PATCH"])
    def test_another_method(self, slack, path, method):
        assert slack.post(path, b"", JSON, method=method)[0] == 405

    def test_too_large(self, slack, path):
        assert slack.post(path, b"x" * (1024 * 1024 + 1), JSON)[0] == 413
        assert slack.post(path, b"x" * (3 * 1024 * 1024), JSON, sign=False)[0] == 413

    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"[]", b"null", b"\x00", b"[" * 50_000, b'{"type": 3}', b"payload=%7B",
         b"payload=[]", b"payload=null", b"payload=%7B%22type%22%3A1%7D", b"a=%ff",
         b'{"type":"event_callback"}', b'{"type":"event_callback","event":[]}',
         b'{"type":"event_callback","event":{"type":"message","channel":{"id":7}}}'],
    )  # fmt: skip
    def test_signed_nonsense(self, slack, path, body):
        for kind in (FORM, JSON, "text/plain", "multipart/form-data"):
            assert slack.post(path, body, kind)[0] == 400

    def test_a_body_that_is_not_utf8(self, slack, path):
        assert slack.post(path, b"\xff\xfe", FORM)[0] == 403


def test_signed_unreadable_bodies_are_400(slack):
    assert slack.post("event", b"{", JSON)[0] == 400
    assert slack.post("action", b"x=1", FORM)[0] == 400
    assert slack.post("slash_command", b"text=hi", FORM)[0] == 400
    broken = {"type": "view_submission", "view": {"state": {"values": {"a": 1}}}}
    assert slack.post_interaction(broken)[0] == 400


def test_either_secret_while_it_is_changed(slack, settings):
    old = settings.SLACK_SIGNING_SECRET
    settings.SLACK_SIGNING_SECRET = ["new", old]
    assert slack.post("event", b'{"type":"x"}', JSON)[0] == 200


def test_the_handshake(slack):
    body = json.dumps(sample("url_verification")).encode()
    assert slack.post("event", body, JSON) == (200, "sample7challenge2string9made4up1for6tests")


def test_slacks_own_checks(slack, caplog):
    assert slack.post("slash_command", b"ssl_check=1&token=x", FORM) == (200, "")
    body = json.dumps(sample("app_rate_limited")).encode()
    assert slack.post("event", body, JSON) == (200, "")
    assert "30,000" in caplog.text


@pytest.mark.parametrize("name", sorted(p.stem for p in SAMPLES.glob("event_*.json")))
def test_events_of_other_channels_are_stored_nowhere(slack, name, django_assert_max_num_queries):
    event = sample(name)
    body = json.dumps(event).encode()
    stored = name in ("event_app_mention", "event_user_change")
    status, answer = slack.post("event", body, JSON)
    assert (status, answer) == (200, "")
    assert InboxRequest.objects.exists() == stored
    slack.settle()
    InboxRequest.objects.all().delete()


@pytest.mark.parametrize(
    "name", ["shortcut_message", "view_closed", "view_submission_report", "dialog_submission",
             "block_actions_button", "block_actions_overflow"]
)  # fmt: skip
def test_interactions_that_nobody_handles_are_answered(slack, settings, name):
    settings.RESPONSE_HANDLER_WAIT = 0
    assert slack.post_interaction(sample(name)) == (200, "")
    slack.settle()
    InboxRequest.objects.all().delete()
    OutboxMessage.objects.all().delete()


def test_an_unknown_type_is_answered(slack):
    assert slack.post("event", b'{"type": "brand_new"}', JSON) == (200, "")
    assert slack.post_interaction({"type": "brand_new"}) == (200, "")


def test_cron_needs_its_token(slack, settings, client):
    for name in ("cron_minute", "cron_daily"):
        assert client.post(f"/slack/{name}").status_code == 403
        settings.RESPONSE_CRON_TOKEN = "sesame"
        assert client.post(f"/slack/{name}").status_code == 403
        wrong = {"headers": {"Authorization": "Bearer wrong"}}
        assert client.post(f"/slack/{name}", **wrong).status_code == 403
        # Addresses are written into logs: a secret has no place there.
        assert client.post(f"/slack/{name}?token=sesame").status_code == 403
        right = {"headers": {"Authorization": "Bearer sesame"}}
        assert client.post(f"/slack/{name}", **right).status_code == 200
        assert client.delete(f"/slack/{name}", **right).status_code == 405
        settings.RESPONSE_CRON_TOKEN = ""


def signed(body: bytes) -> dict[str, str]:
    timestamp = str(int(time.time()))
    return {
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": delivery.sign(body, timestamp),
    }


def test_an_event_of_another_channel_costs_one_look_up(slack, client, django_assert_num_queries):
    body = json.dumps(sample("event_message")).encode()
    with django_assert_num_queries(1):
        answer = client.post("/slack/event", body, content_type=JSON, headers=signed(body))
    assert answer.status_code == 200


def test_a_slash_at_the_end_is_taken_too(slack, client):
    body = json.dumps(sample("url_verification")).encode()
    answer = client.post("/slack/event/", body, content_type=JSON, headers=signed(body))
    assert answer.status_code == 200


def test_asgi(slack, async_client):
    async def both():
        signed_one = await async_client.post(
            "/slack/event", body, content_type=JSON, headers=signed(body)
        )
        return signed_one, await async_client.post("/slack/event", body, content_type=JSON)

    body = json.dumps(sample("url_verification")).encode()
    # In a thread of its own: the browser of other tests keeps an event loop in this one.
    with ThreadPoolExecutor(1) as thread:
        answer, unsigned = thread.submit(asyncio.run, both()).result()
    assert answer.content == b"sample7challenge2string9made4up1for6tests"
    assert unsigned.status_code == 403
