"""What comes by socket is stored, answered and worked on as what comes over HTTP."""

from __future__ import annotations

import functools
import threading
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from demo.sandbox import sockets as sandbox_sockets
from demo.sandbox.models import Delivery
from demo.sandbox.sockets import sockets
from response.core.models import Incident
from response.slack.inbound import intake, socket
from response.slack.models import InboxRequest


@pytest.fixture
def by_socket(slack, settings):
    settings.SLACK_APP_TOKEN = "xapp-sandbox"
    settings.SANDBOX_SOCKET_MODE = True
    settings.SANDBOX_RETRY_DELAYS = (0.3, 0.3, 0.3)
    return slack


@contextmanager
def listening(slack, count: int = 1):
    stop, before = threading.Event(), sockets.count()
    thread = threading.Thread(target=socket.listen, args=(stop,))
    thread.start()
    try:
        slack.until(lambda: sockets.count() == before + count, "the socket to be open")
        yield stop
    finally:
        stop.set()
        thread.join(60)
    assert not thread.is_alive()


def test_an_incident_is_declared_and_worked_on(by_socket):
    with listening(by_socket):
        incident, channel = by_socket.incident_with_channel()
        by_socket.tell_bot("bo", channel, "severity major")
        incident.refresh_from_db()
        assert incident.severity == "2"
    ways = Delivery.objects.exclude(envelope_id="").values_list("status", flat=True)
    assert set(ways) == {200}
    assert not Delivery.objects.filter(envelope_id="").exists()


def test_the_answer_to_a_form_travels_in_the_acknowledgement(by_socket):
    with listening(by_socket):
        by_socket.people.command("bo", "general", "/incident x")
        view = by_socket.people.open_view("bo")
        answer = by_socket.people.submit("bo", view, {"report": "   "})
        assert "report" in answer.errors
        listed = by_socket.people.command("bo", "general", "/incident list")
        assert "There are no open incidents" in listed.body


def test_what_is_not_stored_is_not_acknowledged_and_comes_again(by_socket, monkeypatch):
    incident_channel = []
    store, failed = intake.accept, []

    def broken(*args, **kwargs):
        if incident_channel and not failed:
            failed.append(args)
            raise DatabaseError("gone")
        return store(*args, **kwargs)

    monkeypatch.setattr(intake, "accept", broken)
    with listening(by_socket):
        incident, channel = by_socket.incident_with_channel()
        incident_channel.append(channel)
        monkeypatch.setattr(sandbox_sockets, "LIMIT", 1.0)  # not acknowledged: Slack waits in vain
        by_socket.people.say("bo", channel, "@incident severity major", wait=False)
        by_socket.until(
            lambda: Incident.objects.filter(pk=incident.pk, severity="2").exists(), "the severity"
        )
    assert failed


def test_it_goes_on_through_another_socket(by_socket):
    with listening(by_socket):
        incident, channel = by_socket.incident_with_channel()
        sockets.disconnect("refresh_requested")
        by_socket.tell_bot("bo", channel, "severity major")
        by_socket.until(lambda: sockets.count() == 1)
        incident.refresh_from_db()
        assert incident.severity == "2"


def test_it_opens_another_socket_when_the_network_has_failed(by_socket, monkeypatch):
    greeted: list[int] = []
    hello = sandbox_sockets._hello
    monkeypatch.setattr(
        sandbox_sockets, "_hello", lambda *given: greeted.append(given[0]) or hello(*given)
    )
    with listening(by_socket):
        sockets.cut()
        by_socket.until(lambda: len(greeted) == 2, "a new socket")


def test_until_slack_greets_the_next_socket_the_one_before_is_used(by_socket, monkeypatch):
    link, made = sandbox_sockets._Link, []
    asked, greeting = threading.Event(), threading.Event()

    def link_later(*args):
        made.append(args)
        if len(made) > 1:
            asked.set()
            assert greeting.wait(60)
        return link(*args)

    monkeypatch.setattr(sandbox_sockets, "_Link", link_later)
    monkeypatch.setattr(socket, "GREETING", 60.0)
    with listening(by_socket):
        incident, channel = by_socket.incident_with_channel()
        # Nothing is closed by it: the app decides when it lets go.
        sockets.disconnect("warning")
        assert asked.wait(60)
        by_socket.people.say("bo", channel, "@incident severity major", wait=False)
        by_socket.until(lambda: sockets._waiting, "the message to be sent")
        greeting.set()
        by_socket.settle()
        by_socket.until(lambda: sockets.count() == 1, "the one before to be closed")
        incident.refresh_from_db()
        assert incident.severity == "2"


def test_several_processes_share_the_work(by_socket):
    with listening(by_socket), listening(by_socket):
        incident, channel = by_socket.incident_with_channel()
        for number in range(6):
            by_socket.people.say("bo", channel, f"@incident action step {number}")
        by_socket.settle()
        assert incident.action_items().count() == 6
    stored = InboxRequest.objects.values_list("delivery", flat=True)
    assert len(stored) == len(set(stored))


def test_socket_mode_that_is_off_is_said(by_socket):
    stop, errors = threading.Event(), []

    def listen():
        try:
            socket.listen(stop)
        except socket.SocketRefused as error:
            errors.append(str(error))

    thread = threading.Thread(target=listen)
    thread.start()
    by_socket.until(lambda: sockets.count() == 1)
    sockets.disconnect("link_disabled", grace=0)
    thread.join(60)
    assert errors == ["Socket Mode was turned off in Slack. Turn it on, and start this again."]


def test_a_token_that_slack_refuses_is_said(by_socket):
    by_socket.faults.add("error", "apps.connections.open", error="invalid_auth")
    with pytest.raises(CommandError, match="does not accept SLACK_APP_TOKEN"):
        call_command("response_socket")


def test_without_a_token_the_command_says_what_to_do(settings):
    settings.SLACK_APP_TOKEN = ""
    with pytest.raises(CommandError, match="SLACK_APP_TOKEN is not set"):
        call_command("response_socket")


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("events_api", {"type": 7}),
        ("events_api", None),
        ("events_api", functools.reduce(lambda inner, _level: [inner], range(20_000), [])),
        ("interactive", []),
        ("slash_commands", {}),
        ("unheard_of", {}),
        (["events_api"], {}),
        ({}, {}),
        (None, "x"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_read_is_taken_once(db, kind, payload):
    assert socket.take(kind, payload) is None
    assert not InboxRequest.objects.exists()
