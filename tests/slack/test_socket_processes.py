"""``response_socket`` as real processes: stopped, killed, several at once, refused."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from django.core.management import call_command

from demo.sandbox import delivery
from demo.sandbox import sockets as sandbox_sockets
from demo.sandbox.models import Delivery
from demo.sandbox.sockets import sockets
from response.core.models import Action
from response.slack.models import InboxRequest
from tests.server_for_tests import settings_of_process, test_database

pytestmark = pytest.mark.processes


class Listener:
    """``manage.py response_socket`` in a process of its own."""

    def __init__(self, slack, settings, **given: str) -> None:
        self._slack = slack
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "RESPONSE_TEST_DATABASE": test_database(),
            "RESPONSE_TEST_SETTINGS": settings_of_process(
                settings, **{"SLACK_APP_TOKEN": "xapp-sandbox", **given}
            ),
        }
        self.output = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by end()
        self.start()

    def start(self) -> None:
        self.output.truncate(0)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "django", "response_socket", "--skip-checks"],
            env=self.environment, stdout=self.output, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def said(self) -> str:
        self.output.seek(0)
        return self.output.read()

    def is_listening(self) -> bool:
        assert self.process.poll() is None, self.said()
        return "Listening to Slack" in self.said()

    def stop(self) -> int:
        """Send SIGTERM and return the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(120)

    def kill(self) -> None:
        """As the kernel does when memory is short."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def restart(self) -> None:
        self.kill()
        self.start()

    def end(self) -> None:
        self.kill()
        self.output.close()


@pytest.fixture
def listen(slack, settings) -> Iterator:
    """Start a process, and wait until its socket is open; ``ready=False`` does not wait."""
    settings.SANDBOX_SOCKET_MODE = True
    settings.SANDBOX_RETRY_DELAYS = (0.5, 1, 2)
    started: list[Listener] = []

    def start(*, ready: bool = True, **given: str) -> Listener:
        listener = Listener(slack, settings, **given)
        started.append(listener)
        if ready:
            slack.until(listener.is_listening, "the socket to be open")
        return listener

    yield start
    for listener in started:
        listener.end()


def actions() -> Counter:
    return Counter(Action.objects.values_list("details", flat=True))


def acknowledged() -> set[str]:
    """The texts of the mentions that were acknowledged."""
    done = Delivery.objects.filter(status=200, payload__event__type="app_mention")
    return {d.payload["event"]["text"].rpartition(" action ")[2] for d in done}


def test_told_to_stop_it_answers_what_has_come_and_goes(slack, listen, settings):
    settings.SANDBOX_RETRY_DELAYS = (0, 2, 10, 30)  # the next process takes a while to start
    listener = listen()
    _incident, channel = slack.incident_with_channel()
    for number in range(8):
        slack.people.say("bo", channel, f"@incident action step {number}", wait=False)
    slack.until(acknowledged)
    assert listener.stop() == 0
    assert "Traceback" not in listener.said()
    assert "Stopped." in listener.said()
    # What it did not acknowledge comes to the next one.
    listen()
    slack.until(lambda: len(actions()) == 8, "all actions")
    assert set(actions().values()) == {1}


def test_killed_at_any_moment_it_loses_nothing_that_was_acknowledged(slack, listen):
    chance = random.Random()
    listener = listen()
    _incident, channel = slack.incident_with_channel()
    for round_ in range(4):
        for number in range(6):
            slack.people.say("bo", channel, f"@incident action step {round_}.{number}", wait=False)
        time.sleep(chance.uniform(0, 0.6))
        listener.restart()
        slack.until(listener.is_listening, "the socket to be open")
    slack.until(lambda: delivery.in_background.wait(0.05), "the last delivery")
    call_command("response_tick")
    sure = acknowledged()
    assert sure
    done = actions()
    assert sure <= set(done)
    assert set(done.values()) == {1}


def test_each_envelope_is_worked_on_once_by_several_processes(slack, listen):
    for _ in range(3):
        listen()
    slack.until(lambda: sockets.count() == 3)
    _incident, channel = slack.incident_with_channel()
    for number in range(12):
        slack.people.say("bo", channel, f"@incident action step {number}", wait=False)
    slack.until(lambda: len(actions()) == 12, "all actions")
    slack.settle()
    assert set(actions().values()) == {1}
    stored = InboxRequest.objects.values_list("delivery", flat=True)
    assert len(stored) == len(set(stored))


def test_the_new_socket_is_open_before_the_old_one_is_dropped(slack, listen, monkeypatch):
    greeted: list[int] = []
    hello = sandbox_sockets._hello
    monkeypatch.setattr(
        sandbox_sockets, "_hello", lambda n, lifetime: greeted.append(n) or hello(n, lifetime)
    )
    listener = listen()
    for reason in ("warning", "refresh_requested"):
        before = len(greeted)
        # Long enough for a busy machine: the app drops the old socket itself.
        sockets.disconnect(reason, grace=60)
        slack.until(lambda before=before: len(greeted) > before, "a new socket")
        # The old one counts: it was there still.
        assert greeted[before] == 2
        # What comes through the new one is answered at once.
        assert slack.people.command("bo", "general", "/incident list").ok
        slack.until(lambda: sockets.count() == 1)
    assert listener.stop() == 0


def test_a_forms_answer_travels_in_the_acknowledgement(slack, listen):
    listen()
    slack.people.command("bo", "general", "/incident x")
    view = slack.until(lambda: slack.people.open_view("bo"), "the form")
    answer = slack.people.submit("bo", view, {"report": "   "})
    assert "report" in answer.errors


def test_a_token_that_is_revoked_meanwhile_ends_it_with_a_sentence(slack, listen):
    listener = listen()
    slack.faults.add("error", "apps.connections.open", error="token_revoked")
    sockets.disconnect("refresh_requested")
    assert listener.process.wait(120) == 2
    assert "SLACK_APP_TOKEN was revoked (token_revoked)" in listener.said()
    assert "Traceback (most recent call last)" not in listener.said()
    assert "xapp-sandbox" not in listener.said()


def test_socket_mode_that_is_turned_off_ends_it_with_a_sentence(slack, listen):
    listener = listen()
    sockets.disconnect("link_disabled", grace=0)
    assert listener.process.wait(120) == 2
    assert "Socket Mode was turned off in Slack. Turn it on" in listener.said()


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"SLACK_APP_TOKEN": ""}, "", "SLACK_APP_TOKEN is not set"),
        ({"SLACK_APP_TOKEN": "xoxb-1"}, "", "SLACK_APP_TOKEN is not an app-level token"),
        ({"SLACK_APP_TOKEN": "xapp-1 \n"}, "", "SLACK_APP_TOKEN is not an app-level token"),
        ({}, "invalid_auth", "does not accept SLACK_APP_TOKEN for Socket Mode (invalid_auth)"),
        ({}, "not_allowed_token_type", "does not accept SLACK_APP_TOKEN for Socket Mode"),
        ({}, "missing_scope", "with the scope connections:write"),
        ({}, "forbidden_team", "Socket Mode is off for this app"),
    ],
)
def test_what_has_to_be_mended_is_said_and_the_status_is_2(slack, listen, given, error, said):
    if error:
        slack.faults.add("error", "apps.connections.open", error=error)
    listener = listen(ready=False, **given)
    assert listener.process.wait(120) == 2
    assert said in listener.said()
    assert "Traceback" not in listener.said()


def test_it_waits_while_slack_is_away_and_can_be_stopped_meanwhile(slack, listen):
    slack.faults.add("500", "apps.connections.open")
    waiting = listen(ready=False)
    slack.until(lambda: "trying again" in waiting.said(), "the first try")
    slack.faults.clear()
    slack.until(waiting.is_listening, "the socket to be open")
    slack.faults.add("500", "apps.connections.open")
    other = listen(ready=False)
    slack.until(lambda: "trying again" in other.said(), "the first try")
    assert other.stop() == 0


def test_an_eleventh_process_is_told_that_there_are_too_many(slack, listen, monkeypatch):
    listen()
    monkeypatch.setattr(sandbox_sockets, "MOST", 1)
    one_too_many = listen(ready=False)
    assert one_too_many.process.wait(120) == 2
    assert "run fewer of these processes" in one_too_many.said()
