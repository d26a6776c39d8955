"""What the API refuses, at the edges: bodies, names of people, values and choices."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DataError
from django.test import override_settings
from rest_framework.test import APIClient

from response.core.api import people
from response.core.api.configured_fields import MOST_PEOPLE
from response.core.api.errors import answer
from response.models import ExternalUser, Field, Incident, Review, Role


def refused(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.content
    return response.json()["errors"]


def patch(client: APIClient, incident: Incident, **sent: Any) -> Any:
    return client.patch(f"/core/incidents/{incident.pk}/", sent, format="json")


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000)
def test_a_form_that_is_too_large(client: APIClient) -> None:
    response = client.post("/core/incidents/", {"report": "x" * 2000}, format="multipart")
    assert response.status_code == 413
    assert response.json()["code"] == "too_large"


@override_settings(DATA_UPLOAD_MAX_NUMBER_FIELDS=3)
def test_a_form_with_too_many_fields(client: APIClient) -> None:
    sent = {"report": "Down", **{f"field{n}": "x" for n in range(5)}}
    response = client.post("/core/incidents/", sent, format="multipart")
    assert response.status_code == 400
    assert not Incident.objects.exists()


def test_an_empty_key_of_a_form_is_none(client: APIClient) -> None:
    response = client.post(
        "/core/incidents/", {"report": "Down", "dedup_key": ""}, format="multipart"
    )
    assert response.status_code == 201, response.json()


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (ValidationError({"report": "Too odd."}), 400, "Too odd."),
        (DataError("value too long for type character varying(200)"), 400, "does not fit"),
    ],
)
def test_what_the_models_and_the_database_refuse_is_told(error: Exception, status: int, said: str):
    response = answer(error, {})
    assert response is not None
    assert response.status_code == status
    assert said in str(response.data)
    assert "varying" not in str(response.data)


def test_what_is_not_a_refusal_is_left_to_django() -> None:
    assert answer(RuntimeError("a bug"), {}) is None


@pytest.fixture
def details(db: None) -> None:
    Role.objects.create(key="scribes", name="Scribes", several=True)
    Field.objects.create(key="who", name="Who", kind="person")
    Field.objects.create(
        key="region", name="Region", kind="choice", options=["1", {"key": "eu", "name": "The EU"}]
    )
    Field.objects.create(key="page", name="Page", kind="link")


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"roles": {"scribes": "U012ABCDEF"}}, "roles.scribes"),
        ({"roles": {"scribes": [7]}}, "roles.scribes"),
        ({"roles": {"scribes": {"external_id": 7}}}, "roles.scribes.external_id"),
        ({"roles": {"scribes": {"external_id": "U\x00"}}}, "roles.scribes.external_id"),
        (
            {"roles": {"scribes": [{"email": "ben@example.com"}] * (MOST_PEOPLE + 1)}},
            "roles.scribes",
        ),
        ({"fields": {"who": "ben"}}, "fields.who"),
        ({"fields": {"region": ["eu", "1"]}}, "fields.region"),
        ({"fields": {"region": True}}, "fields.region"),
        ({"fields": {"region": {"key": "eu"}}}, "fields.region"),
        ({"fields": {"page": 7}}, "fields.page"),
        ({"fields": {"page": ["https://example.com"]}}, "fields.page"),
    ],
)
def test_details_that_are_none(client: APIClient, incident: Incident, details: None, sent, field):
    assert list(refused(patch(client, incident, **sent), 400)) == [field]


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ({"region": ["eu"]}, "eu"), ({"region": 1}, "1"), ({"region": " the eu "}, "eu"),
        ({"page": "  "}, None), ({"page": " https://example.com "}, "https://example.com"),
    ],
)  # fmt: skip
def test_details_as_clients_write_them(client, incident, details, sent, stored):
    response = patch(client, incident, fields=sent)
    assert response.status_code == 200, response.json()
    [key] = sent
    assert response.json()["fields"][key] == stored


def test_a_person_is_found_among_those_of_one_system(person: ExternalUser) -> None:
    ExternalUser.objects.create(
        app_id="github", external_id="7", display_name="ben", email="ben@example.com"
    )
    assert people.find("slack", None, "BEN@example.com") == person


def test_a_search_in_reviews_has_a_limit(client: APIClient, incident: Incident) -> None:
    assert list(refused(client.get(f"/core/reviews/?search={'x' * 201}"), 400)) == ["search"]
    assert not Review.objects.exists()
