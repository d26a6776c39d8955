"""A story in which everything happens, with every button pressed, in the pseudo-translation."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from demo.sandbox.models import Grant, Message
from demo.sandbox.workspace import BOT_USER
from response.core.actors import Actor, acting_as
from response.core.models import (
    ExternalUser,
    Field,
    Incident,
    Review,
    Role,
    Severity,
    Subscription,
    Update,
)
from response.core.reviews import writing
from response.jobs import timers
from response.models import Rule
from response.setup import scopes
from response.slack.features import overdue_reminders, reminders
from response.slack.jobs import requests
from response.worker import status, tick
from tests.factories import ActionFactory
from tests.language.pseudo import spoken

#: What stands in code, and the sandbox's own words.
TYPED_THERE = [
    "C0SANDBOX", "S0SANDBOX", "bo", "xqz", "role | roles", "nobody-here", "channels:manage",
    "missing_scope", "Please complete this required field",
]  # fmt: skip
ADA, BO = "U0SANDBOX01", "U0SANDBOX02"
COMMANDS = [
    "update xqz", "update", "updates", "subscribe", "unsubscribe", "role comms @bo", "role comms",
    "role", "roles", "role xqz", "field service xqz", "field service", "fields", "field xqz xqz",
    "status monitoring", "status", "status xqz", "mitigated", "detected 13:50", "detected xqz",
    "milestone", "milestone mitigated none", "milestone xqz", "action @bo xqz", "action @bo",
    "action undone 1", "severity", "sev2", "summary", "impact", "lead none", "lead @nobody-here",
    "rename", "rename -", "duration", "xqz", "help", "help role", "help xqz", "close", "reopen",
]  # fmt: skip


def person(user_id: str) -> ExternalUser:
    return ExternalUser.objects.get_or_create_slack(external_id=user_id)[0]


@pytest.fixture
def organisation(reader, slack, settings) -> None:
    """What an organisation configures."""
    reader.known = [*reader.known, *TYPED_THERE]
    settings.RESPONSE_UPDATES_CHANNEL_NAME = "general"
    settings.RESPONSE_METRICS_CHANNEL = "general"
    Role.objects.create(key="comms", name="xqz", description="xqz", in_form=True)
    Field.objects.create(
        key="service", name="xqz", kind="choice", options=["xqz", "xqz-title"],
        required="closing", in_form=True,
    )  # fmt: skip
    Severity.objects.filter(key="2").update(update_after=60)
    Rule.objects.create(
        key="xqz", name="xqz", active=True, invite_users=[BO, "U0NOSUCHONE"],
        invite_groups=["S0NOSUCH"], post_channel="general", post_text="xqz {title}",
        remind_if="lead", remind_after=1,
    )  # fmt: skip
    for kind in (Role, Field, Severity, Rule):
        kind.forget()


def buttons(blocks: Any) -> Iterator[str]:
    if isinstance(blocks, list):
        for block in blocks:
            yield from buttons(block)
    elif isinstance(blocks, dict):
        if blocks.get("type") == "button" and not blocks.get("url"):
            yield str(blocks["action_id"])
        for value in blocks.values():
            if isinstance(value, dict | list):
                yield from buttons(value)


class Presser:
    """Presses each button of each message once, and reads the forms that open."""

    def __init__(self, slack: Any, reader: Any) -> None:
        self.slack, self.reader = slack, reader
        self.pressed: set[tuple[int, str]] = set()

    def press_all(self, user: str = "bo") -> None:
        for message in list(Message.objects.filter(user=BOT_USER, deleted=False)):
            for action in list(buttons(message.blocks)):
                if (message.pk, action) not in self.pressed:
                    self.pressed.add((message.pk, action))
                    self._press(user, message, action)

    def _press(self, user: str, message: Message, action: str) -> None:
        people = self.slack.people
        message.refresh_from_db()
        if message.deleted or action not in buttons(message.blocks):
            return  # an earlier button has changed the message
        people.press(user, message, action)
        self.slack.settle()
        if view := people.open_view(user):
            self.read(view, f"the form of {action}")
            people.close_view(user, view)

    def read(self, view: Any, where: str) -> None:
        self.reader.check(" | ".join(spoken(view.view)), where)
        refused = self.slack.people.submit("bo", view, {})
        self.reader.check(" | ".join((refused.errors or {}).values()), f"{where}, refused")


def test_everything_that_slack_says(organisation, reader, slack):
    presser = Presser(slack, reader)
    incident = slack.declare("xqz-title", severity="2")
    channel = slack.open_channel(incident)
    slack.people.join("bo", channel)
    for typed in COMMANDS:
        slack.tell_bot("bo", channel, typed)
        answered = slack.people.command("bo", channel, f"/incident {typed}")
        reader.check(answered.body or "", f"/incident {typed} in the channel")
        slack.settle()
    message = slack.people.say("bo", channel, "xqz-title")
    slack.people.pin("bo", message)
    slack.people.react("bo", message, "pushpin")
    slack.people.edit(message, "xqz")
    slack.people.say("bo", "general", "@incident lead")
    slack.settle()
    # What comes by itself.
    bo = person(BO)
    with acting_as(Actor(person=person(ADA))):
        Subscription.objects.subscribe(incident, bo)
        Update.objects.post(incident, "xqz", doing="xqz", needed="xqz")
        incident.refresh_from_db()
        incident.summary, incident.impact, incident.lead = "xqz", "xqz", bo
        incident.severity = "1"
        incident.save()
    slack.settle()
    timers.run_due(timezone.now() + timedelta(hours=3))
    for days in (0.1, 1.5, 30):
        reminders.send_due(timezone.now() + timedelta(days=days))
        slack.settle()
    presser.press_all()
    incident.refresh_from_db()
    if not incident.is_closed():
        incident.close()
    slack.settle()
    action = ActionFactory(incident=incident, user=bo, details="xqz",
                           due_date=timezone.now() - timedelta(days=1))  # fmt: skip
    requests.remind_of_actions(bo.pk)
    review = writing.begin(incident, bo)
    Review.objects.update(due_date=timezone.now() - timedelta(days=1))
    for to_channel in (False, True):
        overdue_reminders.requests.remind_of_review(incident.pk, channel=to_channel)
    writing.set_status(review, Review.PUBLISHED)
    slack.settle()
    presser.press_all()
    assert action.pk
    # A private one, one that was only reported, and one that becomes private.
    with acting_as(Actor(person=bo)):
        Incident.objects.create_incident("xqz-title", bo, private=True)
        Incident.objects.create_incident("xqz-title", bo, report_only=True)
    hidden = slack.declare("xqz-title")
    hidden.refresh_from_db()
    hidden.private = True
    hidden.save()
    slack.settle()
    presser.press_all("chidi")
    slack.people.archive("bo", channel)
    slack.settle()
    read_everything(reader)
    assert Message.objects.filter(user=BOT_USER).count() > 40
    assert len({action for _pk, action in presser.pressed}) > 10


def read_everything(reader: Any) -> None:
    for message in Message.objects.filter(user=BOT_USER, subtype=""):
        reader.check(message.text, "a message")
        reader.check(" | ".join(spoken(message.blocks)), f"the blocks of {message.text!r}")


def test_what_is_wrong_with_the_set_up_is_said(organisation, reader, slack, settings):
    incident = slack.declare("xqz-title")
    grant = Grant.objects.create(withheld=["channels:manage", "reactions:write"])
    slack.people.press("bo", slack.headline(incident), "create-comms-channel-button")
    slack.until(lambda: slack.whispers("bo"))
    grant.delete()
    settings.RESPONSE_CREATE_INCIDENTS_CHANNEL = False
    settings.INCIDENT_CHANNEL_NAME = "xqz"
    slack.people.command("ada", "general", "/incident xqz-title")
    slack.people.submit("ada", slack.people.open_view("ada"), {})
    slack.until(lambda: slack.direct_messages("ada"))
    slack.faults.add("error", "views.open", error="internal_error")
    slack.people.command("bo", "general", "/incident xqz-title")
    read_everything(reader)


# Commands


@pytest.mark.django_db
@pytest.mark.parametrize("broken", [False, True])
def test_what_the_status_says(reader, broken, monkeypatch):
    from tests.language.test_every_page import fill

    if broken:
        fill()
    else:
        tick.minute(alone=False)
    out = StringIO()
    with contextlib.suppress(SystemExit):
        call_command("response_status", stdout=out)
    reader.check(out.getvalue(), "response_status", "webhook.deliver", "response_tick", "degraded")
    reader.check(" | ".join(status.gather().problems), "the problems", "response_tick")


@pytest.mark.django_db
def test_what_the_configuration_says(reader, tmp_path):
    file = tmp_path / "xqz.yaml"
    known = [
        "critical",
        "aliases",
        "emoji",
        "red",
        "severitys",
        "xqz.yaml",
        str(tmp_path),
        "severities",
        "statuses",
        "colour",
        "color",
        "name",
        "key",
    ]
    for text in (
        "severities:\n  - {key: '1', name: xqz}\n",
        "severities:\n  - {key: '1', name: xqz, color: red}\n",
        "severities:\n  - {key: '1'}\n  - {key: '1', colour: pink, aliases: 3}\n",
        "statuses:\n  - {key: live, category: nowhere, default: 7}\n",
        "severitys: []\n", "- 1\n", "severities: {", "",
    ):  # fmt: skip
        file.write_text(text, "utf-8")
        for what in ("diff", "load"):
            out = StringIO()
            try:
                with contextlib.suppress(SystemExit):
                    call_command("response_config", what, str(file), stdout=out)
            except CommandError as error:
                out.write(str(error))
            # The reader of YAML has its own words.
            said = out.getvalue().partition("expected")[0]
            reader.check(said, f"response_config {what} of {text!r}", *known)


@pytest.mark.parametrize(
    ("values", "command"),
    [
        ({"SLACK_APP_TOKEN": ""}, ["response_socket"]),
        ({"SLACK_APP_TOKEN": "xoxb-1"}, ["response_socket"]),
        ({"SITE_URL": ""}, ["response_manifest"]),
        ({"ROOT_URLCONF": "demo.sandbox.urls"}, ["response_manifest"]),
        ({}, ["response_manifest", "--create", "xoxb-1"]),
    ],
)
def test_what_commands_refuse(reader, settings, values, command):
    for key, value in values.items():
        setattr(settings, key, value)
    with pytest.raises(CommandError) as raised:
        call_command(*command)
    reader.check(
        str(raised.value), " ".join(command), "path", "include", "urls", "slash_command",
        "connections:write", "response.slack.urls", "socket-mode", "xoxe.xoxp", "api.slack.com",
        "apps", "incidents.example.com",
    )  # fmt: skip


def test_what_the_manifest_says(reader):
    out = StringIO()
    call_command("response_manifest", stdout=out)
    manifest = json.loads(out.getvalue())
    [command] = manifest["features"]["slash_commands"]
    [shortcut] = manifest["features"]["shortcuts"]
    for said in (
        command["description"], command["usage_hint"], shortcut["name"], shortcut["description"],
        manifest["display_information"]["description"],
    ):  # fmt: skip
        reader.check(said, "the manifest")


def test_what_the_doctor_says_when_all_is_well(set_up_of_doctor, reader):
    out = StringIO()
    call_command("response_doctor", stdout=out)
    names = [scope.name for scope in scopes.SCOPES]
    reader.check(
        out.getvalue(), "response_doctor", "AfterResponseRunner", "Sandbox", "SQLite", "localhost",
        *TYPED, *names,
    )  # fmt: skip


TYPED = ["/admin/login/", "response_manifest", "manage.py", "Bot", "event", "sandbox"]


@pytest.fixture
def set_up_of_doctor(slack, settings):
    settings.LOGIN_URL = "/admin/login/"
    tick.minute(alone=False)
    slack.declare("xqz-title")
    return slack
