"""Whatever is sent, the answer is a clear one: never a 500, and one shape for every error."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from response.models import Action, ExternalUser, Incident, TimelineEvent

LISTS = [
    "/core/incidents/",
    "/core/incidents/bymonth/2030/01/",
    "/core/incidents/{}/actions/",
    "/core/incidents/{}/timeline/events/",
    "/core/actions/",
    "/core/users/",
    "/core/events/",
]


def refused(response: Any, status: int) -> dict[str, Any]:
    """The body of an error, whose shape is checked."""
    assert response.status_code == status, response.content
    body: dict[str, Any] = response.json()
    assert list(body) == ["detail", "code", "errors"]
    assert body["detail"]
    assert body["code"]
    return body


@pytest.mark.many
@pytest.mark.parametrize("pk", ["9" * 18, "9" * 30, "9" * 5000, "-1", "0", "x", "1e3", "%00", "١"])
@pytest.mark.parametrize(
    "address", ["incidents/{}/", "actions/{}/", "users/{}/", "incidents/{}/actions/"]
)
def test_ids_that_are_none(client: APIClient, incident: Incident, address: str, pk: str) -> None:
    refused(client.get("/core/" + address.format(pk)), 404)
    refused(client.patch("/core/" + address.format(pk), {}, format="json"), 404) if (
        address.endswith("s/{}/")
    ) else None


@pytest.mark.parametrize("key", ["slack:%00", "slack:U404", ":", "a:b:c", "slack:" + "x" * 500])
def test_people_who_are_not_there(client: APIClient, person: ExternalUser, key: str) -> None:
    refused(client.get(f"/core/users/{key}/"), 404)


@pytest.mark.parametrize("month", ["2030/13", "2030/00", "0000/01", "9999/12", "20/1", "x/y"])
def test_months_that_are_none(client: APIClient, month: str) -> None:
    refused(client.get(f"/core/incidents/bymonth/{month}/"), 404)


@pytest.mark.many
@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=1001", "limit"),
        (f"limit={'9' * 30}", "limit"),
        ("limit=ten", "limit"),
        ("limit=%00", "limit"),
        ("offset=-1", "offset"),
        (f"offset={'9' * 30}", "offset"),
        ("max_id=x", "max_id"),
    ],
)
def test_pages_that_cannot_be(
    client: APIClient, incident: Incident, address: str, query: str, field: str
) -> None:
    response = client.get(f"{address.format(incident.pk)}?{query}")
    assert list(refused(response, 400)["errors"]) == [field]


@pytest.mark.parametrize("address", LISTS)
def test_a_page_beyond_the_last_is_empty(
    client: APIClient, incident: Incident, address: str
) -> None:
    response = client.get(f"{address.format(incident.pk)}?offset={'9' * 18}")
    assert response.status_code == 200
    assert response.json()["results"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("incidents/?is_closed=perhaps", "is_closed"),
        ("incidents/?reported_since=yesterday", "reported_since"),
        ("incidents/?ended_before=2030-13-01", "ended_before"),
        ("incidents/?severity=%00", "severity"),
        ("incidents/?lead=a%00b", "lead"),
        ("incidents/?ordering=password", "ordering"),
        ("incidents/?ordering=reporter__owner__password", "ordering"),
        (f"incidents/?search={'x' * 201}", "search"),
        (f"incidents/?search={'x+' * 11}", "search"),
        ("incidents/?search=a%00b", "non_field_errors"),
        ("actions/?done=2", "done"),
        ("users/?deleted=no!", "deleted"),
        ("events/?from=banana", "from"),
        ("events/?to=banana", "to"),
        ("events/?from=2030-01-02&to=2030-01-01", "to"),
        ("events/?after=-1", "after"),
        ("events/?after=x", "after"),
        (f"events/?after={'9' * 30}", "after"),
    ],
)
def test_questions_that_are_not_understood(client: APIClient, query: str, field: str) -> None:
    found = refused(client.get(f"/core/{query}"), 400)["errors"]
    assert list(found) == [field]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nope",
        b"null",
        b"[]",
        b"[[]]",
        b'"text"',
        b"1",
        b'{"report": NaN}',
        b'{"report": "\xff"}',
        b'{"report": "\\ud800"}',
        b'{"report": "x", "severity": "\\ud800"}',
        b'{"report": "x", "lead": {"external_id": "\\ud800"}}',
        b'{"report": "x", "lead": {"email": "\\ud800@example.com"}}',
        b"[" * 100_000,
        b'{"report": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda body: repr(body[:40]),
)
def test_bodies_that_are_none(client: APIClient, body: bytes) -> None:
    response = client.post("/core/incidents/", body, content_type="application/json")
    refused(response, 400)
    assert not Incident.objects.exists()


def test_a_body_of_another_type(client: APIClient) -> None:
    response = client.post("/core/incidents/", b"<a/>", content_type="application/xml")
    refused(response, 415)
    response = client.post("/core/incidents/", b"x", content_type="multipart/form-data")
    refused(response, 400)


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000)
def test_a_body_that_is_too_large(client: APIClient) -> None:
    response = client.post("/core/incidents/", {"report": "x" * 2000}, format="json")
    assert refused(response, 413)["code"] == "too_large"


def test_forms_are_taken_as_well(client: APIClient, person: ExternalUser) -> None:
    response = client.post(
        "/core/incidents/",
        {"report": "Checkout fails", "lead.external_id": "U012ABCDEF", "severity": ""},
        format="multipart",
    )
    assert response.status_code == 201, response.json()
    assert response.json()["lead"]["display_name"] == "ben"
    response = client.post("/core/incidents/", {"report": "a\x00b"}, format="multipart")
    assert list(refused(response, 400)["errors"]) == ["report"]


def test_a_type_that_we_do_not_speak(client: APIClient, incident: Incident) -> None:
    refused(client.get("/core/incidents/", headers={"Accept": "text/turtle"}), 406)
    refused(client.get("/core/incidents/?format=turtle"), 404)


@pytest.mark.parametrize("address", [*LISTS, "/core/incidents/{}/", "/core/"])
def test_what_an_address_can_do_is_told(
    client: APIClient, incident: Incident, address: str
) -> None:
    response = client.options(address.format(incident.pk))
    assert response.status_code == 200
    assert "GET" in response["Allow"]
    assert client.head(address.format(incident.pk)).status_code == 200


def test_a_format_at_the_end_of_an_address(client: APIClient, incident: Incident) -> None:
    assert client.get("/core/incidents.json").json()["count"] == 1
    made = client.post("/core/incidents.json", {"report": "x"}, format="json")
    assert made.status_code == 201
    assert "Location" not in made


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
_FIELDS = st.sampled_from(
    [
        "report",
        "severity",
        "summary",
        "impact",
        "lead",
        "reporter",
        "report_time",
        "start_time",
        "end_time",
        "is_closed",
        "report_only",
        "details",
        "done",
        "user",
        "done_date",
        "due_date",
        "priority",
        "type",
        "text",
        "metadata",
        "timestamp",
        "event_type",
        "app_id",
        "external_id",
        "display_name",
        "full_name",
        "email",
        "deleted",
    ]
)


@given(body=st.dictionaries(_FIELDS, _JSON, max_size=6), which=st.integers(0, 4))
def test_any_json_gets_a_clear_answer(
    client: APIClient,
    incident: Incident,
    person: ExternalUser,
    body: dict[str, Any],
    which: int,
) -> None:
    action = Action.objects.create(incident=incident, user=person, details="x")
    event = TimelineEvent.objects.create(incident=incident, text="x")
    address = [
        f"/core/incidents/{incident.pk}/",
        f"/core/actions/{action.pk}/",
        f"/core/incidents/{incident.pk}/timeline/events/{event.pk}/",
        f"/core/users/{person.pk}/",
        f"/core/incidents/{incident.pk}/actions/{action.pk}/",
    ][which]
    before = client.get(address).json()
    response = client.patch(address, body, format="json")
    now = client.get(address).json()
    if response.status_code == 200:
        assert response.json() == now
    else:
        refused(response, 400)
        assert now == before


@pytest.mark.many
@pytest.mark.parametrize("value", [5, 1.5, True, [], {}, "x", 10**30])
@pytest.mark.parametrize("field", ["report_time", "end_time", "severity", "lead", "is_closed"])
def test_the_browsable_pages_survive_any_value(
    client: APIClient, incident: Incident, field: str, value: Any
) -> None:
    for method in (client.patch, client.put):
        answer = method(
            f"/core/incidents/{incident.pk}/",
            {field: value},
            format="json",
            headers={"Accept": "text/html"},
        )
        assert answer.status_code in (200, 400)
        assert b"<html" in answer.content


@pytest.mark.many
@pytest.mark.parametrize(
    "query", ["ordering=", "after=", "from=", "limit=", "offset=", "is_closed=", "search=", "lead="]
)
@pytest.mark.parametrize("address", LISTS)
def test_empty_parameters_get_a_clear_answer(
    client: APIClient, incident: Incident, address: str, query: str
) -> None:
    assert client.get(f"{address.format(incident.pk)}?{query}").status_code in (200, 400)
