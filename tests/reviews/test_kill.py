"""A kill between an edit on the web and what follows in Slack loses nothing."""

from __future__ import annotations

import http.client
import json
import threading
import time
from datetime import datetime
from urllib.parse import urlencode, urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from demo.sandbox.models import Message
from response.core.models import Incident
from response.jobs.models import OutboxMessage
from response.slack.features import receivers
from tests.factories import PersonFactory
from tests.server_for_tests import Server, settings_of_process, test_database


@pytest.fixture
def web(transactional_db):
    """The browser of a logged-in person, whose requests run in this process."""
    user = get_user_model().objects.create_user("anna", password="anna")
    PersonFactory(full_name="Anna Ames", display_name="anna", owner=user)
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def path_of(incident):
    return f"/incident/{incident.pk}/edit/details/"


def form_of(web, incident, title):
    """What a browser sends that has opened the form and changed the title in it."""
    form = web.get(path_of(incident)).context["form"]
    values = {name: form[name].value() for name in form.fields}
    sent = {name: as_sent(value) for name, value in values.items() if value not in (None, False)}
    return sent | {"report": title}


def as_sent(value) -> str:
    if isinstance(value, datetime):
        moment = timezone.localtime(value) if timezone.is_aware(value) else value
        return f"{moment:%Y-%m-%dT%H:%M}"
    return str(value)


def rename(web, incident, title):
    return web.post(path_of(incident), form_of(web, incident, title))


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

    monkeypatch.setattr(receivers.requests, "sync_headline", die)
    with pytest.raises(SystemExit):
        rename(web, incident, "New title")
    assert Incident.objects.get().report == "Old title"
    assert OutboxMessage.objects.count() == waiting
    monkeypatch.undo()
    assert rename(web, incident, "New title").status_code == 302
    slack.settle()
    assert "New title" in slack.shown(slack.headline(incident))


# In a process of its own, killed as the kernel does it


class Site:
    """A server process with Response, and a browser that is logged in there."""

    def __init__(self, slack, settings, web) -> None:
        self.slack, self.web = slack, web
        self.server = Server(
            slack,
            settings,
            RESPONSE_TEST_DATABASE=test_database(),
            RESPONSE_TEST_SETTINGS=settings_of_process(
                settings, SITE_URL=settings.SITE_URL, RESPONSE_HEADLINE_DELAY=2
            ),
        )

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """Return the status and the body of an answer; 0 if the server died before it."""
        session, token = self.web.cookies["sessionid"].value, "t" * 32
        headers = {"Cookie": f"sessionid={session}; csrftoken={token}"}
        body = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(form | {"csrfmiddlewaretoken": token})
        address = urlsplit(self.slack.url)
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
        try:
            connection.request("GET" if form is None else "POST", path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()

    def send(self, incident: Incident, form: dict[str, str]) -> int:
        return self.ask(path_of(incident), form)[0]

    def come_back(self) -> None:
        """Start the server again, and do the regular work until there is none."""
        self.slack.faults.clear()
        self.server.start()
        self.slack.until(self._is_done, "what the killed process has left")

    def _is_done(self) -> bool:
        call_command("response_tick")
        return not OutboxMessage.objects.waiting().exists()


@pytest.fixture
def site(slack, settings, web):
    site = Site(slack, settings, web)
    yield site
    site.server.kill()


def renamings(incident) -> list[str]:
    entries = incident.timeline_events().filter(metadata__update_type="incident_report")
    return [entry.metadata["new_value"] for entry in entries]


def expect_it_everywhere_once(site, incident, channel=""):
    slack = site.slack
    assert not OutboxMessage.objects.filter(status=OutboxMessage.FAILED).exists()
    assert renamings(incident) == ["New title"]
    headline = slack.shown(slack.headline(incident))
    assert ("New title" in headline, "Old title" in headline) == (True, False)
    mark = f'"incident-{incident.pk}-headline"'
    messages = Message.objects.filter(deleted=False)
    assert len([m for m in messages if mark in json.dumps(m.blocks)]) == 1
    if channel:
        told = [message.text for message in slack.messages(channel)]
        assert len([text for text in told if "changed the title to *New title*" in text]) == 1
    status, page = site.ask(f"/incident/{incident.pk}/")
    assert (status, "New title" in page) == (200, True)


@pytest.mark.processes
def test_a_server_killed_the_moment_it_has_answered(slack, site, web):
    incident, channel = slack.incident_with_channel("Old title")
    assert site.send(incident, form_of(web, incident, "New title")) == 302
    site.server.kill()
    assert "Old title" in slack.shown(slack.headline(incident))
    assert OutboxMessage.objects.waiting().filter(method="headline.sync").exists()
    site.come_back()
    expect_it_everywhere_once(site, incident, channel)


@pytest.mark.processes
@pytest.mark.parametrize("fault", ["latency", "drop"])
def test_a_server_killed_while_slack_updates_the_headline(slack, site, web, fault):
    incident = slack.declare("Old title")
    after = {"after_effect": True} if fault == "drop" else {"seconds": 5}
    struck = slack.faults.add(fault, "chat.update", times=1, **after)
    assert site.send(incident, form_of(web, incident, "New title")) == 302

    def has_struck() -> bool:
        struck.refresh_from_db()
        return struck.left == 0

    slack.until(has_struck, "the headline to be updated")
    if fault == "drop":  # Slack has done it, and the answer is lost
        slack.until(lambda: "New title" in slack.shown(slack.headline(incident)))
    site.server.kill()
    site.come_back()
    expect_it_everywhere_once(site, incident)


@pytest.mark.processes
@pytest.mark.parametrize("share", [0.2, 0.6, 1.0, 1.6])
def test_a_server_killed_while_it_stores_the_edit(slack, site, web, share):
    """Then there is all of it or nothing, and what the person sends again is stored."""
    incident, channel = slack.incident_with_channel("Old title")
    for _warm in range(2):
        started = time.monotonic()
        assert site.send(incident, form_of(web, incident, "Old title")) == 302
        lasts = time.monotonic() - started
    assert not OutboxMessage.objects.waiting().exists()
    form = form_of(web, incident, "New title")
    killer = threading.Timer(share * lasts, site.server.kill)
    killer.start()
    status = site.send(incident, form)
    killer.join()

    is_stored = Incident.objects.get().report == "New title"
    assert is_stored or status == 0
    assert renamings(incident) == ["New title"] * is_stored
    assert OutboxMessage.objects.waiting().exists() == is_stored
    if status == 0:  # the person does not know, and sends it again
        site.server.start()
        assert site.send(incident, form) == 302
        site.server.kill()
    site.come_back()
    expect_it_everywhere_once(site, incident, channel)
