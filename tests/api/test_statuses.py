"""Severities and statuses that a project has configured, over the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from response.core.api import schema
from response.models import Incident, Severity, Status
from response.setup.configuration import sync
from tests.factories import IncidentFactory

FIVE = b"""
severities:
  - {key: p0, name: SEV0, aliases: [on fire], emoji: ":fire:"}
  - {key: "1", name: SEV1}
  - {key: "2", name: SEV2, default: true}
  - {key: "3", name: SEV3, retired: true}
  - {key: "4", name: SEV4, rank: 1}
statuses:
  - {key: live, name: New, category: live, default: true}
  - {key: watching, name: Watching it, category: live}
  - {key: resolved, name: Fixed, category: closed, default: true}
  - {key: nothing, name: False alarm, category: closed}
  - {key: reported, name: Noted, category: reported, default: true}
"""


def patch(client: APIClient, incident: Incident, **values: Any) -> Any:
    return client.patch(f"/core/incidents/{incident.pk}/", values, format="json")


def test_a_status_is_read_and_written(client: APIClient, incident: Incident) -> None:
    assert client.get(f"/core/incidents/{incident.pk}/").json()["status"] == "live"
    answer = patch(client, incident, status="monitoring")
    assert (answer.status_code, answer.json()["status"]) == (200, "monitoring")
    closed = patch(client, incident, status="resolved").json()
    assert (closed["is_closed"], closed["status"]) == (True, "resolved")
    reopened = patch(client, incident, status="investigating").json()
    assert (reopened["end_time"], reopened["status"]) == (None, "investigating")
    texts = list(incident.timelineevent_set.order_by("id").values_list("text", flat=True))
    assert texts == [
        "Incident status updated from live to monitoring",
        "Incident closed",
        "Incident reopened: investigating",
    ]


def test_all_that_was_read_can_be_written_back(client: APIClient, incident: Incident) -> None:
    address = f"/core/incidents/{incident.pk}/"
    for changed, status in (
        ({"summary": "New"}, "live"),
        ({"status": "monitoring"}, "monitoring"),
        ({"is_closed": True}, "resolved"),
        ({"is_closed": False}, "live"),
        ({"status": "resolved"}, "resolved"),
        ({"end_time": None}, "live"),
    ):
        body = {**client.get(address).json(), **changed}
        for name in ("action_items", "comms_channel", "lead", "reporter"):
            del body[name]
        answer = client.put(address, body, format="json")
        assert (answer.status_code, answer.json()["status"]) == (200, status), answer.json()
    incident.refresh_from_db()
    assert incident.status is None


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"status": "unheard of"}, "status"),
        ({"status": None}, "status"),
        ({"status": 7}, "status"),
        ({"status": ["live"]}, "status"),
        ({"status": "reported"}, "status"),
        ({"status": "monitoring", "is_closed": True}, "status"),
        ({"status": "resolved", "report_only": True, "severity": "9"}, "severity"),
    ],
)
def test_what_cannot_be_is_refused(
    client: APIClient, incident: Incident, sent: dict[str, Any], field: str
) -> None:
    incident.set_status(Status.objects.get(key="investigating"))
    answer = patch(client, incident, **sent)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_an_incident_is_declared_with_a_status(client: APIClient) -> None:
    body = {"report": "Checkout fails", "status": "Investigating"}
    live = client.post("/core/incidents/", body, format="json").json()
    assert (live["status"], live["is_closed"]) == ("investigating", False)
    closed = client.post("/core/incidents/", {**body, "status": "resolved"}, format="json").json()
    assert (closed["status"], closed["is_closed"]) == ("resolved", True)
    report = {"report": "Typo", "report_only": True, "status": "live"}
    assert client.post("/core/incidents/", report, format="json").status_code == 400


def test_a_configured_severity_is_written_by_key_or_name_unless_retired(
    client: APIClient, incident: Incident
) -> None:
    patch(client, incident, severity="3")
    sync.load(FIVE)
    for word in ("p0", "SEV0", "on fire", "🔥"):
        assert patch(client, incident, severity=word).json()["severity"] == "p0"
    answer = patch(client, incident, severity="SEV3")
    assert answer.status_code == 400
    assert "p0 (SEV0)" in answer.json()["errors"]["severity"][0]
    Incident.objects.update(severity="3")
    assert patch(client, incident, severity="3", summary="x").status_code == 200


def test_the_schema_says_what_there_is(client: APIClient) -> None:
    sync.load(FIVE)
    schemas = schema.build("core/")["components"]["schemas"]
    sent = next(s for n, s in schemas.items() if n.startswith("Incident") and "Request" in n)
    assert sent["properties"]["severity"]["enum"] == ["4", "p0", "1", "2", None]
    assert sent["properties"]["status"]["enum"] == [
        "live", "watching", "resolved", "nothing", "reported",
    ]  # fmt: skip


def test_lists_are_filtered_and_ordered(client: APIClient) -> None:
    sync.load(FIVE)
    rows = {
        "fire": IncidentFactory(severity="p0"),
        "least": IncidentFactory(severity="4", status="watching"),
        "alarm": IncidentFactory(severity="2"),
        "none": IncidentFactory(report_only=True),
    }
    rows["alarm"].set_status(Status.objects.get(key="nothing"))
    names = {incident.pk: name for name, incident in rows.items()}
    for query, expected in {
        "severity=sev0": "fire",
        "severity=SEV2,p0&ordering=id": "fire alarm",
        "severity=none": "none",
        "ordering=severity": "least fire alarm none",
        "ordering=-severity": "alarm fire least none",
        "status=live": "fire",
        "status=watching it": "least",
        "status=nothing,reported&ordering=id": "alarm none",
        "status=resolved": "",
        "status=unheard of": "",
        "status_category=closed": "alarm",
        "status_category=live,reported&ordering=id": "fire least none",
        "status_category=whatever": "",
        "status=%20": "none alarm least fire",
    }.items():
        found = client.get(f"/core/incidents/?{query}").json()["results"]
        assert [names[row["id"]] for row in found] == expected.split(), query


def test_a_list_reads_the_rows_once_however_long_it_is(client: APIClient) -> None:
    for number in range(30):
        IncidentFactory(severity=str(number % 4 + 1), status="monitoring")
    client.get("/core/incidents/")
    with CaptureQueriesContext(connection) as warm:
        client.get("/core/incidents/")
    Severity.forget()
    Status.forget()
    with CaptureQueriesContext(connection) as cold:
        client.get("/core/incidents/")
    assert len(cold) == len(warm) + 1


def test_the_options_of_the_address_offer_what_there_is(
    client: APIClient, incident: Incident
) -> None:
    sync.load(FIVE)
    answer = client.options(f"/core/incidents/{incident.pk}/").json()
    offered = answer["actions"]["PUT"]["severity"]["choices"]
    assert [choice["value"] for choice in offered] == ["4", "p0", "1", "2"]
