"""The examples of docs/extending.md, run out of the document and driven as people would."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from response.core.models.signals import incident_changed
from response.slack.features import reminders

DOCUMENT = Path(__file__).parent.parent / "docs" / "extending.md"


@pytest.fixture
def examples(slack):
    """All examples, registered."""
    receivers = list(incident_changed.receivers)
    blocks = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert len(blocks) == 7
    for number, block in enumerate(blocks):
        # Bound to the test: Django's signals hold their receivers weakly.
        namespace = {"__name__": f"extending_example_{number}"}
        exec(compile(block, f"{DOCUMENT.name}#{number}", "exec"), namespace)
        slack.__dict__[f"example_{number}"] = namespace
    yield slack
    incident_changed.receivers = receivers
    incident_changed.sender_receivers_cache.clear()


def test_every_example(examples):
    slack = examples
    incident, channel = slack.incident_with_channel()
    for user in ("bo", "chidi"):
        slack.people.join(user, channel)

    def last():
        return slack.messages(channel)[-1].text

    # Commands
    assert slack.reactions(slack.tell_bot("bo", channel, "runbook")) == ["question"]
    slack.tell_bot("bo", channel, "rb checkout")
    assert last() == "https://runbooks.example.com/checkout"

    # Buttons in the headline
    headline = slack.headline(incident)
    slack.people.press("bo", headline, "page-on-call")
    slack.settle()
    thread = [m for m in slack.messages("incidents") if m.thread_ts == headline.ts]
    assert [m.text for m in thread] == ["<@U0SANDBOX02> has paged on-call."]

    # Forms
    from response.slack.render.block_kit import Actions, Button, Message

    Message([Actions(elements=[Button("Publish", "status-page-button")])], "Go").send(channel)
    slack.people.press("bo", slack.messages(channel)[-1], "status-page-button")
    form = slack.people.open_view("bo")
    assert "text" in slack.people.submit("bo", form, {"state": "down", "text": "short"}).errors
    assert slack.people.submit("bo", form, {"state": "down", "text": "We are on it."}).ok
    slack.settle()
    assert last() == "Status page: We are on it."

    # Events
    slack.people.react("chidi", slack.messages(channel)[0], "star")
    slack.settle()
    assert (
        incident.timeline_events().exclude(event_type="incident_update").get().text
        == "<@U0SANDBOX03> starred a message"
    )

    # Keywords
    slack.people.say("bo", channel, "where is the Status Page?")
    slack.settle()
    assert "https://status.example.com" in last()

    # Reminders
    reminders.send_due(incident.report_time + timedelta(minutes=31))
    slack.settle()
    said = " ".join(m.text for m in slack.messages(channel))
    assert "Please write a summary" in said
    assert "Do customers know" in said

    # When an incident changes
    slack.tell_bot("bo", channel, "severity critical")
    slack.settle()
    assert any("phone tree" in m.text for m in slack.messages(channel))


def test_the_demos_own_app(slack):
    import importlib

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
