"""A list costs the same number of queries for 10 rows and for 1,000."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from response.models import DedupKey, Event, ExternalUser, Incident, TimelineEvent


def queries(client: APIClient, address: str) -> tuple[int, int]:
    """How many queries an answer takes, and how many rows it has."""
    client.get(address)  # what is configured is read once in a while
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    assert response.status_code == 200
    return len(captured), len(response.json()["results"])


@pytest.mark.many
@pytest.mark.parametrize(
    ("address", "most"),
    [
        ("/core/incidents/?limit=1000", 8),
        ("/core/incidents/?limit=1000&search=incident&lead=U012ABCDEF", 8),
        ("/core/actions/?limit=1000", 7),
        ("/core/users/?limit=1000", 4),
        ("/core/events/?limit=1000", 4),
    ],
)
def test_lists(
    client: APIClient,
    make_incidents: Callable[[int], list[Incident]],
    address: str,
    most: int,
) -> None:
    def fill(count: int) -> None:
        make_incidents(count)
        have = ExternalUser.objects.count()
        ExternalUser.objects.bulk_create(
            ExternalUser(app_id="slack", external_id=f"U{have + n}", display_name="x")
            for n in range(count - 1)
        )
        Event.objects.bulk_create(
            Event(event_type="incident_event", payload={"id": n}) for n in range(count)
        )

    fill(10)
    few = queries(client, address)
    fill(990)
    many = queries(client, address)
    assert (few[1], many[1]) == (10, 999 if "users" in address else 1000)
    assert few[0] == many[0] <= most


@pytest.mark.many
def test_a_timeline(client: APIClient, incident: Incident) -> None:
    address = f"/core/incidents/{incident.pk}/timeline/events/?limit=1000"

    def fill(count: int) -> None:
        TimelineEvent.objects.bulk_create(
            TimelineEvent(incident=incident, text=f"<@U{n}> did it") for n in range(count)
        )

    fill(10)
    few = queries(client, address)
    fill(990)
    many = queries(client, address)
    assert (few[1], many[1]) == (10, 1000)
    assert few[0] == many[0] <= 8


def test_private_incidents_cost_no_more(
    client: APIClient, account: Any, make_incidents: Callable[[int], list[Incident]]
) -> None:
    make_incidents(20)
    Incident.objects.filter(pk__gt=Incident.objects.first().pk).update(private=True)  # type: ignore[union-attr]
    own = ExternalUser.objects.create(
        app_id="slack", external_id="U2", display_name="anna", owner=account
    )
    Incident.objects.update(lead=own)
    taken, rows = queries(client, "/core/incidents/")
    assert rows == 20
    assert taken <= 8


@pytest.mark.many
def test_a_repeated_key(client: APIClient, make_incidents: Callable[[int], list[Incident]]) -> None:
    def repeat() -> int:
        with CaptureQueriesContext(connection) as captured:
            response = client.post("/core/incidents/", {"report": "x", "dedup_key": "key"}, "json")
        assert response.status_code == 200
        return len(captured)

    Incident.objects.create_or_join("key", report="x", reporter=None)

    def fill(count: int) -> None:
        DedupKey.objects.bulk_create(
            DedupKey(incident=incident, key=f"k{incident.pk}", held=f"k{incident.pk}")
            for incident in make_incidents(count)
        )

    fill(10)
    few = repeat()
    listed = queries(client, "/core/incidents/?limit=11")[0]
    fill(990)
    assert repeat() == few <= 10
    assert queries(client, "/core/incidents/?limit=1000") == (listed, 1000)


def test_a_repetition_of_alerts(settings: Any, db: None) -> None:
    settings.RESPONSE_ALERTMANAGER_TOKEN = "a-token-of-the-tests"

    def told(count: int) -> int:
        alerts = [
            {"status": "firing", "labels": {"n": str(n)}, "startsAt": ""} for n in range(count)
        ]
        payload = {"version": "4", "groupKey": "k", "status": "firing", "alerts": alerts}
        with CaptureQueriesContext(connection) as captured:
            response = APIClient().post(
                "/core/alerts/alertmanager/",
                payload,
                "json",
                headers={"Authorization": "Bearer a-token-of-the-tests"},
            )
        assert response.status_code == 200
        return len(captured)

    told(10)
    few = told(10)
    told(1000)
    assert told(1000) == few <= 10
