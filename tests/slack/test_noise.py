"""How much the bot says in an ordinary incident: what is not configured adds nothing."""

from __future__ import annotations

import pytest

from demo.sandbox.models import Message
from response.core.models import Field, Role, Severity
from response.rules.models import Rule
from response.worker import tick

#: What it said before there were updates and rules, and while it repeated who leads.
BEFORE = 9


@pytest.fixture
def slack(slack_in_process):
    """Nothing here needs a server or threads."""
    return slack_in_process


def ordinary(slack) -> int:
    """Play an incident from its declaration to its end; the number of the bot's messages."""
    incident = slack.declare("The checkout is down", severity="2")
    channel = slack.open_channel(incident)
    slack.people.join("bo", channel)
    for command in ("lead", "summary The cache is full", "action Add a node", "sev1", "duration"):
        slack.tell_bot("bo", channel, command)
    slack.people.press("ada", slack.headline(incident), "edit-incident-button")
    form = slack.people.open_view("ada")
    assert slack.people.submit("ada", form, {"impact": "One checkout in five fails"}).ok
    slack.settle()
    tick.minute(alone=False)
    slack.tell_bot("bo", channel, "close")
    slack.tell_bot("bo", channel, "reopen")
    slack.tell_bot("bo", channel, "close")
    return Message.objects.filter(user=slack.bot, subtype="", deleted=False).count()


def test_an_ordinary_incident_is_quieter_than_before(slack):
    assert ordinary(slack) == BEFORE - 1


@pytest.mark.parametrize(
    "command",
    ["lead", "lead me", "lead @chidi", "lead none", "role lead @chidi", "role comms @chidi",
     "role comms me", "role comms none", "role scribes @chidi, @ada", "sev1", "severity minor",
     "status monitoring", "summary The cache is full", "impact One in five", "field service api",
     "action Add a node", "update We add nodes", "subscribe", "mitigated", "milestone detected"],
)  # fmt: skip
def test_what_a_message_says_itself_is_not_said_again(slack, command):
    Role.objects.create(key="comms", name="Comms")
    Role.objects.create(key="scribes", name="Scribes", several=True)
    Field.objects.create(key="service", name="Service", kind="choice", options=["api"])
    incident, channel = slack.incident_with_channel()
    slack.people.join("bo", channel)
    incident.lead = incident.reporter
    incident.save()
    slack.settle()
    before = len(slack.messages(channel))
    slack.tell_bot("bo", channel, "lead me")
    message = slack.tell_bot("bo", channel, command)
    assert slack.reactions(message) == ["white_check_mark"]
    assert len(slack.messages(channel)) == before


def test_what_a_message_does_not_say_is_answered(slack):
    Role.objects.create(key="scribes", name="Scribes", several=True)
    _incident, channel = slack.incident_with_channel()
    for command, answer in (
        ("lead chidi@example.com", "<@U0SANDBOX03> leads this incident."),
        ("role scribes @chidi", None),
        ("role scribes @ada", "*Scribes*: <@U0SANDBOX03>, <@U0SANDBOX01>"),
        ("mitigated 5 minutes ago", "Mitigated: "),
    ):
        before = len(slack.messages(channel))
        slack.tell_bot("bo", channel, command)
        said = [message.text for message in slack.messages(channel)[before:]]
        assert len(said) == (answer is not None), said
        assert all(text.startswith(answer or "") for text in said), said


def test_rules_that_are_for_others_say_nothing(slack):
    Severity.forget()
    severity = Severity.with_key("4")
    severity.update_after = 30
    severity.save()
    Rule.objects.create(
        key="minor", name="Minor", active=True, severities=["4"], invite_users=["U0SANDBOX03"],
        post_channel="general", post_text="x", remind_if="lead", remind_after=1, archive_after=1,
    )  # fmt: skip
    assert ordinary(slack) == BEFORE - 1
