"""The examples of docs/extending.md, each run out of the document and driven as people would."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from response.core.models.signals import incident_changed
from response.slack.features import reminders
from response.slack.render.block_kit import Actions, Button, Message

DOCUMENT = Path(__file__).parent.parent / "docs" / "extending.md"


def examples() -> dict[str, str]:
    """The Python example of each section, by the section's heading."""
    found: dict[str, str] = {}
    for section in re.split(r"^## ", DOCUMENT.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        heading = section.split("\n", 1)[0]
        blocks = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
        assert len(blocks) < 2, f"two examples below {heading!r}: each needs a test of its own"
        if blocks:
            found[heading] = blocks[0]
    return found


TESTED: set[str] = set()


def example(heading: str) -> Callable[[Any], Any]:
    """Mark a test as that of the example below ``heading``, which is registered for it."""
    TESTED.add(heading)
    return pytest.mark.parametrize("registered", [heading], indirect=True)


@pytest.fixture
def registered(request, slack) -> Iterator[dict[str, Any]]:
    """The names of an example, whose handlers are registered while the test runs."""
    receivers = list(incident_changed.receivers)
    # Yielded, so that it lives as long as the test: signals hold their receivers weakly.
    namespace: dict[str, Any] = {"__name__": f"example of {request.param}"}
    exec(compile(examples()[request.param], f"{DOCUMENT.name}: {request.param}", "exec"), namespace)
    yield namespace
    incident_changed.receivers = receivers
    incident_changed.sender_receivers_cache.clear()


@pytest.fixture
def incident_and_channel(registered, slack):
    """An incident with a comms channel in which bo and chidi are."""
    incident, channel = slack.incident_with_channel()
    for user in ("bo", "chidi"):
        slack.people.join(user, channel)
    return incident, channel


def test_every_example_has_its_test():
    assert set(examples()) == TESTED


@example("Commands")
def test_commands(slack, incident_and_channel):
    _incident, channel = incident_and_channel
    assert slack.reactions(slack.tell_bot("bo", channel, "runbook")) == ["question"]
    slack.tell_bot("bo", channel, "rb checkout")
    assert slack.messages(channel)[-1].text == "https://runbooks.example.com/checkout"


@example("Buttons in the headline")
def test_buttons_in_the_headline(slack, incident_and_channel):
    incident, _channel = incident_and_channel
    headline = slack.headline(incident)
    slack.people.press("bo", headline, "page-on-call")
    slack.settle()
    thread = [m for m in slack.messages("incidents") if m.thread_ts == headline.ts]
    assert [m.text for m in thread] == ["<@U0SANDBOX02> has paged on-call."]


@example("Forms")
def test_forms(slack, incident_and_channel):
    _incident, channel = incident_and_channel
    Message([Actions(elements=[Button("Publish", "status-page-button")])], "Go").send(channel)
    slack.people.press("bo", slack.messages(channel)[-1], "status-page-button")
    form = slack.people.open_view("bo")
    assert "text" in slack.people.submit("bo", form, {"state": "down", "text": "short"}).errors
    assert slack.people.submit("bo", form, {"state": "down", "text": "We are on it."}).ok
    slack.settle()
    assert slack.messages(channel)[-1].text == "Status page: We are on it."


@example("Events")
def test_events(slack, incident_and_channel):
    incident, channel = incident_and_channel
    slack.people.react("chidi", slack.messages(channel)[0], "eyes")
    slack.settle()
    assert (
        incident.timeline_events().exclude(event_type="incident_update").get().text
        == "<@U0SANDBOX03> is looking into a message"
    )


@example("Keywords")
def test_keywords(slack, incident_and_channel):
    _incident, channel = incident_and_channel
    slack.people.say("bo", channel, "where is the Status Page?")
    slack.settle()
    assert "https://status.example.com" in slack.messages(channel)[-1].text


@example("Reminders")
def test_reminders(slack, incident_and_channel):
    incident, channel = incident_and_channel
    reminders.send_due(incident.report_time + timedelta(minutes=31))
    slack.settle()
    said = " ".join(m.text for m in slack.messages(channel))
    assert "Please write a summary" in said
    assert "Do customers know" in said


@example("When an incident changes")
def test_when_an_incident_changes(slack, incident_and_channel):
    _incident, channel = incident_and_channel
    slack.tell_bot("bo", channel, "severity critical")
    slack.settle()
    assert any("phone tree" in m.text for m in slack.messages(channel))


def test_the_demos_own_app(slack):
    importlib.reload(importlib.import_module("demo.runbooks.slack_handlers"))
    incident, channel = slack.incident_with_channel()
    slack.people.join("bo", channel)
    slack.tell_bot("bo", channel, "runbook database")
    assert "runbooks.example.com/database" in slack.messages(channel)[-1].text
    slack.people.say("bo", channel, "Customers are calling")
    slack.settle()
    assert slack.messages(channel)[-1].thread_ts
    slack.people.press("bo", slack.headline(incident), "tell-customers")
    form = slack.people.open_view("bo")
    assert slack.people.submit("bo", form, {"note": "short"}).errors
    assert slack.people.submit("bo", form, {"note": "We know, and are on it."}).ok
    slack.settle()
    assert (
        incident.timeline_events().exclude(event_type="incident_update").get().text
        == "Told customers: We know, and are on it."
    )
    assert reminders.send_due(incident.report_time + timedelta(minutes=16)) == 2
