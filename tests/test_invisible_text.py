"""Text that shows nothing is refused at every entrance where something has to be said."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from rest_framework.test import APIClient

from response.core.models import Action, Incident, TimelineEvent
from response.core.models.update import Update
from response.jobs.models import OutboxMessage
from response.slack.decorators.form_error import FormError
from response.slack.handlers import commands, forms
from response.slack.render import forms as slack_forms
from tests.admin_pages import filled
from tests.factories import ActionFactory, CommsChannelFactory, PersonFactory

pytestmark = pytest.mark.django_db

NOTHING = [
    "",
    "  \n\t ",
    "\u200b",  # zero-width space
    "\u200e \u200f",  # marks of direction
    "\u202e\u2066",  # overrides and isolates of direction
    "\ufeff\u2060\u00ad\u180e",
    "\u3164\uffa0\u115f\u2800",  # fillers that are letters or symbols by category
    "\u00a0\u2003\u3000",
    "\ufe0f\u034f",  # marks that show nothing themselves
    "\U000e0020\U000e0041",  # tags
]


@pytest.fixture
def incident() -> Incident:
    """An open incident with a channel, an action, and an entry in its timeline."""
    incident: Incident = CommsChannelFactory().incident
    ActionFactory(incident=incident)
    return incident


@pytest.fixture
def stored(incident: Incident) -> Callable[[], Any]:
    """What is stored of titles, actions and entries."""
    return lambda: [
        list(model.objects.order_by("pk").values_list(field, flat=True))
        for model, field in ((Incident, "report"), (Action, "details"), (TimelineEvent, "text"))
    ]


# The entrances: each is given a text, and returns the sentences with which it was refused.


def in_code(incident: Incident, client: Client, text: str) -> list[str]:
    """A project's own code declares."""
    with pytest.raises(ValidationError) as refused:
        Incident.objects.create_incident(text, None)
    return refused.value.messages


def an_update(incident: Incident, client: Client, text: str) -> list[str]:
    """A person posts an update, by whichever entrance."""
    with pytest.raises(ValidationError) as refused:
        Update.objects.post(incident, text)
    return refused.value.messages


def by_the_api(method: str, address: str, field: str) -> Callable[..., list[str]]:
    """A program writes ``field``."""

    def write(incident: Incident, client: Client, text: str) -> list[str]:
        api = APIClient()
        api.force_login(PersonFactory(owner=client.account).owner)  # type: ignore[attr-defined]
        action, entry = incident.action_set.get(), incident.timelineevent_set.first()
        url = address.format(incident=incident.pk, action=action.pk, entry=entry.pk)
        answer = getattr(api, method)(f"/core/{url}", {field: text}, format="json")
        assert answer.status_code == 400, answer.content
        errors: list[str] = answer.json()["errors"][field]
        return errors

    return write


def on_a_page(address: str, field: str, **others: str) -> Callable[..., list[str]]:
    """A person sends a page's form."""

    def send(incident: Incident, client: Client, text: str) -> list[str]:
        action, entry = incident.action_set.get(), incident.timelineevent_set.first()
        url = address.format(incident=incident.pk, action=action.pk, entry=entry.pk)
        answer = client.post(f"/incident/{url}/", {field: text, **others})
        assert answer.status_code == 200
        errors = list(answer.context["form"].errors[field])
        assert errors[0] in unescape(answer.content.decode())
        return errors

    return send


def in_the_admin(model: str, field: str) -> Callable[..., list[str]]:
    """An administrator changes a row."""

    def change(incident: Incident, client: Client, text: str) -> list[str]:
        rows = {"incident": incident, "action": incident.action_set.get(),
                "timelineevent": incident.timelineevent_set.first()}  # fmt: skip
        url = f"/admin/response/{model}/{rows[model].pk}/change/"
        answer = client.post(url, {**filled(client.get(url)), field: text})
        assert answer.status_code == 200
        return list(answer.context["adminform"].form.errors[field])

    return change


def declared_in_slack(incident: Incident, client: Client, text: str) -> list[str]:
    """A person sends Slack's form for a new incident."""
    with pytest.raises(FormError) as refused:
        forms.report_incident("U1", "C1", {"report": text, "incident_type": "live"}, "", "")
    return [refused.value.errors["report"]]


def edited_in_slack(incident: Incident, client: Client, text: str) -> list[str]:
    """A person sends Slack's form that edits an incident."""
    state = slack_forms.edit(incident).state or ""
    with pytest.raises(FormError) as refused:
        forms.edit_incident("U1", "C1", {"report": text}, "", state)
    return [refused.value.errors["report"]]


def by_command(name: str) -> Callable[..., list[str]]:
    """A person types a command, and is answered with a sentence, a list or a question."""

    def type_(incident: Incident, client: Client, text: str) -> list[str]:
        OutboxMessage.objects.all().delete()
        _handled, reply = getattr(commands, name)(incident, "U0TEST1", text)
        posted = [job.arguments["text"] for job in OutboxMessage.objects.all()]
        incident.refresh_from_db()
        assert not incident.summary
        assert not incident.impact
        return [reply] if reply else posted

    return type_


ENTRANCES = {
    "code": in_code,
    "update": an_update,
    "API: declare": by_the_api("post", "incidents/", "report"),
    "API: title": by_the_api("patch", "incidents/{incident}/", "report"),
    "API: new action": by_the_api("post", "incidents/{incident}/actions/", "details"),
    "API: action": by_the_api("patch", "incidents/{incident}/actions/{action}/", "details"),
    "API: new entry": by_the_api("post", "incidents/{incident}/timeline/events/", "text"),
    "API: entry": by_the_api("patch", "incidents/{incident}/timeline/events/{entry}/", "text"),
    "page: declare": on_a_page("declare", "report"),
    "page: title": on_a_page("{incident}/edit/details", "report"),
    "page: new action": on_a_page("{incident}/action", "details"),
    "page: action": on_a_page("{incident}/action/{action}", "details"),
    "page: new entry": on_a_page("{incident}/entry", "text"),
    "page: entry": on_a_page("{incident}/entry/{entry}", "text"),
    "admin: title": in_the_admin("incident", "report"),
    "admin: action": in_the_admin("action", "details"),
    "admin: entry": in_the_admin("timelineevent", "text"),
    "Slack: declare": declared_in_slack,
    "Slack: title": edited_in_slack,
    "command: action": by_command("action"),
    "command: summary": by_command("summary"),
    "command: impact": by_command("impact"),
    "command: rename": by_command("rename"),
}


@pytest.mark.many
@pytest.mark.parametrize("entrance", ENTRANCES)
def test_text_that_shows_nothing_is_refused_in_words(
    entrance: str, admin_client: Any, admin_user: Any, incident: Incident, stored: Any
) -> None:
    admin_client.account = admin_user
    PersonFactory(owner=admin_user)
    for text in NOTHING:
        before = stored()
        [said] = ENTRANCES[entrance](incident, admin_client, text)
        assert any(letter.isalpha() for letter in said), repr(text)
        assert stored() == before, repr(text)


@pytest.mark.parametrize("field", ["summary", "impact"])
def test_where_nothing_need_be_said_it_is_stored_as_empty(incident: Incident, field: str) -> None:
    for text in NOTHING:
        setattr(incident, field, text)
        incident.save()
        incident.refresh_from_db()
        assert getattr(incident, field) == ""


def test_an_alert_without_visible_words_is_declared_by_what_it_has(
    client: Client, settings: Any
) -> None:
    settings.RESPONSE_ALERTMANAGER_TOKEN = "an-alertmanager-of-the-tests"
    for number, nothing in enumerate(NOTHING):
        labels = {"alertname": nothing, "instance": f"db-{number}"}
        alert = {"status": "firing", "labels": labels, "annotations": {"summary": nothing},
                 "startsAt": "2030-01-31T13:37:00Z", "endsAt": "0001-01-01T00:00:00Z",
                 "generatorURL": "", "fingerprint": f"f{number}"}  # fmt: skip
        group = {"version": "4", "groupKey": f"{{}}:{number}", "truncatedAlerts": 0,
                 "status": "firing", "receiver": "response", "groupLabels": {},
                 "commonLabels": labels, "commonAnnotations": {"summary": nothing},
                 "externalURL": "", "alerts": [alert]}  # fmt: skip
        answer = client.post(
            "/core/alerts/alertmanager/", json.dumps(group), content_type="application/json",
            headers={"Authorization": "Bearer an-alertmanager-of-the-tests"},
        )  # fmt: skip
        assert answer.status_code == 200, answer.content
        title = Incident.objects.get(pk=answer.json()["incident"]).report
        assert title == f"Alert (instance=db-{number})"
