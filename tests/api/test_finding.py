"""Filters, search, ordering and pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from rest_framework.test import APIClient

from response.models import Action, ExternalUser, Incident, TimelineEvent
from tests.api.conftest import moment

Incidents = dict[str, Incident]


@pytest.fixture
def incidents(person: ExternalUser) -> Incidents:
    """Three incidents, an hour apart."""
    other = ExternalUser.objects.create(
        app_id="slack", external_id="U2", display_name="cleo", email="cleo@example.com"
    )

    def declare(title: str, hour: int, **values: Any) -> Incident:
        incident = Incident.objects.create_incident(
            title, person, report_time=moment(hours=hour), **values
        )
        return incident

    old = declare("Checkout fails", 0, severity="1", lead=other, summary="The *gateway* is down")
    old.close(moment(hours=1))
    TimelineEvent.objects.create(incident=old, text="Renewed the certificate")
    middle = declare("Search is slow", 1, severity="3", impact="100% of the readers wait")
    new = declare("Typo on the start page", 2, report_only=True)
    return {"old": old, "middle": middle, "new": new}


def found(client: APIClient, incidents: Incidents, query: str) -> list[str]:
    """Which of ``incidents`` a query finds, in its order."""
    response = client.get(f"/core/incidents/?{query}")
    assert response.status_code == 200, response.json()
    names = {incident.pk: name for name, incident in incidents.items()}
    return [names[row["id"]] for row in response.json()["results"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "new middle old"),
        ("is_closed=true", "old"),
        ("is_closed=false", "new middle"),
        ("is_closed=false&report_only=false", "middle"),
        ("severity=1", "old"),
        ("severity=1,3", "middle old"),
        ("severity=none", "new"),
        ("severity=none,3", "new middle"),
        ("severity=P0", ""),
        ("lead=U2", "old"),
        ("lead=CLEO@example.com", "old"),
        ("lead=none", "new middle"),
        ("reporter=ben@example.com", "new middle old"),
        ("report_only=true", "new"),
        ("reported_since=2030-01-31T13:00:00", "new middle"),
        ("reported_before=2030-01-31T13:00:00", "old"),
        ("reported_since=2030-01-31T15:00:00+01:00", "new"),
        ("reported_since=2030-01-31T15:00:00%2B01:00", "new"),
        ("reported_since=2030-02-01", ""),
        ("ended_since=2030-01-31", "old"),
        ("search=checkout", "old"),
        ("search=gateway", "old"),
        ("search=100%25", "middle"),
        ("search=certificate+renewed", "old"),
        ("search=%22the+certificate%22", "old"),
        ("search=certificate+slow", ""),
        ("search=is", "middle old"),
        ("ordering=report", "old middle new"),
        ("ordering=-report_time", "new middle old"),
        ("ordering=severity", "old middle new"),
        ("ordering=-severity", "middle old new"),
        ("ordering=end_time", "old middle new"),
        ("ordering=report_only", "400"),
    ],
)
def test_finding(client: APIClient, incidents: Incidents, query: str, expected: str) -> None:
    if expected == "400":
        assert client.get(f"/core/incidents/?{query}").status_code == 400
    else:
        assert found(client, incidents, query) == expected.split()


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("incidents/", "severty"),
        ("incidents/", "page"),
        ("incidents/bymonth/2030/01/", "colour"),
        ("actions/", "don"),
        ("users/", "nam"),
        ("events/", "form"),
    ],
)
def test_a_parameter_that_there_is_not(
    client: APIClient, incident: Incident, address: str, name: str
) -> None:
    answer = client.get(f"/core/{address}?{name}=1")
    assert answer.status_code == 400
    [sentence] = answer.json()["errors"][name]
    assert "no such parameter" in sentence


def test_parameters_that_all_lists_and_the_project_know(
    client: APIClient, incident: Incident
) -> None:
    assert client.get("/core/incidents/?format=json&max_id=1000000").status_code == 200
    assert client.get("/core/incidents/?token=x").status_code == 400
    with override_settings(RESPONSE_API_PARAMETERS=["token"]):
        assert client.get("/core/incidents/?token=x").status_code == 200


@pytest.mark.parametrize(("query", "rows"), [("limit=2", 2), ("offset=1", 3), ("page_size=3", 3)])
def test_pages_of_people(client: APIClient, person: ExternalUser, query: str, rows: int) -> None:
    for number in range(3):
        ExternalUser.objects.create(
            app_id="slack", external_id=f"U{number}", display_name=str(number)
        )
    body = client.get(f"/core/users/?{query}").json()
    assert (body["count"], len(body["results"])) == (4, rows)


@pytest.mark.parametrize("query", ["page_size=0", "page_size=x", "page_size=-1", "max_id=x"])
def test_page_sizes_that_are_none(client: APIClient, person: ExternalUser, query: str) -> None:
    assert client.get(f"/core/users/?{query}").status_code == 400


def test_a_month(client: APIClient, incidents: Incidents, person: ExternalUser) -> None:
    # The last moment of the month, and the first of the next one, wherever the project is.
    last, first = moment(hours=11, minutes=59, seconds=59), moment(hours=12)
    Incident.objects.filter(pk=incidents["middle"].pk).update(report_time=last)
    Incident.objects.filter(pk=incidents["new"].pk).update(report_time=first)
    shown = client.get("/core/incidents/bymonth/2030/01/").json()["results"]
    assert [row["id"] for row in shown] == [incidents["middle"].pk, incidents["old"].pk]
    shown = client.get("/core/incidents/bymonth/2030/2/").json()["results"]
    assert [row["id"] for row in shown] == [incidents["new"].pk]


def test_finding_actions(client: APIClient, incidents: Incidents, person: ExternalUser) -> None:
    first = Action.objects.create(incident=incidents["old"], user=person, details="a", done=True)
    second = Action.objects.create(
        incident=incidents["new"], user=person, details="b", priority="1", due_date=moment()
    )

    def ids(query: str) -> list[int]:
        return [row["id"] for row in client.get(f"/core/actions/?{query}").json()["results"]]

    assert ids("") == [first.pk, second.pk]
    assert ids("done=true") == [first.pk]
    assert ids("done=false&user=U012ABCDEF") == [second.pk]
    assert ids("priority=none") == [first.pk]
    assert ids("due_before=2030-02-01") == [second.pk]
    assert ids("ordering=-id") == [second.pk, first.pk]
    rows = client.get(f"/core/incidents/{incidents['old'].pk}/actions/").json()["results"]
    assert [row["id"] for row in rows] == [first.pk]


# Pages


def walk(client: APIClient, address: str, in_between: Callable[[], Any]) -> list[int]:
    """The ids on all pages, where something happens before each further page."""
    ids: list[int] = []
    link: str | None = address
    while link:
        page = client.get(link).json()
        ids += [row["id"] for row in page["results"]]
        link = page["next"]
        in_between()
    return ids


@pytest.mark.parametrize("style", ["LimitOffsetPagination", "PageNumberPagination", None])
def test_pages_hold_still_while_incidents_are_declared(
    client: APIClient,
    person: ExternalUser,
    make_incidents: Callable[[int], list[Incident]],
    style: str | None,
) -> None:
    made = make_incidents(25)
    pagination = f"rest_framework.pagination.{style}" if style else None
    framework = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_PAGINATION_CLASS": pagination,
        "PAGE_SIZE": 10,
    }

    def declare() -> None:
        Incident.objects.create_incident("Newer", person, report_time=moment(days=9))

    with override_settings(REST_FRAMEWORK=framework):
        ids = walk(client, "/core/incidents/", declare)
        page = client.get("/core/incidents/").json()
    assert ids == [incident.pk for incident in reversed(made)]
    assert page["count"] == 25 + 3


def test_the_way_back(client: APIClient, make_incidents: Callable[[int], Any]) -> None:
    make_incidents(5)
    first = client.get("/core/incidents/?limit=2").json()
    assert first["previous"] is None
    second = client.get(first["next"]).json()
    assert client.get(second["previous"]).json()["results"] == first["results"]


def test_a_page_number_that_is_none(client: APIClient, incident: Incident) -> None:
    framework = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    }
    with override_settings(REST_FRAMEWORK=framework):
        for page in ("0", "2", "x", "9" * 5000, "-1", "%00"):
            response = client.get(f"/core/incidents/?page={page}")
            assert response.status_code == 404
            assert response.json()["code"] == "not_found"


def test_equal_times_are_ordered_by_id(client: APIClient, person: ExternalUser) -> None:
    ids = [Incident.objects.create_incident("x", person, report_time=moment()).pk for _ in range(4)]
    assert walk(client, "/core/incidents/?limit=1", lambda: None) == ids[::-1]
    assert walk(client, "/core/incidents/?limit=1&ordering=report_time", lambda: None) == ids
