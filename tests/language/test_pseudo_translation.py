"""The story once more, in a language in which every vowel has an accent."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command

from demo.sandbox.models import Message
from demo.sandbox.workspace import BOT_USER
from response.core.models import Incident
from response.slack.decorators.incident_command import commands
from tests.language.pseudo import missed, pseudo, spoken, visible


def test_placeholders_and_markup_stay():
    assert pseudo("Hi %(name)s, <b>see</b> `code` {x} :fire:") == (
        "Hí %(name)s, <b>séé</b> `code` {x} :fire:"
    )
    assert missed("Hí thére", ()) == []
    assert missed("Hí there `code`", ()) == ["there"]
    assert missed("Hí Ada", ["Ada"]) == []


def test_what_slack_says(reader, slack):
    check = reader.check
    people = slack.people
    people.command("ada", "general", "/incident xqz-title")
    view = people.open_view("ada")
    check(" | ".join(spoken(view.view)), "the form")
    refused = people.submit("ada", view, {"report": "   "})
    check(" | ".join(refused.errors.values()), "the form's errors")
    assert people.submit("ada", view, {"summary": "xqz-summary", "severity": "2"}).ok
    slack.settle()
    incident = Incident.objects.get()
    channel = slack.open_channel(incident, "bo")
    for text in [
        "help", *(f"help {name}" for name in commands.snapshot()), "nonsense", "lead", "lead @bo",
        "lead xqz", "severity", "severity 1", "severity xqz", "summary", "summary xqz-summary",
        "impact xqz-impact", "impact", "action xqz-action", "action", "action done 1",
        "action done 7", "duration", "rename xqz", "close", "close", "reopen", "lead",
    ]:  # fmt: skip
        slack.tell_bot("bo", channel, text)
    for typed in ("list", "help", "lead", "close", ""):
        check(
            people.command("bo", "general", f"/incident {typed}").body or "", f"/incident {typed}"
        )
        check(people.command("bo", channel, f"/incident {typed}").body or "", f"/incident {typed}")
    people.press("bo", slack.headline(incident), "edit-incident-button")
    check(" | ".join(spoken(people.open_view("bo").view)), "the edit form")
    slack.settle()
    for message in Message.objects.filter(user=BOT_USER, subtype=""):
        check(message.text, "a message")
        check(" | ".join(spoken(message.blocks)), f"the blocks of {message.text!r}")
    assert Message.objects.filter(user=BOT_USER).count() > 10


PAGES = ["/", "/?status=all&q=xqz", "/shortcuts/", "/actions/", "/incident/declare/",
         "/incident/{id}/", "/incident/999/"]  # fmt: skip


def test_what_the_pages_say(slack, reader, client, django_user_model):
    check = reader.check
    incident = slack.declare("xqz-title", summary="xqz-summary", severity="2")
    slack.open_channel(incident)
    client.force_login(django_user_model.objects.create_superuser("anna"))
    for path in PAGES:
        page = client.get(path.format(id=incident.pk)).content.decode()
        check(visible(page), path)
    for part in ("summary", "impact", "lead", "severity", "report"):
        page = client.get(f"/incident/{incident.pk}/edit/{part}/")
        if page.status_code == 200:
            check(visible(page.content.decode()), f"editing {part}")
    refused = client.post("/incident/declare/", {"report": "", "severity": "9"})
    check(visible(refused.content.decode()), "a form's errors")


def test_what_the_api_says(reader, admin_client):
    check = reader.check
    for answer in (
        admin_client.post("/core/incidents/", "{}", content_type="application/json"),
        admin_client.get("/core/incidents/999/"),
        admin_client.delete("/core/incidents/"),
    ):
        assert answer.status_code >= 400
        body = answer.json()
        said = [str(body.get("detail", "")), *_sentences(body.get("errors", {}))]
        check(" | ".join(said), answer.request["PATH_INFO"], "DELETE")


def _sentences(value):
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _sentences(item)
    else:
        yield str(value)


def test_what_commands_say(slack, reader, settings):
    """The doctor, with everything wrong that can be; and the status."""
    settings.SITE_URL = "http://127.0.0.1:9"
    settings.LOGIN_URL = "/nowhere/"
    settings.INCIDENT_CHANNEL_NAME = "xqz"
    settings.TIME_ZONE = "America/Chicago"
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("response_doctor", "--json", stdout=out)
    for finding in json.loads(out.getvalue())["findings"]:
        if finding["name"] in ("address", "scopes"):  # the system's own words, and lists of names
            continue
        for said in (finding["what"], finding["remedy"]):
            reader.check(said, finding["name"], *TYPED)


#: What stands in code and is typed as it is.
TYPED = [
    "America/Chicago", "nowhere", "AfterResponseRunner", "Sandbox", "sandbox", "manage.py",
    "python", "include", "accounts", "path", "auth", "urls", "contrib", "django", "localhost",
    "SQLite", "True", "response_tick", "migrate", "response_status", "response",
]  # fmt: skip
