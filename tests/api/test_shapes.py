"""The fields that programs written for release 0.5.1 know."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from response.core.api.incident_serializer import IncidentSerializer
from response.core.api.serializers import ActionSerializer
from response.models import Action, CommsChannel, ExternalUser, Incident, TimelineEvent
from tests.api.conftest import moment

INCIDENT = [
    "action_items",
    "comms_channel",
    "end_time",
    "impact",
    "is_closed",
    "lead",
    "id",
    "report",
    "report_time",
    "report_only",
    "reporter",
    "severity",
    "start_time",
    "summary",
]
ACTION = [
    "id",
    "details",
    "done",
    "user",
    "details_ui",
    "created_date",
    "done_date",
    "due_date",
    "priority",
    "type",
]
TIMELINE_EVENT = ["id", "timestamp", "text", "event_type", "metadata", "text_ui"]
USER = ["app_id", "external_id", "display_name", "full_name", "email", "deleted"]
EVENT = ["id", "timestamp", "event_type", "payload"]


def test_an_incident(client: APIClient, incident: Incident, person: ExternalUser) -> None:
    CommsChannel.objects.create(incident=incident, channel_id="C1", channel_name="inc-1")
    Action.objects.create(incident=incident, user=person, details="Renew it")
    shown = client.get(f"/core/incidents/{incident.pk}/").json()
    assert list(shown) == [*INCIDENT, "status"]
    assert shown["comms_channel"] == {"channel_id": "C1", "channel_name": "inc-1"}
    assert list(shown["reporter"]) == USER
    assert [list(action) for action in shown["action_items"]] == [ACTION]
    assert shown["report"] == "Checkout fails"
    assert shown["severity"] == "2"
    assert shown["is_closed"] is False
    assert shown["status"] == "live"


def test_an_action_with_its_text_as_safe_html(
    client: APIClient, incident: Incident, person: ExternalUser
) -> None:
    action = Action.objects.create(
        incident=incident, user=person, details="**Ask** <@U012ABCDEF> <script>x</script>"
    )
    shown = client.get(f"/core/actions/{action.pk}/").json()
    assert list(shown) == ACTION
    assert shown["details"] == action.details
    assert "<strong>Ask</strong>" in shown["details_ui"]
    assert "<script" not in shown["details_ui"]


def test_an_entry_of_the_timeline(client: APIClient, incident: Incident) -> None:
    TimelineEvent.objects.create(
        incident=incident, text="*Renewed*", metadata={"by": [1, None]}, timestamp=moment()
    )
    (shown,) = client.get(f"/core/incidents/{incident.pk}/timeline/events/").json()["results"]
    assert list(shown) == TIMELINE_EVENT
    assert shown["metadata"] == {"by": [1, None]}
    assert "<em>Renewed</em>" in shown["text_ui"]


def test_a_person(client: APIClient, person: ExternalUser) -> None:
    (shown,) = client.get("/core/users/").json()["results"]
    assert list(shown) == USER
    assert client.get("/core/users/slack:U012ABCDEF/").json() == shown
    assert client.get(f"/core/users/{person.pk}/").json() == shown


def test_an_event_holds_the_incident_as_it_was(client: APIClient, incident: Incident) -> None:
    (shown,) = client.get("/core/events/").json()["results"]
    assert list(shown) == EVENT
    assert shown["event_type"] == "incident_event"
    assert shown["payload"]["id"] == incident.pk
    assert shown["payload"]["reporter"]["external_id"] == "U012ABCDEF"


def test_the_serializers_need_no_request(incident: Incident, person: ExternalUser) -> None:
    action = Action.objects.create(incident=incident, user=person, details="Renew it")
    assert list(IncidentSerializer(incident).data) == [*INCIDENT, "status"]
    assert list(ActionSerializer(action).data) == ACTION


@pytest.mark.parametrize(
    ("name", "args", "address"),
    [
        ("incident-list", (), "/core/incidents/"),
        ("incident-detail", (7,), "/core/incidents/7/"),
        ("incident-action-list", (7,), "/core/incidents/7/actions/"),
        ("incident-action-detail", (7, 8), "/core/incidents/7/actions/8/"),
        ("incidents-bymonth-list", ("2030", "01"), "/core/incidents/bymonth/2030/01/"),
        ("incident-timeline-event-list", (7,), "/core/incidents/7/timeline/events/"),
        ("action-list", (), "/core/actions/"),
        ("externaluser-list", (), "/core/users/"),
        ("event-list", (), "/core/events/"),
    ],
)
def test_the_names_of_the_addresses(name: str, args: tuple[Any, ...], address: str) -> None:
    assert reverse(name, args=args) == address


def test_rows_of_older_releases_are_shown_and_can_be_written_back(
    client: APIClient, incident: Incident, person: ExternalUser
) -> None:
    action = Action.objects.create(incident=incident, user=person, details="Old")
    Action.objects.filter(pk=action.pk).update(priority="P0", type="x", created_date=None)
    Incident.objects.filter(pk=incident.pk).update(
        severity="SEV9", reporter=None, end_time=moment(days=-1)
    )
    shown = client.get(f"/core/incidents/{incident.pk}/").json()
    assert shown["severity"] == "SEV9"
    assert shown["reporter"] is None
    assert shown["action_items"][0]["priority"] == "P0"
    response = client.put(f"/core/incidents/{incident.pk}/", shown, format="json")
    assert response.status_code == 200, response.json()
    assert response.json() == shown
    shown = client.get(f"/core/actions/{action.pk}/").json()
    response = client.put(f"/core/actions/{action.pk}/", shown, format="json")
    assert response.status_code == 200, response.json()
    assert response.json() == shown


@pytest.mark.parametrize("address", ["", "incidents/", "incidents/{}/", "users/", "events/"])
def test_the_browsable_api(client: APIClient, incident: Incident, address: str) -> None:
    response = client.get("/core/" + address.format(incident.pk), headers={"Accept": "text/html"})
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/html")


def test_the_browsable_api_shows_what_was_wrong_with_a_form(
    client: APIClient, incident: Incident
) -> None:
    response = client.put(
        f"/core/incidents/{incident.pk}/",
        {"report": "", "severity": "2"},
        headers={"Accept": "text/html"},
        format="multipart",
    )
    assert response.status_code == 400
    assert "may not be blank" in response.content.decode()
