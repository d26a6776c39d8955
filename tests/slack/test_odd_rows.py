"""No row of the inbox ends a worker, and none is tried for ever."""

from __future__ import annotations

import json

import pytest
from django.db import DataError, OperationalError
from django.utils import timezone

from response.jobs.models import OutboxMessage
from response.models import ExternalUser, Incident, UserStats
from response.slack.features import comms_channel, notify
from response.slack.inbound import inbox, intake, routing
from response.slack.inbound.handler_call import HandlerCall
from response.slack.jobs import names, requests
from response.slack.models import InboxRequest
from response.worker.runners import threads
from tests.factories import CommsChannelFactory

pytestmark = pytest.mark.django_db


class Died(BaseException):
    """The process is gone: nothing that follows is done."""


def accepted(number: int = 1, channel: str = "C1", text: str = "help") -> InboxRequest:
    fields = {"command": "/incident", "user_id": "U1", "channel_id": channel, "text": text,
              "trigger_id": str(number)}  # fmt: skip
    request = intake.accept(InboxRequest.COMMAND, "/incident", fields, ordering_key=channel)
    assert request is not None
    return request


def next_life() -> None:
    """Time passes: leases run out, and what waits for its next try is due."""
    InboxRequest.objects.update(claimed_until=None, due=timezone.now())


@pytest.fixture
def calls(monkeypatch) -> dict[int, BaseException]:
    """What the handler of a request raises, by the request's key."""
    raised: dict[int, BaseException] = {}

    def handler_calls(request: InboxRequest) -> list[HandlerCall]:
        def run() -> None:
            if request.pk in raised:
                raise raised[request.pk]

        return [HandlerCall("test", run)]

    monkeypatch.setattr(routing, "handler_calls", handler_calls)
    return raised


def test_a_request_that_kills_its_process_is_parked(calls, settings):
    settings.RESPONSE_INBOX_MAX_ATTEMPTS = 3
    deadly, other = accepted(1), accepted(2)
    calls[deadly.pk] = Died()
    for death in (1, 2, 3):
        with pytest.raises(Died):
            inbox.work_on_next()
        deadly.refresh_from_db()
        assert deadly.attempts == death
        next_life()
    assert inbox.work_on_next() == 2
    deadly.refresh_from_db()
    other.refresh_from_db()
    assert (deadly.status, other.status) == (InboxRequest.FAILED, InboxRequest.DONE)
    assert "has died" in deadly.error


def test_parking_does_not_depend_on_the_message_about_it(calls, settings, monkeypatch):
    settings.RESPONSE_INBOX_MAX_ATTEMPTS = 1
    request = accepted()
    calls[request.pk] = ValueError("not \x00 today")
    monkeypatch.setattr(notify, "request_failed", _fails)
    assert inbox.work_on_next() == 1
    request.refresh_from_db()
    assert request.status == InboxRequest.FAILED
    assert "not  today" in request.error


def _fails(*args: object, **kwargs: object) -> None:
    OutboxMessage.objects.create(queue_id=10**9, method="x")
    raise DataError("value too long for type character varying(255)")


def test_trying_again_does_not_depend_on_the_message_about_it(calls, monkeypatch):
    request = accepted()
    calls[request.pk] = ValueError("not today")
    monkeypatch.setattr(notify, "request_delayed", _fails)
    began = timezone.now()
    assert inbox.work_on_next() == 1
    request.refresh_from_db()
    assert (request.status, request.claim) == (InboxRequest.WAITING, "")
    assert request.due > began
    assert "not today" in request.error


def test_parking_does_not_depend_on_a_database_that_refuses_the_message(
    calls, settings, monkeypatch
):
    settings.RESPONSE_INBOX_MAX_ATTEMPTS = 2
    request = accepted()
    calls[request.pk] = ValueError("not today")

    def refuse(*args: object) -> None:
        raise OperationalError("a packet bigger than max_allowed_packet")

    monkeypatch.setattr(notify, "request_delayed", refuse)
    monkeypatch.setattr(notify, "request_failed", refuse)
    for _attempt in range(2):  # the database may only be away
        with pytest.raises(OperationalError):
            inbox.work_on_next()
        next_life()
    assert inbox.work_on_next() == 1
    request.refresh_from_db()
    assert (request.status, request.attempts) == (InboxRequest.FAILED, 3)


@pytest.mark.parametrize("payload", ["", "[]", "{", "null", '{"user_id": 3}', "[" * 10_000])
def test_a_stored_payload_that_cannot_be_read_ends_no_worker(payload, settings):
    settings.RESPONSE_INBOX_MAX_ATTEMPTS = 1
    CommsChannelFactory(channel_id="C2")
    odd, other = accepted(1), accepted(2, "C2")
    InboxRequest.objects.filter(pk=odd.pk).update(payload=payload)
    while inbox.work_on_next():
        pass
    odd.refresh_from_db()
    other.refresh_from_db()
    assert (odd.status, other.status) == (InboxRequest.FAILED, InboxRequest.DONE)


def test_what_fails_beside_the_handlers_ends_no_worker(calls, monkeypatch):
    odd, other = accepted(1), accepted(2, "C2")

    def metrics(request: InboxRequest, *args: object) -> None:
        if request.pk == odd.pk:
            raise DataError("an odd row")

    monkeypatch.setattr(inbox, "send_metrics", metrics)
    while inbox.work_on_next():
        pass
    assert InboxRequest.objects.get(pk=other.pk).status == InboxRequest.DONE


def test_a_thread_survives_what_its_work_raises():
    def work() -> int:
        raise RuntimeError("an odd row")

    workers = threads.Workers("test", work, lambda began: None)
    assert workers._work_safely() == 0


# Rights are asked when it happens


@pytest.fixture
def invited(monkeypatch) -> list[str]:
    """The ids of the people who are invited to a channel."""
    found: list[str] = []
    monkeypatch.setattr(comms_channel, "_invite", lambda channel, user: found.append(user))
    return found


def pressed(incident: Incident, user: str) -> OutboxMessage:
    requests.make_comms_channel(
        incident.pk, user, channel_id="C0HEADLINES", response_url="https://example.com/x"
    )
    return OutboxMessage.objects.filter(method=names.COMMS_CHANNEL_MAKE).latest("id")


def said() -> str:
    return json.dumps(list(OutboxMessage.objects.values_list("arguments", flat=True)))


def test_an_outsider_is_not_invited_into_what_has_become_private(invited):
    incident = CommsChannelFactory(incident__report="Layoffs are leaking").incident
    job = pressed(incident, "U0OUTSIDER")
    Incident.objects.filter(pk=incident.pk).update(private=True)
    OutboxMessage.objects.exclude(pk=job.pk).delete()
    comms_channel.make(job)
    assert invited == []
    assert "This incident is private" in said()
    assert "Layoffs" not in said()


def test_no_channel_is_made_for_an_outsider(invited, monkeypatch):
    reporter = ExternalUser.objects.create(app_id="slack", external_id="U0REPORTER")
    incident = Incident.objects.create_incident("Layoffs are leaking", reporter)
    job = pressed(incident, "U0OUTSIDER")
    Incident.objects.filter(pk=incident.pk).update(private=True)
    made: list[str] = []
    monkeypatch.setattr(comms_channel, "_create", lambda job, incident: made.append("channel"))
    comms_channel.make(job)
    assert (made, invited) == ([], [])


def test_an_insider_is_invited_all_the_same(invited):
    incident = CommsChannelFactory(incident__report="Layoffs are leaking").incident
    insider = ExternalUser.objects.create(app_id="slack", external_id="U0INSIDER")
    UserStats.objects.create(incident=incident, user=insider)
    jobs = [pressed(incident, "U0INSIDER"), pressed(incident, incident.reporter.external_id)]
    Incident.objects.filter(pk=incident.pk).update(private=True)
    for job in jobs:
        comms_channel.make(job)
    assert invited == ["U0INSIDER", incident.reporter.external_id]
