"""Severities and statuses that a project has configured, in Slack."""

from __future__ import annotations

import json

import pytest

from response.core.models import Incident, Severity, Status
from response.setup.configuration import sync
from response.slack.decorators.incident_command import commands
from response.slack.render import forms, messages
from response.slack.render.incident_view import IncidentView
from tests.api.test_statuses import FIVE
from tests.factories import IncidentFactory


@pytest.fixture
def slack(slack_in_process):
    """Nothing here needs a server or threads."""
    return slack_in_process


def severity_of(incident: Incident) -> str | None:
    return Incident.objects.get(pk=incident.pk).severity


def test_whatever_people_call_a_severity_is_understood_at_once(slack):
    incident, channel = slack.incident_with_channel()
    for word, key in {"sev2": "2", ":fire:": "1", "P3": "3", "severity 4": "4"}.items():
        slack.tell_bot("bo", channel, f"severity {word}")
        assert severity_of(incident) == key, word
    slack.tell_bot("bo", channel, "p2")
    assert severity_of(incident) == "2"
    sync.load(FIVE)
    for word, key in {
        "SEV0": "p0", "sev1": "1", "on fire": "p0", "SEV-2": "2", "🔥": "p0", "s2": "2",
        "sev 4!": "4", "4": "4",
    }.items():  # fmt: skip
        slack.tell_bot("bo", channel, f"severity {word}")
        assert severity_of(incident) == key, word
    slack.tell_bot("bo", channel, "sev0")
    assert severity_of(incident) == "p0"
    message = slack.tell_bot("bo", channel, "severity SEV3")
    assert severity_of(incident) == "p0"
    assert slack.reactions(message) == ["question"]
    assert "`SEV0` (p0)" in slack.shown(slack.messages(channel)[-1])


def test_a_renamed_severity_is_renamed_in_open_headlines_and_forms(slack):
    incident = slack.declare("The checkout is down", severity="1")
    closed = slack.declare("Old", severity="1")
    closed.close()
    slack.settle()
    updates = len(slack.calls("chat.update"))
    row = Severity.objects.get(key="1")
    row.name = "Meltdown"
    row.save()
    slack.settle()
    assert "Meltdown" in slack.shown(slack.headline(incident))
    assert len(slack.calls("chat.update")) == updates + 1
    [form] = [e for e in forms.report("", False).elements if e.name == "severity"]
    assert form.options[0] == ("Meltdown", "1")
    assert form.value is None
    row.default = True
    row.save()
    [form] = [e for e in forms.report("", False).elements if e.name == "severity"]
    assert form.value == "1"


def test_what_a_list_of_slack_has_no_place_for_is_chosen_in_it_if_the_incident_has_it(slack):
    for model, more in ((Severity, {}), (Status, {"category": "live"})):
        model.objects.bulk_create(
            model(key=f"k{number}", name=f"Kind {number}", rank=1000 + number, **more)
            for number in range(110)
        )
        model.forget()
    incident, channel = slack.incident_with_channel()
    for command in ("severity kind 109", "status kind 108"):
        message = slack.tell_bot("bo", channel, command)
        assert slack.reactions(message) == ["white_check_mark"]
    for message in (slack.headline(incident), slack.messages(channel)[0]):
        selects = [
            element
            for block in message.blocks
            for element in (block.get("accessory") or {}, *block.get("elements", []))
            if element.get("type") == "static_select"
        ]
        assert selects, "Slack refused the blocks"
        for select in selects:
            assert len(select["options"]) == 100
            assert select["initial_option"] in select["options"]
            assert select["initial_option"]["text"]["text"].endswith(("109", "108"))
    slack.people.press("ada", slack.headline(incident), "edit-incident-button")
    view = slack.people.open_view("ada")
    assert slack.people.submit("ada", view, {"summary": "The cache is full"}).ok
    slack.settle()
    incident.refresh_from_db()
    assert (incident.severity, incident.status) == ("k109", "k108")
    assert incident.summary == "The cache is full"


def test_a_status_is_set_by_command_and_said_once(slack):
    incident, channel = slack.incident_with_channel()
    said = len(slack.messages(channel))
    updates = len(slack.calls("chat.update"))
    message = slack.tell_bot("bo", channel, "status monitoring")
    assert Incident.objects.get().status == "monitoring"
    assert slack.reactions(message) == ["white_check_mark"]
    assert len(slack.messages(channel)) == said, "everyone has seen the command"
    # The headline and the pinned welcome, each once.
    assert len(slack.calls("chat.update")) == updates + 2
    assert "monitoring" in slack.shown(slack.headline(incident))
    entry = incident.timelineevent_set.get(metadata__update_type="incident_status")
    assert entry.text == "Incident status updated from live to monitoring"
    assert entry.actor.external_id == "U0SANDBOX02"
    slack.tell_bot("bo", channel, "status")
    told = slack.shown(slack.messages(channel)[-1])
    assert "The status is *monitoring*" in told
    assert "`resolved`" in told
    assert "`reported`" not in told
    message = slack.tell_bot("bo", channel, "status whatever")
    assert slack.reactions(message) == ["question"]
    slack.tell_bot("bo", channel, "status resolved")
    assert Incident.objects.get().is_closed()
    slack.tell_bot("bo", channel, "status investigating")
    assert Incident.objects.get().status_key == "investigating"


def chosen(message, key: str) -> str:
    """The value of an option of the headline's select."""
    [select] = [block["accessory"] for block in message.blocks if "accessory" in block]
    assert select["action_id"] == "status-select"
    return next(o["value"] for o in select["options"] if json.loads(o["value"])["status"] == key)


def test_a_status_is_chosen_in_the_headline_and_told_in_the_channel(slack):
    incident, channel = slack.incident_with_channel()
    said = len(slack.messages(channel))
    headline = slack.headline(incident)
    value = chosen(headline, "identified")
    slack.people.press("bo", headline, "status-select", value)
    slack.settle()
    assert Incident.objects.get().status == "identified"
    [line] = slack.messages(channel)[said:]
    assert line.text == "✏️ <@U0SANDBOX02> set the status to *identified*."
    Incident.objects.get().close()
    slack.settle()
    slack.people.press("bo", headline, "status-select", value)
    slack.settle()
    assert Incident.objects.get().is_closed()
    assert "already closed" in slack.whispers("bo")[-1]


def test_changes_of_the_status_come_to_one_line(slack):
    incident, channel = slack.incident_with_channel()
    said = len(slack.messages(channel))
    for key in ("investigating", "monitoring", "resolved"):
        Incident.objects.get().set_status(Status.objects.get(key=key))
    slack.settle()
    texts = [slack.shown(message) for message in slack.messages(channel)[said:]]
    assert len(texts) == 1
    assert "closed this incident after" in texts[0]
    incident.refresh_from_db()
    assert incident.status_key == "resolved"


@pytest.mark.django_db
def test_a_report_and_one_status_offer_no_choice_in_the_headline():
    sync.load(
        b"statuses: [{key: live, name: l, category: live, default: yes},"
        b" {key: resolved, name: r, category: closed, default: yes},"
        b" {key: reported, name: p, category: reported, default: yes}]"
    )
    for report_only in (True, False):
        incident = IncidentFactory(report_only=report_only)
        headline = messages.headline(IncidentView.from_incident(incident), [])
        assert "status-select" not in str(headline.serialize())


@pytest.mark.django_db
def test_names_are_escaped_in_messages():
    sync.load(
        b'severities: [{key: "1", name: "<!channel> & co"}, {key: "2", name: "<@U1>`x`"}]\n'
        b'statuses: [{key: live, name: "<!here>", category: live, default: yes},'
        b' {key: more, name: "<!everyone>", category: live},'
        b" {key: resolved, name: r, category: closed, default: yes},"
        b" {key: reported, name: p, category: reported, default: yes}]"
    )
    incident = IncidentFactory(severity="1")
    view = IncidentView.from_incident(incident)
    told = [
        *messages.headline(view, []).serialize(),
        *messages.private_headline(view).serialize(),
        *messages.welcome(view, "@incident").serialize(),
    ]
    mrkdwn = [
        text["text"]
        for block in told
        for text in [block.get("text"), *block.get("fields", [])]
        if text and text["type"] == "mrkdwn"
    ]
    said = [
        *mrkdwn,
        messages.headline_fallback(view),
        *(commands.find(name).fn(incident, "U1", "")[1] for name in ("severity", "status")),
    ]
    for text in said:
        assert "<!" not in text
        assert "<@U1>" not in text
    assert any("&lt;!here&gt;" in text for text in said)
