"""Updates in the API: posted, read, and kept from those who may not see them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from response.models import ExternalUser, Incident, OutboxMessage, Update
from tests.api.conftest import allow, moment


@pytest.fixture
def address(incident: Incident) -> str:
    return f"/core/incidents/{incident.pk}/updates/"


def test_posting_and_reading(
    client: APIClient, account: Any, person: ExternalUser, incident: Incident, address: str
) -> None:
    person.owner = account
    person.save()
    sent = {"known": "It is **on**", "needed": "A DBA", "next_update": moment(days=36500)}
    answer = client.post(address, sent, "json")
    assert answer.status_code == 201
    posted = answer.json()
    assert answer["Location"].endswith(f"{address}{posted['id']}/")
    assert (posted["known"], posted["doing"], posted["needed"]) == ("It is **on**", "", "A DBA")
    assert posted["actor"]["external_id"] == person.external_id
    assert posted["actor_name"] == "Ben Example"
    assert client.get(f"{address}{posted['id']}/").json() == posted
    client.post(address, {"known": "It is over"}, "json")
    assert [u["known"] for u in client.get(address).json()["results"]] == [
        "It is over",
        "It is **on**",
    ]
    [first, _second] = incident.timeline_events()
    assert (first.event_type, first.actor) == ("update", person)
    assert OutboxMessage.objects.filter(method="headline.sync").exists()


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "known"),
        ({"known": "\u200b"}, "known"),
        ({"known": "x", "next_update": "2001-01-01T00:00:00Z"}, "next_update"),
        ({"known": "x", "doing": None}, "doing"),
    ],
)
def test_what_is_no_update(client: APIClient, address: str, sent: Any, field: str) -> None:
    answer = client.post(address, sent, "json")
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert not Update.objects.exists()


def test_one_that_is_told_is_not_changed(
    client: APIClient, incident: Incident, address: str
) -> None:
    update = Update.objects.post(incident, "x")
    for method in ("put", "patch", "delete"):
        answer = getattr(client, method)(f"{address}{update.pk}/", {"known": "y"}, "json")
        assert answer.status_code == 405


def test_private_ones_are_not_there(client: APIClient, incident: Incident, address: str) -> None:
    update = Update.objects.post(incident, "Behind doors")
    Incident.objects.update(private=True)
    for where in (address, f"{address}{update.pk}/"):
        assert client.get(where).status_code == 404
    assert client.post(address, {"known": "x"}, "json").status_code == 404
    assert Update.objects.count() == 1


def test_rights(
    client: APIClient, anonymous: APIClient, account: Any, address: str, settings: Any
) -> None:
    assert anonymous.get(address).status_code == 403
    settings.RESPONSE_API_MODEL_PERMISSIONS = True
    assert client.post(address, {"known": "x"}, "json").status_code == 403
    allow(account, "add_update")
    account = type(account).objects.get(pk=account.pk)
    client.force_login(account)
    assert client.post(address, {"known": "x"}, "json").status_code == 201


def test_a_list_costs_the_same_for_any_number(
    client: APIClient, incident: Incident, person: ExternalUser, address: str
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"{address}?limit=500").status_code == 200
        return len(captured)

    Update.objects.post(incident, "x")
    few = cost()
    Update.objects.bulk_create(
        Update(incident=incident, known="x", actor=person) for _ in range(300)
    )
    assert cost() == few
