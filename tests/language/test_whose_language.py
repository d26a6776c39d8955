"""Slack is spoken to in the project's language, readers of pages in their own."""

from __future__ import annotations

import pytest

from demo.sandbox.models import Message
from demo.sandbox.workspace import BOT_USER
from response.core.models import TimelineEvent
from tests.language.pseudo import speak_pseudo, spoken

ACCENTED = "áéíóúýÁÉÍÓÚÝ"


@pytest.fixture
def slack(live_slack):
    """Workers are threads of their own here: what they speak is not what a request left them."""
    return live_slack


@pytest.fixture
def reader(settings, monkeypatch, client, django_user_model):
    """A browser that asks for German, which is the pseudo-translation here."""
    speak_pseudo(monkeypatch, "de")
    at = settings.MIDDLEWARE.index("django.middleware.common.CommonMiddleware")
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE[:at],
        "django.middleware.locale.LocaleMiddleware",
        *settings.MIDDLEWARE[at:],
    ]
    client.force_login(django_user_model.objects.create_superuser("anna"))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    return client


def accented(text: str) -> bool:
    return any(letter in text for letter in ACCENTED)


def test_a_page_speaks_the_readers_language_and_slack_the_projects(slack, reader):
    incident = slack.declare("xqz", severity="2")
    slack.open_channel(incident)
    assert accented(reader.get("/").content.decode())
    assert accented(reader.get(f"/incident/{incident.pk}/").content.decode())
    reader.post(f"/incident/{incident.pk}/close/")
    slack.settle()
    incident.refresh_from_db()
    assert incident.is_closed()
    for message in Message.objects.filter(user=BOT_USER):
        said = message.text + " ".join(spoken(message.blocks))
        assert not accented(said), said
    for event in TimelineEvent.objects.all():
        assert not accented(event.text), event.text


def test_what_alertmanager_writes_is_in_the_projects_language(slack, reader, settings):
    settings.RESPONSE_ALERTMANAGER_TOKEN = "0123456789abcdef"
    alert = {"status": "firing", "labels": {"alertname": "xqz"}, "annotations": {},
             "startsAt": "2026-01-01T00:00:00Z", "fingerprint": "f"}  # fmt: skip
    body = {"version": "4", "groupKey": "g", "status": "firing", "alerts": [alert],
            "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}}  # fmt: skip
    answer = reader.post(
        "/core/alerts/alertmanager/", body, content_type="application/json",
        HTTP_AUTHORIZATION="Bearer 0123456789abcdef",
    )  # fmt: skip
    assert answer.status_code == 200, answer.content
    told = [e.text for e in TimelineEvent.objects.all() if "alert" in e.text]
    assert told
    assert not any(accented(text) for text in told)


def test_slacks_own_headers_do_not_change_the_language(slack, reader):
    status, body = slack.post(
        "slash_command",
        b"command=%2Fincident&user_id=U0SANDBOX01&text=list&channel_id=C0SANDBOX01",
        "application/x-www-form-urlencoded", {"Accept-Language": "de"},
    )  # fmt: skip
    assert status == 200
    assert body
    assert not accented(body)
