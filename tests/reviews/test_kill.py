"""A kill between an edit on the web and what follows in Slack loses nothing."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client

from response.core.models import Incident
from response.jobs.models import OutboxMessage
from response.slack.features import subscribers
from tests.factories import PersonFactory


@pytest.fixture
def web(transactional_db):
    """A browser of somebody who has logged in, whose requests run in this process."""
    user = get_user_model().objects.create_user("anna", password="anna")
    PersonFactory(full_name="Anna Ames", display_name="anna", owner=user)
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def rename(web, incident, title):
    address = f"/incident/{incident.pk}/edit/details/"
    form = web.get(address).context["form"]
    sent = {"report": title, "shown": form.initial["shown"], "start_time": "2026-03-01T14:05",
            "report_time": "2026-03-01T14:05", "status_key": "live"}  # fmt: skip
    return web.post(address, sent)


def test_killed_after_the_commit_the_headline_follows_with_the_next_tick(slack, web, settings):
    incident, channel = slack.incident_with_channel("Old title")
    slack.settle()
    # From here on nothing runs after the answer: as if the process had died with the commit.
    settings.RESPONSE_RUNNER = "response.worker.runners.TickRunner"
    assert rename(web, incident, "New title").status_code == 302
    assert Incident.objects.get().report == "New title"
    assert "Old title" in slack.shown(slack.headline(incident))

    call_command("response_tick")
    slack.settle()

    assert "New title" in slack.shown(slack.headline(incident))
    told = [m.text for m in slack.messages(channel) if "New title" in m.text]
    assert len([text for text in told if "changed the title" in text]) == 1


def test_killed_before_the_commit_there_is_neither_edit_nor_headline(slack, web, monkeypatch):
    incident, _channel = slack.incident_with_channel("Old title")
    slack.settle()
    waiting = OutboxMessage.objects.count()

    def die(*args, **kwargs):
        raise SystemExit

    monkeypatch.setattr(subscribers.requests, "sync_headline", die)
    with pytest.raises(SystemExit):
        rename(web, incident, "New title")
    assert Incident.objects.get().report == "Old title"
    assert OutboxMessage.objects.count() == waiting
    monkeypatch.undo()
    assert rename(web, incident, "New title").status_code == 302
    slack.settle()
    assert "New title" in slack.shown(slack.headline(incident))
