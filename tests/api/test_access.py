"""Who may read and write what."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import override_settings
from django.utils import translation
from rest_framework.permissions import BasePermission
from rest_framework.test import APIClient

from response.models import Action, Event, ExternalUser, Incident, TimelineEvent, UserStats
from tests.api.conftest import allow

ADDRESSES = [
    "",
    "schema/",
    "schema/docs/",
    "incidents/",
    "incidents/{}/",
    "incidents/bymonth/2030/01/",
    "incidents/{}/actions/",
    "incidents/{}/timeline/events/",
    "actions/",
    "users/",
    "users/slack:U012ABCDEF/",
    "events/",
    "events/?after=0",
]
FORGOTTEN: list[dict[str, Any]] = [{}, {"PAGE_SIZE": 10}, {"DEFAULT_PERMISSION_CLASSES": []}]


def without(*names: str) -> dict[str, Any]:
    return {k: v for k, v in settings.REST_FRAMEWORK.items() if k not in names}


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("framework", [*FORGOTTEN, None])
def test_anonymous_reads_nothing(
    anonymous: APIClient, incident: Incident, address: str, framework: dict[str, Any] | None
) -> None:
    chosen = settings.REST_FRAMEWORK if framework is None else framework
    with override_settings(REST_FRAMEWORK=chosen):
        response = anonymous.get("/core/" + address.format(incident.pk))
    assert response.status_code == 403
    assert "Checkout" not in response.content.decode()


@pytest.mark.parametrize("framework", [*FORGOTTEN, None])
def test_anonymous_writes_nothing(
    anonymous: APIClient, incident: Incident, framework: dict[str, Any] | None
) -> None:
    chosen = settings.REST_FRAMEWORK if framework is None else framework
    with override_settings(REST_FRAMEWORK=chosen):
        made = anonymous.post("/core/incidents/", {"report": "x"}, format="json")
        changed = anonymous.patch(f"/core/incidents/{incident.pk}/", {"report": "x"}, format="json")
        # Not even that the body is unreadable is told.
        unreadable = anonymous.post("/core/incidents/", b"{", content_type="application/json")
    assert [made.status_code, changed.status_code, unreadable.status_code] == [403, 403, 403]
    assert [i.report for i in Incident.objects.all()] == ["Checkout fails"]


def test_whoever_logs_in_gets_in_where_the_project_forgot_to_say_so(
    client: APIClient, incident: Incident
) -> None:
    with override_settings(REST_FRAMEWORK={}):
        assert client.get("/core/incidents/").json()["count"] == 1


class OnTuesdays(BasePermission):
    """A permission of a project's own."""

    message = "Come back on a Tuesday."

    def has_permission(self, request: Any, view: Any) -> bool:
        return False


def test_the_projects_own_permissions_count(client: APIClient, incident: Incident) -> None:
    framework = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_PERMISSION_CLASSES": ["tests.api.test_access.OnTuesdays"],
    }
    with override_settings(REST_FRAMEWORK=framework):
        response = client.get("/core/incidents/")
    assert response.status_code == 403
    assert response.json() == {
        "detail": "Come back on a Tuesday.",
        "code": "permission_denied",
        "errors": {},
    }


def test_a_write_with_a_session_needs_its_token(account: Any) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.login(username="anna", password="secret")
    assert client.get("/core/incidents/").status_code == 200
    response = client.post("/core/incidents/", {"report": "x"}, format="json")
    assert response.status_code == 403
    assert not Incident.objects.exists()


# Django's model permissions


@override_settings(RESPONSE_API_MODEL_PERMISSIONS=True)
def test_model_permissions(
    client: APIClient, account: Any, incident: Incident, person: ExternalUser
) -> None:
    address = f"/core/incidents/{incident.pk}/"
    assert client.get(address).status_code == 200
    assert client.get("/core/").status_code == 200
    assert client.get("/core/schema/").status_code == 200
    assert client.patch(address, {"report": "x"}, format="json").status_code == 403
    assert client.post("/core/incidents/", {"report": "x"}, format="json").status_code == 403
    action = {"details": "x", "user": {"external_id": "U012ABCDEF"}}
    assert client.post(f"{address}actions/", action, format="json").status_code == 403
    allow(account, "change_incident", "add_action")
    client.force_login(get_user_model().objects.get(pk=account.pk))
    assert client.patch(address, {"report": "x"}, format="json").status_code == 200
    assert client.post(f"{address}actions/", action, format="json").status_code == 201
    assert client.delete(f"{address}actions/{Action.objects.get().pk}/").status_code == 403


@override_settings(RESPONSE_API_MODEL_PERMISSIONS=True)
def test_people_are_not_changed_through_the_back_door(
    client: APIClient, account: Any, incident: Incident, person: ExternalUser
) -> None:
    allow(account, "change_incident")
    address = f"/core/incidents/{incident.pk}/"
    renamed = {"lead": {"external_id": "U012ABCDEF", "display_name": "mallory"}, "report": "x"}
    assert client.patch(address, renamed, format="json").status_code == 403
    added = {"lead": {"external_id": "U404", "display_name": "mallory"}, "report": "x"}
    assert client.patch(address, added, format="json").status_code == 403
    person.refresh_from_db()
    incident.refresh_from_db()
    assert (person.display_name, incident.report) == ("ben", "Checkout fails")
    same = {"lead": {"external_id": "U012ABCDEF", "display_name": "ben"}}
    assert client.patch(address, same, format="json").status_code == 200


# Private incidents


@pytest.fixture
def private(person: ExternalUser) -> Incident:
    incident = Incident.objects.create_incident("Secret", person, private=True)
    Action.objects.create(incident=incident, user=person, details="Secret action")
    TimelineEvent.objects.create(incident=incident, text="Secret entry")
    return incident


def seen(client: APIClient, incident: Incident) -> set[int]:
    """The answers to everything that is about ``incident``."""
    action, entry = Action.objects.get(), TimelineEvent.objects.get(text="Secret entry")
    one = f"/core/incidents/{incident.pk}/"
    addresses = [
        one,
        f"{one}actions/",
        f"{one}actions/{action.pk}/",
        f"{one}timeline/events/",
        f"{one}timeline/events/{entry.pk}/",
        f"/core/actions/{action.pk}/",
    ]
    lists = ["/core/incidents/", "/core/actions/", "/core/incidents/?search=Secret"]
    shown = {client.get(address).status_code for address in addresses}
    counts = {client.get(address).json()["count"] for address in lists}
    return shown | counts


def test_a_private_incident_is_not_there_for_others(client: APIClient, private: Incident) -> None:
    assert seen(client, private) == {404, 0}
    one = f"/core/incidents/{private.pk}/"
    assert client.patch(one, {"report": "x"}, format="json").status_code == 404
    assert client.post(f"{one}actions/", {"details": "x"}, format="json").status_code == 404
    assert client.patch(f"/core/actions/{Action.objects.get().pk}/", {}).status_code == 404
    private.refresh_from_db()
    assert private.report == "Secret"


@pytest.mark.parametrize("role", ["reporter", "lead", "participant", "permission", "superuser"])
def test_a_private_incident_is_there_for_its_people(
    client: APIClient, account: Any, private: Incident, role: str
) -> None:
    own = ExternalUser.objects.create(
        app_id="slack", external_id="U2", display_name="anna", owner=account
    )
    if role == "participant":
        UserStats.objects.create(incident=private, user=own)
    elif role == "permission":
        allow(account, "view_private_incident")
    elif role == "superuser":
        get_user_model().objects.filter(pk=account.pk).update(is_superuser=True)
    else:
        Incident.objects.filter(pk=private.pk).update(**{role: own})
    assert seen(client, private) == {200, 1}


def test_the_event_stream_has_no_private_incidents(
    client: APIClient, account: Any, private: Incident, incident: Incident, person: ExternalUser
) -> None:
    Action.objects.create(incident=incident, user=person, details="x")
    Event.objects.create(event_type="deploy_event", payload=["of", {"a": "project"}])
    Event.objects.create(event_type="incident_event", payload="not an incident")
    assert client.get("/core/events/").json()["count"] == 4
    get_user_model().objects.filter(pk=account.pk).update(is_superuser=True)
    shown = client.get("/core/events/").content.decode()
    assert "Secret" not in shown
    # What was recorded before an incident became private goes as well.
    incident.private = True
    incident.save()
    types = [e["event_type"] for e in client.get("/core/events/?after=0").json()["results"]]
    assert types == ["deploy_event", "incident_event"]


@pytest.mark.parametrize("language", ["en", "de"])
def test_pages_for_people_have_a_language_and_a_title(
    anonymous: APIClient, client: APIClient, incident: Incident, language: str
) -> None:
    page = {"Accept": "text/html"}
    for who, address, status in (
        (anonymous, "incidents/", 403),
        (client, "incidents/", 200),
        (client, f"incidents/{incident.pk}/", 200),
        (client, "incidents/999999/", 404),
        (client, "incidents/?limit=x", 400),
    ):
        with translation.override(language):
            answer = who.get(f"/core/{address}", headers=page)
        html = answer.content.decode()
        assert answer.status_code == status
        assert f'<html lang="{language}">' in html
        assert re.search(r"<title>\w[^<]* · Response API</title>", html)
