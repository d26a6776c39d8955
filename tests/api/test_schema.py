"""The published contract: complete, kept, and true of what is answered."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema
import pytest
import yaml
from django.test import override_settings
from drf_spectacular.settings import spectacular_settings
from rest_framework.test import APIClient

from response.core.api import schema
from response.models import Action, CommsChannel, ExternalUser, Incident, Review, TimelineEvent

KEPT = Path(__file__).parents[2] / "docs" / "openapi.yaml"
UPDATE = "UPDATE_OPENAPI=1 pytest tests/api/test_schema.py"


@pytest.fixture
def document() -> dict[str, Any]:
    with override_settings(USE_TZ=True):
        return schema.build("core/")


def test_the_kept_schema_is_the_present_one(
    document: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
    # drf-spectacular tells of what it could not make out.
    assert capsys.readouterr().err == ""
    if os.environ.get("UPDATE_OPENAPI"):
        KEPT.write_text(text, encoding="utf-8")
    kept = yaml.safe_load(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else None
    assert kept == json.loads(json.dumps(document)), (
        f"The API has changed and docs/openapi.yaml has not. If the change is meant: {UPDATE}"
    )


def test_it_is_served_as_yaml_and_as_json(client: APIClient) -> None:
    as_yaml = client.get("/core/schema/")
    assert as_yaml["Content-Type"].startswith("application/vnd.oai.openapi")
    as_json = client.get("/core/schema/", headers={"Accept": "application/json"})
    assert as_json["Content-Type"].startswith("application/json")
    assert yaml.safe_load(as_yaml.content) == as_json.json()
    assert "/core/incidents/{id}/" in as_json.json()["paths"]


def test_it_knows_where_the_api_is_mounted() -> None:
    assert "/somewhere/else/incidents/" in schema.build("somewhere/else/")["paths"]


def test_every_operation_is_described(document: dict[str, Any]) -> None:
    for address, operations in document["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {address}"
            assert operation["summary"], where
            assert operation["description"], where
            assert all(p.get("description") for p in operation.get("parameters", ())), where
            assert {"401", "403", "default"} <= set(operation["responses"]), where
            if method in ("post", "put", "patch"):
                content = operation["requestBody"]["content"]["application/json"]
                assert content.get("examples"), where
            if method == "get":
                content = operation["responses"]["200"]["content"]["application/json"]
                assert content.get("examples"), where


def as_json_schema(value: Any) -> Any:
    """An OpenAPI 3.0 schema as JSON Schema: null is a type of its own there."""
    if isinstance(value, list):
        return [as_json_schema(v) for v in value]
    if not isinstance(value, dict):
        return value
    plain = {k: as_json_schema(v) for k, v in value.items() if k not in ("nullable", "example")}
    return {"anyOf": [plain, {"type": "null"}]} if value.get("nullable") else plain


def check(document: dict[str, Any], name: str, value: Any) -> None:
    definition = {
        "$ref": f"#/components/schemas/{name}",
        "components": as_json_schema(document["components"]),
    }
    jsonschema.Draft202012Validator(
        definition, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    ).validate(value)


def test_answers_are_what_the_schema_says(
    document: dict[str, Any], client: APIClient, incident: Incident, person: ExternalUser
) -> None:
    CommsChannel.objects.create(incident=incident, channel_id="C1", channel_name="inc-1")
    Incident.objects.create_incident("Bare", person)
    Incident.objects.update(reporter=None)
    Action.objects.create(incident=incident, user=person, details="x", created_date=None)
    TimelineEvent.objects.create(incident=incident, text="x", metadata=[1, {"a": None}])
    for name, address in {
        "PaginatedIncidentList": "incidents/",
        "Incident": f"incidents/{incident.pk}/",
        "PaginatedActionList": "actions/",
        "PaginatedTimelineEventList": f"incidents/{incident.pk}/timeline/events/",
        "PaginatedExternalUserList": "users/",
        "PaginatedEventList": "events/?limit=1",
        "Error": "incidents/999/",
    }.items():
        check(document, name, client.get(f"/core/{address}").json())
    check(document, "Error", client.get("/core/incidents/?limit=x").json())


def test_examples_are_what_the_schema_says(document: dict[str, Any]) -> None:
    checked = 0
    for operations in document["paths"].values():
        for operation in operations.values():
            for part in (operation.get("requestBody", {}), *operation["responses"].values()):
                for content in part.get("content", {}).values():
                    name = content["schema"]["$ref"].rpartition("/")[2]
                    for example in content.get("examples", {}).values():
                        check(document, name, example["value"])
                        checked += 1
    assert checked > 20


@override_settings(USE_TZ=False)
def test_server_time_has_no_offset() -> None:
    incident = schema.build("core/")["components"]["schemas"]["Incident"]["properties"]
    assert "format" not in incident["start_time"]


def test_the_projects_own_schema_is_another_matter() -> None:
    before = spectacular_settings.TITLE
    assert schema.build("core/")["info"]["title"] == "Response"
    assert spectacular_settings.TITLE == before != "Response"


def test_the_page_to_read_it_on(client: APIClient, document: dict[str, Any]) -> None:
    response = client.get("/core/schema/docs/", headers={"Accept": "text/html"})
    assert response.status_code == 200
    page = response.content.decode()
    operations = [m for path in document["paths"].values() for m in path if m != "parameters"]
    assert page.count("<details>") == len(operations) > 30
    assert "/core/incidents/{incident_pk}/timeline/events/" in page
    assert "reported_since" in page
    # Nothing from elsewhere, since it is read during an outage too, and nothing inline,
    # which a strict content security policy forbids.
    assert "<script" not in page
    assert "<style" not in page
    assert "style=" not in page
    links = page.replace("&quot;https://", "")  # in the text of an example
    assert "http://" not in links
    assert "https://" not in links


# What a client made from the schema sends is what the API takes.


@pytest.mark.many
def test_an_empty_parameter_is_the_same_as_none(
    client: APIClient, incident: Incident, document: dict[str, Any]
) -> None:
    review = Review.objects.create(incident=incident)
    tried = 0
    for path, operations in document["paths"].items():
        parameters = operations.get("get", {}).get("parameters", [])
        queries = [p for p in parameters if p["in"] == "query"]
        assert all(p["allowEmptyValue"] for p in queries)
        address = path.replace("{incident_pk}", str(incident.pk)).replace("{id}", str(incident.pk))
        address = address.replace("{review_pk}", str(review.pk))
        address = address.replace("{year}", "2030").replace("{month}", "1")
        for query in queries:
            answer = client.get(f"{address}?{query['name']}=")
            assert answer.status_code == 200, (address, query["name"], answer.content)
            assert answer.json() == client.get(address).json()
            tried += 1
    assert tried > 50


@pytest.mark.parametrize(
    ("year", "since", "before"), [("0002", 1, 0), ("1899", 1, 0), ("9999", 0, 1)]
)
@pytest.mark.parametrize("offset", ["Z", "-14:00", "+14:00"])
def test_times_before_and_after_all_there_can_be(
    client: APIClient, incident: Incident, year: str, since: int, before: int, offset: str
) -> None:
    moment = quote(f"{year}-06-04T09:49:18.4686{offset}")
    for name, count in (("reported_since", since), ("reported_before", before)):
        assert client.get(f"/core/incidents/?{name}={moment}").json()["count"] == count


@pytest.mark.many
@pytest.mark.parametrize("value", [0, 1, "true", "false", "on", "1", "", [], {}, 1.0])
@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("incidents/{}/", "is_closed"),
        ("incidents/{}/", "private"),
        ("incidents/{}/", "report_only"),
        ("incidents/{}/", "create_comms_channel"),
        ("incidents/{}/actions/{}/", "done"),
        ("users/{}/", "deleted"),
    ],
)
def test_a_boolean_in_json_is_a_boolean(
    client: APIClient, incident: Incident, address: str, field: str, value: Any
) -> None:
    action = Action.objects.create(incident=incident, user=incident.reporter, details="x")
    person = f"slack:{incident.reporter.external_id}"
    url = "/core/" + address.format(person if "users" in address else incident.pk, action.pk)
    answer = client.patch(url, {field: value}, format="json")
    assert answer.status_code == 400
    assert field in answer.json()["errors"]


def test_a_boolean_in_a_form_is_a_word(client: APIClient, incident: Incident) -> None:
    for word, closed in (("true", True), ("false", False)):
        answer = client.patch(
            f"/core/incidents/{incident.pk}/", {"is_closed": word}, format="multipart"
        )
        assert answer.json()["is_closed"] is closed
