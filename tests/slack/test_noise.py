"""How much the bot says in an ordinary incident: what is not configured adds nothing."""

from __future__ import annotations

import pytest

from demo.sandbox.models import Message
from response.core.models import Severity
from response.rules.models import Rule
from response.worker import tick

#: What it said before there were updates and rules.
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


def test_an_ordinary_incident_is_as_quiet_as_before(slack):
    assert ordinary(slack) == BEFORE


def test_rules_that_are_for_others_say_nothing(slack):
    Severity.forget()
    severity = Severity.with_key("4")
    severity.update_after = 30
    severity.save()
    Rule.objects.create(
        key="minor", name="Minor", active=True, severities=["4"], invite_users=["U0SANDBOX03"],
        post_channel="general", post_text="x", remind_if="lead", remind_after=1, archive_after=1,
    )  # fmt: skip
    assert ordinary(slack) == BEFORE
