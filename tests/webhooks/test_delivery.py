"""What happens is told: signed, in order, until it is taken."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from standardwebhooks import Webhook as IndependentReceiver
from standardwebhooks.webhooks import WebhookVerificationError

from response.models import (
    Incident,
    OutboxMessage,
    OutboxQueue,
    Status,
    Webhook,
    WebhookDelivery,
)
from response.webhooks import http
from response.worker import runners
from tests.factories import ActionFactory, PersonFactory


def declare(**values):
    return Incident.objects.create_incident(values.pop("report", "Down"), None, **values)


def test_an_incident_from_declaration_to_end(webhook, receiver, deliver):
    incident = declare(severity="2")
    incident.lead = PersonFactory(display_name="anna")
    incident.severity = "1"
    incident.save()
    action = ActionFactory(incident=incident, details="Renew it")
    action.done = True
    action.save()
    incident.close()
    incident.reopen()
    deliver()
    assert receiver.types == [
        "incident.declared", "incident.changed", "action.added", "action.changed",
        "incident.closed", "incident.reopened",
    ]  # fmt: skip
    declared, changed, added, done, closed, _reopened = receiver.bodies
    assert declared["incident"]["report"] == "Down"
    assert declared["incident"]["id"] == incident.pk
    assert "changes" not in declared
    assert changed["changes"]["severity"] == {"old": "2", "new": "1"}
    assert changed["changes"]["lead"]["new"]["display_name"] == "anna"
    assert added["incident_id"] == incident.pk
    assert (added["action"]["done"], done["action"]["done"]) == (False, True)
    assert closed["incident"]["is_closed"]
    assert declared["site"] == "http://response.example.com"


def test_a_change_of_the_status_has_the_keys_of_both(webhook, receiver, deliver):
    incident = declare()
    incident.set_status(Status.objects.get(key="monitoring"))
    incident.close()
    deliver()
    changes = [body["changes"]["status"] for body in receiver.bodies if "changes" in body]
    assert changes == [
        {"old": "live", "new": "monitoring"},
        {"old": "monitoring", "new": "resolved"},
    ]
    assert [body["incident"]["status"] for body in receiver.bodies] == [
        "live",
        "monitoring",
        "resolved",
    ]


def test_another_program_verifies_the_signature(webhook, receiver, deliver):
    declare(report="Zertifikat abgelaufen 🔥 <b>&amp;")
    deliver()
    [request] = receiver.requests
    assert request["path"] == "/hook?team=1"
    headers = {name.lower(): value for name, value in request["headers"].items()}
    verified = IndependentReceiver(webhook.secret).verify(request["body"], headers)
    assert verified["incident"]["report"] == "Zertifikat abgelaufen 🔥 <b>&amp;"
    with pytest.raises(WebhookVerificationError):
        IndependentReceiver(webhook.secret).verify(request["body"] + b" ", headers)


@pytest.mark.parametrize("failure", [500, 404, "drop", {"status": 301, "headers": {
    "Location": "http://127.0.0.1:1/"}}])  # fmt: skip
def test_a_failure_is_tried_again_under_the_same_id(webhook, receiver, deliver, failure):
    receiver.answers = [failure, failure]
    declare()
    declare(report="Later")
    for _ in range(3):
        deliver()
    assert [body["incident"]["report"] for body in receiver.bodies] == [*["Down"] * 3, "Later"]
    assert len({request["headers"]["webhook-id"] for request in receiver.requests}) == 2
    assert set(WebhookDelivery.objects.values_list("status", flat=True)) == {"sent"}
    webhook.refresh_from_db()
    assert webhook.failing_since is None


def test_the_waits_grow_and_what_the_receiver_asks_for_is_kept(webhook, receiver, deliver):
    receiver.answers = [500, 500, {"status": 503, "headers": {"Retry-After": "120"}}]
    declare()
    for wait in (5, 10, 120):
        began = timezone.now()
        deliver()
        paused = OutboxQueue.objects.get(name=webhook.queue).paused_until
        assert began <= paused - timedelta(seconds=wait) <= timezone.now()
    delivery = WebhookDelivery.objects.get()
    assert delivery.progress["answer"]["status"] == 503
    assert "503" in delivery.error


def test_a_receiver_that_drips_is_left(webhook, receiver, deliver, monkeypatch):
    monkeypatch.setattr(http, "TIMEOUT", 0.5)
    receiver.answers = ["drip"]
    declare()
    began = time.monotonic()
    deliver()
    assert WebhookDelivery.objects.get().status == "waiting"
    assert time.monotonic() - began < 25, "the receiver drips for thirty seconds"


def test_after_a_day_of_failures_it_is_switched_off_and_people_are_told(
    webhook, receiver, deliver, caplog
):
    receiver.answers = [500] * 10
    declare()
    declare()
    deliver()
    webhook.refresh_from_db()
    assert webhook.active
    assert webhook.failing_since is not None
    Webhook.objects.update(failing_since=timezone.now() - timedelta(hours=24, minutes=1))
    deliver()
    webhook.refresh_from_db()
    assert not webhook.active
    assert "500" in webhook.disabled_because
    notice = OutboxMessage.objects.get(method="announcement.post")
    assert "Status page" in notice.arguments["text"]
    assert "was switched off" in caplog.text
    assert set(WebhookDelivery.objects.values_list("status", flat=True)) == {"failed"}
    assert len(receiver.requests) == 2, "the second is not even tried"


def test_gone_is_gone(webhook, receiver, deliver):
    receiver.answers = [410]
    declare()
    deliver()
    webhook.refresh_from_db()
    assert not webhook.active
    declare()
    assert WebhookDelivery.objects.count() == 1, "nothing more is queued for it"


def test_only_what_was_chosen(webhook, receiver, deliver):
    Webhook.objects.update(events=["incident.closed"])
    incident = declare()
    incident.severity = "1"
    incident.save()
    incident.close()
    deliver()
    assert receiver.types == ["incident.closed"]


def test_private_incidents_are_told_only_if_that_is_wanted(webhook, receiver, deliver):
    curious = Webhook.objects.create(name="Security", url=receiver.url, include_private=True)
    incident = declare(private=True)
    ActionFactory(incident=incident, details="secret")
    deliver()
    assert receiver.types == ["incident.declared", "action.added"]
    told = WebhookDelivery.objects.values_list("queue__name", flat=True).distinct()
    assert list(told) == [curious.queue]


def test_what_has_become_private_meanwhile_is_not_told(webhook, receiver, deliver):
    incident = declare()
    incident.private = True
    incident.save()
    deliver()
    assert receiver.requests == []
    assert "private" in WebhookDelivery.objects.get().error


def test_nothing_is_told_of_what_was_rolled_back(webhook, receiver, deliver):
    with transaction.atomic():
        declare()
        transaction.set_rollback(True)
    deliver()
    assert receiver.requests == []


def test_a_deleted_webhook_is_told_nothing(webhook, receiver, deliver):
    declare()
    webhook.delete()
    deliver()
    assert receiver.requests == []
    assert WebhookDelivery.objects.get().status == "discarded"


def test_one_webhooks_trouble_is_not_anothers(webhook, receiver, deliver):
    Webhook.objects.create(name="Dead", url="http://127.0.0.1:9/")
    declare()
    deliver()
    assert receiver.types == ["incident.declared"]
    assert WebhookDelivery.objects.filter(status="waiting").count() == 1


def test_it_costs_one_query_if_there_is_none(transactional_db):
    incident = declare()
    with CaptureQueriesContext(connection) as queries:
        incident.severity = "1"
        incident.save()
    about_webhooks = [q for q in queries if "response_webhook" in q["sql"]]
    assert len(about_webhooks) == 1


def test_huge_texts_arrive_whole(webhook, receiver, deliver):
    declare(summary="ä" * 200_000)
    deliver()
    assert receiver.bodies[0]["incident"]["summary"] == "ä" * 200_000


def test_from_slack_to_the_receiver(slack, webhook, receiver):
    incident = slack.declare("Down")
    slack.until(lambda: receiver.types == ["incident.declared"])
    slack.people.press("bo", slack.headline(incident), "close-incident-button")
    slack.until(lambda: receiver.types == ["incident.declared", "incident.closed"])


def test_a_tick_delivers_what_a_killed_process_left(slack, webhook, receiver):
    declare()
    queue = OutboxQueue.objects.get(name=webhook.queue)
    OutboxQueue.objects.free().claim(queue.pk)  # and the claimant is no more
    OutboxQueue.objects.filter(pk=queue.pk).update(
        claimed_until=timezone.now() + timedelta(seconds=1)
    )
    call_command("response_tick")
    slack.until(lambda: runners.start_workers() or receiver.types == ["incident.declared"])


def test_a_secret_or_url_that_cannot_work_is_refused(webhook):
    webhook.secret = "password"
    webhook.url = "https://name:word@example.com/"
    with pytest.raises(ValidationError) as caught:
        webhook.full_clean()
    assert set(caught.value.message_dict) == {"secret", "url"}


def test_the_body_is_what_the_documents_say(webhook, receiver, deliver):
    declare()
    deliver()
    body = receiver.bodies[0]
    assert set(body) == {"id", "type", "created", "site", "incident"}
    assert body["id"] == receiver.requests[0]["headers"]["webhook-id"]
    assert json.loads(receiver.requests[0]["body"]) == body


# Receivers that are odd


def test_what_no_database_takes_in_an_answer_changes_nothing(webhook, receiver, deliver):
    receiver.answers = [{"status": 200, "body": "taken\x00 and \x07 stored"}]
    declare()
    deliver()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.attempts) == ("sent", 1)
    assert delivery.progress["answer"]["said"] == "taken and  stored"


@pytest.mark.parametrize(
    "answer",
    [
        b"220 mail.example.com ESMTP\r\n",
        b"\x00\x01\x02\xff" * 100,
        b"HTTP/1.1 two hundred OK\r\n\r\n",
        b"HTTP/1.1 99999 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/" + b"1" * 100_000,
    ],
    ids=lambda answer: repr(answer[:20]),
)
def test_a_receiver_that_speaks_no_http_is_tried_again(webhook, receiver, deliver, answer):
    receiver.answers = [answer]
    declare()
    deliver()
    delivery = WebhookDelivery.objects.get()
    assert delivery.status == "waiting"
    assert "Traceback" not in delivery.error
    assert "could not be reached" in delivery.error
    webhook.refresh_from_db()
    assert webhook.failing_since is not None
    deliver()
    assert WebhookDelivery.objects.get().status == "sent"


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9/a b", "http://127.0.0.1:9 /x", "http://exa mple.com/", "http://[::1/",
     "http://127.0.0.1:99999/", "http://127.0.0.1:x/", "http://\u2100.com/", "nonsense",
     "http://" + "a" * 300 + ".com/", "http://127.0.0.1:9/\r\nX: y"],
)  # fmt: skip
def test_an_address_that_cannot_be_is_switched_off_in_the_end(webhook, deliver, url):
    Webhook.objects.update(url=url)
    declare()
    deliver()
    delivery = WebhookDelivery.objects.get()
    assert delivery.status == "waiting"
    assert "Traceback" not in delivery.error
    Webhook.objects.update(failing_since=timezone.now() - timedelta(days=2))
    deliver()
    webhook.refresh_from_db()
    assert not webhook.active
    assert WebhookDelivery.objects.get().status == "failed"


def test_headers_that_never_end_are_no_answer(webhook, receiver, deliver, monkeypatch):
    monkeypatch.setattr(http, "TIMEOUT", 0.5)
    receiver.answers = ["drip headers"]
    declare()
    began = time.monotonic()
    deliver()
    delivery = WebhookDelivery.objects.get()
    assert delivery.status == "waiting"
    assert "status" not in delivery.progress["answer"]
    assert time.monotonic() - began < 25, "the receiver drips for twenty-eight seconds"
