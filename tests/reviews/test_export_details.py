"""Status, roles, custom fields, milestones and updates in exports."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from response.core.models import Field, Incident, Role, Status, Update
from tests.factories import IncidentFactory, PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def detailed(closed):
    """The closed incident, with something of everything."""
    Status.objects.create(key="false-alarm", name="False alarm", category="closed", rank=90)
    Role.objects.create(key="comms", name="Comms lead", rank=1)
    Role.objects.create(key="scribes", name="Scribes", several=True, rank=2)
    options = [{"key": "api", "name": "The API"}, "web"]
    Field.objects.create(key="service", name="Service", kind="choices", options=options, rank=1)
    Field.objects.create(key="cause", name="Cause <b>", kind="text", rank=2)
    Field.objects.create(key="users", name="Users", kind="number", rank=3)
    Field.objects.create(key="day", name="Day", kind="date", rank=4)
    Field.objects.create(key="owner", name="Owner", kind="person", rank=5)
    Field.objects.create(key="empty", name="Nothing in it", rank=6)
    bo, chidi = (
        PersonFactory(full_name="Bo Berg", display_name="bo"),
        PersonFactory(full_name="Chidi Okoro"),
    )
    closed.set_details(
        {"comms": [bo], "scribes": [bo, chidi]},
        {
            "service": ["api", "web"],
            "cause": f"=1+1\nsaid <@{bo.external_id}> <script>",
            "users": "12.50",
            "day": "2026-03-01",
            "owner": chidi,
        },
    )
    closed.mitigated_at = closed.start_time + timedelta(hours=1)
    closed.status = "false-alarm"
    closed.save()
    Update.objects.post(closed, f"<@{bo.external_id}> looks", doing="Waiting", needed="Coffee")
    return closed


def text_of(answer) -> str:
    assert answer.status_code == 200
    parts = answer.streaming_content if answer.streaming else [answer.content]
    return b"".join(parts).decode()


def rows_of(answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text_of(answer).removeprefix("\ufeff"), newline="")))


def at(incident, kind: str) -> str:
    return f"/incident/{incident.pk}/review/export.{kind}"


def test_the_review_as_json(reading, detailed, review):
    told = reading.get(at(detailed, "json")).json()["incident"]
    assert (told["status"], told["status_key"], told["status_category"]) == (
        "False alarm", "false-alarm", "closed",
    )  # fmt: skip
    assert told["roles"] == [
        {"key": "comms", "name": "Comms lead", "people": ["Bo Berg"]},
        {"key": "scribes", "name": "Scribes", "people": ["Bo Berg", "Chidi Okoro"]},
    ]
    assert {field["key"]: field["value"] for field in told["fields"]} == {
        "service": "The API, web",
        "cause": "=1+1\nsaid @bo <script>",
        "users": "12.5",
        "day": "2026-03-01",
        "owner": "Chidi Okoro",
        "empty": None,
    }
    assert told["milestones"]["mitigated"]
    assert told["milestones"]["detected"] is None
    [update] = told["updates"]
    assert (update["known"], update["doing"], update["needed"]) == (
        "@bo looks", "Waiting", "Coffee",
    )  # fmt: skip


def test_the_review_as_markdown_and_html(reading, detailed, review):
    told = text_of(reading.get(at(detailed, "md")))
    for line in (
        "- **Status:** False alarm",
        "- **Comms lead:** Bo Berg",
        "- **Scribes:** Bo Berg, Chidi Okoro",
        "- **Service:** The API, web",
        "- **Cause <b>:** =1+1 said @bo <script>",
    ):
        assert line in told.splitlines()
    assert "- **Mitigated:** 20" in told
    assert "Nothing in it" not in told
    page = text_of(reading.get(at(detailed, "html")))
    assert "<dt>Cause &lt;b&gt;</dt><dd>=1+1 said @bo &lt;script&gt;</dd>" in page


def test_the_table_of_incidents(reading, detailed):
    [row] = rows_of(reading.get("/export/incidents.csv"))
    assert {name: row[name] for name in row if name.startswith(("role_", "field_", "status"))} == {
        "status": "False alarm",
        "status_key": "false-alarm",
        "role_comms": "Bo Berg",
        "role_scribes": "Bo Berg, Chidi Okoro",
        "field_service": "The API, web",
        "field_cause": "'=1+1\nsaid @bo <script>",
        "field_users": "12.5",
        "field_day": "2026-03-01",
        "field_owner": "Chidi Okoro",
        "field_empty": "",
    }
    assert row["mitigated"]
    assert row["detected"] == ""


def test_private_ones_stay_private(reading, detailed, review):
    Incident.objects.filter(pk=detailed.pk).update(private=True)
    assert rows_of(reading.get("/export/incidents.csv")) == []
    assert reading.get(at(detailed, "json")).status_code == 404


@pytest.mark.many
def test_they_cost_the_same_for_many(reading, detailed, review):
    mention = f"<@{PersonFactory().external_id}>"

    def cost(address: str) -> int:
        text_of(reading.get(address))  # what is configured is remembered
        with CaptureQueriesContext(connection) as queries:
            text_of(reading.get(address))
        return len(queries)

    addresses = ("/export/incidents.csv", at(detailed, "json"), at(detailed, "md"))
    before = [cost(address) for address in addresses]
    people = [PersonFactory() for _number in range(9)]
    detailed.set_details({"scribes": people}, {"cause": mention})
    detailed.save()
    for number in range(9):
        Update.objects.post(detailed, f"{mention} {number}")
        incident = IncidentFactory(report_time=timezone.now())
        incident.set_details({"scribes": people}, {"cause": mention, "owner": people[number]})
        incident.save()
    assert [cost(address) for address in addresses] == before
