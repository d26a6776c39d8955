"""Roles and custom fields through the API: shapes, errors, filters, schema, stream, webhooks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from response.models import Event, ExternalUser, Field, FieldValue, Incident, Role, RoleAssignment


@pytest.fixture
def rows(db: None) -> None:
    Role.objects.create(key="comms", name="Comms", rank=1)
    Role.objects.create(key="scribes", name="Scribes", several=True, rank=2)
    options = [{"key": "api", "name": "The API"}, "web"]
    for rank, kind in enumerate(
        ("text", "choice", "choices", "number", "date", "person", "link"), start=1
    ):
        Field.objects.create(
            key=kind,
            name=kind.title(),
            kind=kind,
            rank=rank,
            options=options if kind.startswith("choice") else [],
        )


def address(incident: Incident) -> str:
    return f"/core/incidents/{incident.pk}/"


def patch(client: APIClient, incident: Incident, **sent: Any) -> Any:
    return client.patch(address(incident), sent, format="json")


VALUES = {
    "text": "<b>&amp;",
    "choice": "api",
    "choices": ["api", "web"],
    "number": 12.5,
    "date": "2026-03-01",
    "link": "https://example.com/?a=1&b=2",
}


def test_nothing_is_shown_where_nothing_is_configured(client: APIClient, incident: Incident):
    shown = client.get(address(incident)).json()
    assert "roles" not in shown
    assert "fields" not in shown
    answer = patch(client, incident, fields={"service": "api"}, roles={"comms": []})
    assert answer.status_code == 400
    assert sorted(answer.json()["errors"]) == ["fields.service", "roles.comms"]


@pytest.mark.usefixtures("rows")
def test_what_is_written_is_read(client: APIClient, incident: Incident, person: ExternalUser):
    named = {"external_id": person.external_id}
    answer = patch(
        client,
        incident,
        fields={**VALUES, "person": named},
        roles={"comms": named, "scribes": [named, {"email": person.email}]},
    )
    assert answer.status_code == 200, answer.content
    shown = client.get(address(incident)).json()
    assert shown == answer.json()
    whole = shown["fields"].pop("person")
    assert shown["fields"] == VALUES
    assert whole == shown["roles"]["comms"][0] == shown["roles"]["scribes"][0]
    assert len(shown["roles"]["scribes"]) == 1
    # Reading it all, changing one thing and writing it all back changes that alone.
    shown["fields"]["person"] = whole
    back = client.put(address(incident), {**shown, "impact": "All"}, format="json")
    assert back.status_code == 200, back.content
    newest = [e.metadata["update_type"] for e in incident.timeline_events()][-1]
    assert newest == "incident_impact"
    cleared = patch(
        client, incident, fields=dict.fromkeys([*VALUES, "person"]), roles={"comms": None}
    ).json()
    assert cleared["fields"] == {**dict.fromkeys(VALUES), "choices": [], "person": None}
    assert cleared["roles"]["comms"] == []
    assert cleared["roles"]["scribes"] != []


@pytest.mark.usefixtures("rows")
def test_each_mistake_is_at_its_field(client: APIClient, incident: Incident):
    ExternalUser.objects.create(app_id="slack", external_id="UBOT1", display_name="b", bot=True)
    answer = patch(
        client,
        incident,
        fields={
            "text": 5,
            "choice": "db",
            "choices": "db",
            "number": "x",
            "date": "x",
            "person": {"external_id": "UNONE"},
            "link": "javascript:alert(1)",
            "nothing": 1,
        },
        roles={"comms": {"external_id": "UBOT1"}, "lead": [], "nothing": []},
    )
    assert answer.status_code == 400
    found = answer.json()["errors"]
    # What names no one and nothing is found first, then what the rows refuse.
    assert {"fields.person.external_id", "fields.nothing", "roles.lead", "roles.nothing"} == set(
        found
    )
    answer = patch(
        client,
        incident,
        fields={"text": 5, "choice": "db", "number": "x", "date": "x", "link": "javascript:x"},
        roles={"comms": {"external_id": "UBOT1"}},
    )
    found = answer.json()["errors"]
    assert set(found) == {
        "fields.text", "fields.choice", "fields.number", "fields.date", "fields.link",
        "roles.comms",
    }  # fmt: skip
    assert found["roles.comms"] == ["That is an app. Choose a person."]
    assert not FieldValue.objects.exists()
    assert not RoleAssignment.objects.exists()


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("sent", [[], "x", 5, None, {"text": {"a": [1]}}, {"\x00": 1}])
def test_odd_shapes_are_refused(client: APIClient, incident: Incident, sent: Any):
    for name in ("fields", "roles"):
        assert patch(client, incident, **{name: sent}).status_code == 400


@pytest.mark.usefixtures("rows")
def test_required_fields(client: APIClient, incident: Incident):
    Field.objects.filter(key="text").update(required="declaring")
    Field.objects.filter(key="choice").update(required="closing", severities=["1", "2"])
    Field.forget()
    answer = client.post("/core/incidents/", {"report": "Down"}, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"] == {"fields.text": ["This field is required."]}
    answer = client.post(
        "/core/incidents/", {"report": "Down", "fields": {"text": "x"}}, format="json"
    )
    assert answer.status_code == 201
    assert answer.json()["fields"]["text"] == "x"
    for sent in (
        {"is_closed": True},
        {"end_time": "2031-01-01T00:00:00Z"},
        {"status": "resolved"},
    ):
        answer = patch(client, incident, **sent)
        assert answer.status_code == 400
        assert list(answer.json()["errors"]) == ["fields.choice"]
    incident.refresh_from_db()
    assert not incident.is_closed()
    minor = patch(client, incident, is_closed=True, severity="3")
    assert minor.status_code == 200
    assert patch(client, incident, is_closed=False, severity="2").status_code == 200
    answer = patch(client, incident, is_closed=True, fields={"choice": "web"})
    assert answer.status_code == 200
    assert answer.json()["is_closed"] is True


@pytest.mark.usefixtures("rows")
def test_filters(client: APIClient, make_incidents: Callable[[int], list[Incident]], person):
    first, second, third = make_incidents(3)
    for incident, values in ((first, VALUES), (second, {"choices": ["web"], "number": 3})):
        incident.set_details({"comms": [person]}, values)
        incident.save()
    first.set_field(Field.with_key("person"), person)
    first.save()

    def found(query: str) -> set[int]:
        answer = client.get(f"/core/incidents/?{query}")
        assert answer.status_code == 200, answer.content
        return {row["id"] for row in answer.json()["results"]}

    for query, expected in {
        "field_choice=api": {first.pk},
        "field_choice=The+API": {first.pk},
        "field_choices=web": {first.pk, second.pk},
        "field_choices=api": {first.pk},
        "field_choices=none": {third.pk},
        "field_choices=api,none": {first.pk, third.pk},
        "field_number=12.500": {first.pk},
        "field_number=3,12.5": {first.pk, second.pk},
        "field_number_min=4": {first.pk},
        "field_number_max=12.5": {first.pk, second.pk},
        "field_date=2026-03-01": {first.pk},
        "field_date_min=2026-03-02": set(),
        "field_date_max=2026-03-01": {first.pk},
        "field_text=%3CB%3E%26amp;": {first.pk},
        "field_person=" + person.external_id: {first.pk},
        "field_person=BEN@example.com": {first.pk},
        "field_person=none": {second.pk, third.pk},
        "field_link=https://example.com/%3Fa=1%26b=2": {first.pk},
        "role_comms=" + person.external_id: {first.pk, second.pk},
        "role_comms=none": {third.pk},
        "role_comms=U0NONE": set(),
        "role_comms=%00" + person.external_id: {first.pk, second.pk},
        "field_choices=web&field_number_min=4": {first.pk},
        "field_number_min=+": {first.pk, second.pk, third.pk},
        "field_date_max=+": {first.pk, second.pk, third.pk},
    }.items():
        assert found(query) == expected, query
    for query in ("field_number=x", "field_date_min=x", "field_nothing=x", "role_lead=x"):
        assert client.get(f"/core/incidents/?{query}").status_code == 400, query


@pytest.mark.many
@pytest.mark.usefixtures("rows")
def test_a_list_costs_the_same(client: APIClient, make_incidents, person: ExternalUser):
    def cost(query: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/core/incidents/?limit=1000{query}").status_code == 200
        return len(captured)

    for incident in make_incidents(3):
        incident.set_details({"comms": [person], "scribes": [person]}, {**VALUES, "person": person})
        incident.save()
    client.get("/core/incidents/")
    few = [cost(""), cost("&field_choice=api&role_comms=U012ABCDEF&field_number_min=1")]
    for incident in make_incidents(20):
        incident.set_details({"comms": [person]}, {**VALUES, "person": person})
        incident.save()
    assert [cost(""), cost("&field_choice=api&role_comms=U012ABCDEF&field_number_min=1")] == few
    assert max(few) <= 10


@pytest.mark.usefixtures("rows")
def test_the_event_stream_and_private_incidents(client: APIClient, incident: Incident, account):
    patch(client, incident, fields={"text": "<b>"})
    event = Event.objects.latest("id")
    assert event.payload["fields"]["text"] == "<b>"
    assert event.payload["roles"] == {"comms": [], "scribes": []}
    events = Event.objects.count()
    incident.refresh_from_db()
    incident.private = True
    incident.save()
    incident.set_field(Field.with_key("text"), "secret")
    incident.save()
    assert Event.objects.count() == events
    assert client.get(address(incident)).status_code == 404
    assert client.get("/core/incidents/?field_text=secret").json()["count"] == 0
    own = ExternalUser.objects.create(
        app_id="slack", external_id="U0OWN", display_name="o", owner=account
    )
    incident.set_people(Role.with_key("comms"), [own])
    incident.save()
    assert client.get(address(incident)).status_code == 200


@pytest.mark.usefixtures("rows")
def test_the_schema_names_them(client: APIClient):
    document = client.get("/core/schema/?format=json").json()
    incident = document["components"]["schemas"]["Incident"]["properties"]
    assert incident["fields"]["properties"]["number"]["type"] == "number"
    assert set(incident["roles"]["properties"]) == {"comms", "scribes"}
    names = {p["name"] for p in document["paths"]["/core/incidents/"]["get"]["parameters"]}
    assert {"field_choice", "field_number_min", "role_comms"} <= names
    sent = document["components"]["schemas"]["IncidentRequest"]["properties"]
    assert sent["fields"]["properties"]["choice"]["enum"] == ["api", "web"]
    assert json.dumps(document)


@pytest.mark.usefixtures("rows")
def test_an_if_match_of_before_is_refused(client: APIClient, incident: Incident):
    tag = client.get(address(incident))["ETag"]
    patch(client, incident, fields={"text": "theirs"})
    answer = client.patch(
        address(incident), {"fields": {"text": "mine"}}, format="json", headers={"If-Match": tag}
    )
    assert answer.status_code == 412
    assert FieldValue.objects.get().text == "theirs"
