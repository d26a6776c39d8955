"""What a person has to fix is said, waits, and goes out once it is fixed."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from demo.sandbox.models import Channel, Grant
from response.jobs.models import OutboxMessage, OutboxQueue
from response.worker import runners, status


@pytest.fixture
def slack(slack_in_process):
    """Nothing here needs a server or threads."""
    return slack_in_process


def go() -> None:
    """Have what waits tried again now."""
    OutboxQueue.objects.update(paused_until=None)
    runners.start_workers()


def test_a_misspelt_incidents_channel_is_never_made(slack, settings, capsys):
    settings.RESPONSE_CREATE_INCIDENTS_CHANNEL = False
    settings.INCIDENT_CHANNEL_NAME = "incidnets"
    incident = slack.declare("Down")
    slack.until(lambda: slack.direct_messages("ada"))
    assert "channel #incidnets" in slack.direct_messages("ada")[0]
    assert "INCIDENT_CHANNEL_NAME" in slack.direct_messages("ada")[0]
    assert not Channel.objects.filter(name="incidnets").exists()
    assert OutboxMessage.objects.filter(blocked=True, status="waiting").count() == 1
    found = status.gather()
    assert found.outbox.blocked == 1
    [problem] = [
        p for c, p in zip(found.codes, found.problems, strict=True) if c == "configuration"
    ]
    assert "channel #incidnets" in problem
    with pytest.raises(SystemExit):
        call_command("response_status")
    assert "channel #incidnets" in capsys.readouterr().out
    settings.INCIDENT_CHANNEL_NAME = "incidents"
    slack.until(lambda: go() or slack.messages("incidents"))
    slack.until(lambda: not OutboxMessage.objects.filter(blocked=True).exists())
    slack.settle()
    assert slack.headline(incident)
    assert not any("Thank you" in text for text in slack.whispers("ada"))  # was told already


def test_a_missing_scope_is_named_to_who_pressed(slack):
    incident = slack.declare("Down")
    grant = Grant.objects.create(withheld=["channels:manage"])
    slack.people.press("bo", slack.headline(incident), "create-comms-channel-button")
    slack.until(lambda: slack.whispers("bo"))
    assert "missing_scope: channels:manage" in slack.whispers("bo")[0]
    slack.until(lambda: OutboxMessage.objects.filter(blocked=True).exists())
    assert "channels:manage" in " ".join(status.gather().problems)
    grant.delete()
    slack.until(lambda: go() or Channel.objects.filter(name__startswith="inc-").exists())
    slack.settle()
