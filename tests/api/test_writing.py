"""Declaring, changing and finishing incidents, actions and timelines."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils.dateparse import parse_datetime
from rest_framework.test import APIClient

from response.models import Action, Event, ExternalUser, Incident, TimelineEvent
from tests.api.conftest import allow, moment


def errors(response: Any) -> dict[str, list[str]]:
    """The errors of a 400, whose shape is checked."""
    assert response.status_code == 400, response.content
    body = response.json()
    assert list(body) == ["detail", "code", "errors"]
    assert body["code"] == "invalid"
    found: dict[str, list[str]] = body["errors"]
    return found


# Declaring


def test_an_incident_is_declared(client: APIClient, person: ExternalUser) -> None:
    response = client.post(
        "/core/incidents/",
        {
            "report": "Checkout fails",
            "summary": "The certificate ran out",
            "severity": "1",
            "lead": {"external_id": "U012ABCDEF"},
            "reporter": {"email": "BEN@example.com"},
        },
        format="json",
    )
    assert response.status_code == 201, response.json()
    shown = response.json()
    assert response["Location"] == f"http://testserver/core/incidents/{shown['id']}/"
    incident = Incident.objects.get(pk=shown["id"])
    assert incident.lead == incident.reporter == person
    assert incident.start_time == incident.report_time
    assert shown == client.get(response["Location"]).json()
    assert [e.payload["id"] for e in Event.objects.all()] == [incident.pk]


def test_a_title_is_enough(client: APIClient) -> None:
    response = client.post("/core/incidents/", {"report": "Checkout fails"}, format="json")
    assert response.status_code == 201, response.json()
    assert response.json()["reporter"] is None


def test_whoever_declares_is_the_reporter(
    client: APIClient, account: Any, person: ExternalUser
) -> None:
    person.owner = account
    person.save()
    response = client.post("/core/incidents/", {"report": "Checkout fails"}, format="json")
    assert response.json()["reporter"]["external_id"] == "U012ABCDEF"


def test_an_incident_that_is_over_is_declared_with_its_times(client: APIClient) -> None:
    response = client.post(
        "/core/incidents/",
        {
            "report": "Checkout failed",
            "report_only": True,
            "start_time": moment().isoformat(),
            "end_time": moment(hours=1).isoformat(),
        },
        format="json",
    )
    assert response.status_code == 201, response.json()
    incident = Incident.objects.get()
    assert (incident.start_time, incident.end_time) == (moment(), moment(hours=1))
    assert response.json()["is_closed"] is True


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "report"),
        ({"report": ""}, "report"),
        ({"report": " \n "}, "report"),
        ({"report": "\x01"}, "report"),
        ({"report": "x" * 201}, "report"),
        ({"report": 5}, "report"),
        ({"report": ["x"]}, "report"),
        ({"report": "a\x00b"}, "report"),
        ({"report": None}, "report"),
        ({"report": "x", "severity": "5"}, "severity"),
        ({"report": "x", "severity": ["1"]}, "severity"),
        ({"report": "x", "severity": True}, "severity"),
        ({"report": "x", "summary": "x" * 100_001}, "summary"),
        ({"report": "x", "report_only": "perhaps"}, "report_only"),
        ({"report": "x", "report_time": "yesterday"}, "report_time"),
        ({"report": "x", "report_time": "0001-01-01T00:00:00Z"}, "report_time"),
        ({"report": "x", "report_time": "9999-12-31T23:59:59-14:00"}, "report_time"),
        ({"report": "x", "report_time": 12}, "report_time"),
        ({"report": "x", "end_time": "2000-01-01T00:00:00Z"}, "end_time"),
        ({"report": "x", "lead": "U012ABCDEF"}, "lead"),
        ({"report": "x", "lead": {}}, "lead"),
        ({"report": "x", "lead": {"external_id": "U404"}}, "lead.external_id"),
        ({"report": "x", "lead": {"external_id": 7}}, "lead.external_id"),
        ({"report": "x", "lead": {"external_id": "x" * 51}}, "lead.external_id"),
        ({"report": "x", "lead": {"email": "nobody@example.com"}}, "lead.email"),
        ({"report": "x", "lead": {"email": "a\x00@example.com"}}, "lead.email"),
    ],
)
def test_what_is_wrong_is_said_of_each_field(
    client: APIClient, person: ExternalUser, values: dict[str, Any], field: str
) -> None:
    found = errors(client.post("/core/incidents/", values, format="json"))
    assert list(found) == [field]
    assert not Incident.objects.exists()


# Changing


def test_one_field_is_changed_and_nothing_else(client: APIClient, incident: Incident) -> None:
    before = client.get(f"/core/incidents/{incident.pk}/").json()
    response = client.patch(
        f"/core/incidents/{incident.pk}/", {"summary": "It is the *gateway*"}, format="json"
    )
    assert response.status_code == 200
    assert response.json() == {**before, "summary": "It is the *gateway*"}
    assert TimelineEvent.objects.get().metadata["update_type"] == "incident_summary"


def test_a_write_without_a_change_leaves_no_trace(client: APIClient, incident: Incident) -> None:
    events = Event.objects.count()
    shown = client.get(f"/core/incidents/{incident.pk}/").json()
    assert client.put(f"/core/incidents/{incident.pk}/", shown, format="json").status_code == 200
    assert Event.objects.count() == events
    assert not TimelineEvent.objects.exists()


@pytest.mark.parametrize("nothing", [None, ""])
def test_the_severity_can_be_changed_but_not_unset(
    client: APIClient, incident: Incident, nothing: str | None
) -> None:
    address = f"/core/incidents/{incident.pk}/"
    assert client.patch(address, {"severity": "3"}, format="json").json()["severity"] == "3"
    found = errors(client.patch(address, {"severity": nothing}, format="json"))
    assert found == {"severity": ["This can be changed, but not unset."]}
    incident.refresh_from_db()
    assert incident.severity == "3"


def test_a_severity_that_was_never_set_may_stay_so(client: APIClient, incident: Incident) -> None:
    Incident.objects.filter(pk=incident.pk).update(severity=None)
    response = client.patch(
        f"/core/incidents/{incident.pk}/", {"severity": None, "report": "Other"}, format="json"
    )
    assert response.status_code == 200
    assert response.json()["severity"] is None


def test_the_reporter_can_be_changed_but_not_unset(client: APIClient, incident: Incident) -> None:
    address = f"/core/incidents/{incident.pk}/"
    assert list(errors(client.patch(address, {"reporter": None}, format="json"))) == ["reporter"]


def test_the_lead_comes_and_goes(
    client: APIClient, incident: Incident, person: ExternalUser
) -> None:
    address = f"/core/incidents/{incident.pk}/"
    response = client.patch(address, {"lead": {"external_id": "U012ABCDEF"}}, format="json")
    assert response.json()["lead"]["display_name"] == "ben"
    assert client.patch(address, {"lead": None}, format="json").json()["lead"] is None


# Closing and reopening


def test_closing_and_reopening(client: APIClient, incident: Incident) -> None:
    Incident.objects.filter(pk=incident.pk).update(start_time=moment(days=-9000))
    address = f"/core/incidents/{incident.pk}/"
    closed = client.patch(address, {"is_closed": True}, format="json").json()
    assert closed["is_closed"] is True
    assert parse_datetime(closed["end_time"])
    again = client.patch(address, {"is_closed": True}, format="json").json()
    assert again["end_time"] == closed["end_time"]
    reopened = client.patch(address, {"is_closed": False}, format="json").json()
    assert (reopened["is_closed"], reopened["end_time"]) == (False, None)
    told = [e.metadata["new_value"] for e in TimelineEvent.objects.order_by("id")]
    assert told == ["resolved", "live"]


def test_the_end_time_closes_and_reopens_as_well(client: APIClient, incident: Incident) -> None:
    address = f"/core/incidents/{incident.pk}/"
    end = moment(hours=2).isoformat()
    # As a client does that reads all of it, changes the end, and writes all of it.
    shown = client.get(address).json()
    closed = client.put(address, {**shown, "end_time": end}, format="json").json()
    assert closed["is_closed"] is True
    incident.refresh_from_db()
    assert incident.end_time == moment(hours=2)
    reopened = client.put(address, {**closed, "end_time": None}, format="json").json()
    assert reopened["is_closed"] is False


def test_is_closed_counts_in_a_whole_write_too(client: APIClient, incident: Incident) -> None:
    address = f"/core/incidents/{incident.pk}/"
    shown = client.get(address).json()
    closed = client.put(address, {**shown, "is_closed": True}, format="json").json()
    assert closed["is_closed"] is True
    reopened = client.put(address, {**closed, "is_closed": False}, format="json").json()
    assert (reopened["is_closed"], reopened["end_time"]) == (False, None)


def test_an_incident_cannot_end_before_it_started(client: APIClient, incident: Incident) -> None:
    address = f"/core/incidents/{incident.pk}/"
    early = moment(hours=-1).isoformat()
    assert list(errors(client.patch(address, {"end_time": early}, format="json"))) == ["end_time"]


def test_an_incident_cannot_be_deleted(client: APIClient, incident: Incident) -> None:
    response = client.delete(f"/core/incidents/{incident.pk}/")
    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"


# People


def test_somebody_with_all_fields_is_stored(client: APIClient, incident: Incident) -> None:
    lead = {
        "app_id": "slack",
        "external_id": "W9",
        "display_name": "cleo",
        "full_name": "Cleo Example",
        "email": "cleo@example.com",
    }
    address = f"/core/incidents/{incident.pk}/"
    shown = client.patch(address, {"lead": lead}, format="json").json()["lead"]
    # The address of a person in Slack comes from Slack.
    assert shown == {**lead, "email": None, "deleted": False}
    client.patch(address, {"lead": {**lead, "display_name": "Cleo"}}, format="json")
    assert ExternalUser.objects.get(external_id="W9").display_name == "Cleo"
    assert ExternalUser.objects.count() == 2


def test_nobody_is_stored_if_something_else_is_wrong(client: APIClient) -> None:
    lead = {"external_id": "W9", "display_name": "cleo"}
    errors(client.post("/core/incidents/", {"report": "", "lead": lead}, format="json"))
    assert not ExternalUser.objects.exists()


def test_an_address_that_two_people_have_names_nobody(
    client: APIClient, incident: Incident, person: ExternalUser
) -> None:
    address = f"/core/incidents/{incident.pk}/"
    other = ExternalUser.objects.create(
        app_id="slack", external_id="U2", display_name="b", email="Ben@Example.com"
    )
    change = {"lead": {"email": "ben@example.com"}}
    assert list(errors(client.patch(address, change, format="json"))) == ["lead.email"]
    # Whoever is gone does not count.
    ExternalUser.objects.filter(pk=other.pk).update(deleted=True)
    shown = client.patch(address, change, format="json").json()
    assert shown["lead"]["external_id"] == person.external_id


def test_people_are_added_and_changed_on_their_own(client: APIClient) -> None:
    new = {"app_id": "slack", "external_id": "W9", "display_name": "cleo"}
    assert client.post("/core/users/", new, format="json").status_code == 201
    found = errors(client.post("/core/users/", new, format="json"))
    assert list(found) == ["non_field_errors"]
    shown = client.patch("/core/users/slack:W9/", {"full_name": "Cleo C"}, format="json")
    assert shown.json()["full_name"] == "Cleo C"
    found = errors(client.patch("/core/users/slack:W9/", {"external_id": "W8"}, format="json"))
    assert found == {"external_id": ["This cannot be changed."]}
    assert client.delete("/core/users/slack:W9/").status_code == 405


WRITTEN = ("post", "put", "patch", "lead of an incident", "new lead", "user of an action")


def write_address(client: APIClient, incident: Incident, how: str, address: str) -> Any:
    """Send an e-mail address of ``slack:U012ABCDEF``, or of W9 as new; return the answer."""
    known = {"app_id": "slack", "external_id": "U012ABCDEF", "display_name": "ben"}
    known["email"] = address
    new = {**known, "external_id": "W9"}
    one, of = "/core/users/slack:U012ABCDEF/", f"/core/incidents/{incident.pk}/"
    if how == "post":
        return client.post("/core/users/", new, format="json")
    if how == "put":
        return client.put(one, known, format="json")
    if how == "patch":
        return client.patch(one, {"email": address}, format="json")
    if how == "user of an action":
        return client.post(f"{of}actions/", {"details": "x", "user": known}, format="json")
    return client.patch(of, {"lead": new if how == "new lead" else known}, format="json")


@pytest.mark.parametrize("how", WRITTEN)
@pytest.mark.parametrize(
    ("permissions", "stored"),
    [
        ((), False),
        (("change_externaluser",), False),
        (("view_private_incident",), False),
        (("change_externaluser", "view_private_incident"), True),
    ],
    ids=["none", "change", "see", "both"],
)
def test_whose_account_is_whose_is_not_for_every_client_to_say(
    client: APIClient, account: Any, incident: Incident, permissions: Any, stored: bool, how: str
) -> None:
    """The admin links people to accounts by the address, and that opens private incidents."""
    allow(account, *permissions)
    before = set(ExternalUser.objects.values_list("email", flat=True))
    answer = write_address(client, incident, how, "anna@example.com")
    assert answer.status_code in (200, 201)  # what 0.5.1 took is taken
    after = set(ExternalUser.objects.values_list("email", flat=True)) - {None}
    assert ("anna@example.com" in after) is stored
    assert stored or after == before


def test_addresses_of_people_elsewhere_are_for_clients_to_say(client: APIClient) -> None:
    new = {"app_id": "pager", "external_id": "P1", "display_name": "cleo", "email": "c@example.com"}
    assert client.post("/core/users/", new, format="json").json()["email"] == "c@example.com"
    changed = client.patch("/core/users/pager:P1/", {"email": "d@example.com"}, format="json")
    assert changed.json()["email"] == "d@example.com"


# Actions


def test_an_action_from_beginning_to_end(
    client: APIClient, incident: Incident, person: ExternalUser
) -> None:
    response = client.post(
        f"/core/incidents/{incident.pk}/actions/",
        {
            "details": "Alert earlier",
            "user": {"external_id": "U012ABCDEF"},
            "due_date": moment(days=14).isoformat(),
            "priority": "1",
            "type": "3",
        },
        format="json",
    )
    assert response.status_code == 201, response.json()
    action = Action.objects.get()
    assert (action.incident, action.user, action.due_date) == (incident, person, moment(days=14))
    address = f"/core/incidents/{incident.pk}/actions/{action.pk}/"
    assert response["Location"] == f"http://testserver{address}"
    done = client.patch(address, {"done": True}, format="json").json()
    assert done["done_date"] is not None
    undone = client.patch(f"/core/actions/{action.pk}/", {"done": False}, format="json").json()
    assert undone["done_date"] is None
    found = errors(client.patch(address, {"priority": None}, format="json"))
    assert found == {"priority": ["This can be changed, but not unset."]}
    assert client.patch(address, {"type": None}, format="json").json()["type"] is None
    assert client.delete(address).status_code == 204
    assert not Action.objects.exists()


def test_an_action_is_of_whoever_makes_it(
    client: APIClient, account: Any, incident: Incident, person: ExternalUser
) -> None:
    address = f"/core/incidents/{incident.pk}/actions/"
    assert list(errors(client.post(address, {"details": "x"}, format="json"))) == ["user"]
    person.owner = account
    person.save()
    shown = client.post(address, {"details": "x"}, format="json").json()
    assert shown["user"]["external_id"] == "U012ABCDEF"
    found = errors(client.post(address, {"details": "x", "user": None}, format="json"))
    assert list(found) == ["user"]


def test_an_action_is_reached_through_its_own_incident_only(
    client: APIClient, incident: Incident, person: ExternalUser
) -> None:
    other = Incident.objects.create_incident("Other", person)
    action = Action.objects.create(incident=incident, user=person, details="x")
    assert client.get(f"/core/incidents/{other.pk}/actions/{action.pk}/").status_code == 404
    assert client.post("/core/incidents/999/actions/", {"details": "x"}).status_code == 404
    assert client.post("/core/actions/", {"details": "x"}).status_code == 405


# Timeline


def test_an_entry_of_the_timeline_from_beginning_to_end(
    client: APIClient, incident: Incident
) -> None:
    address = f"/core/incidents/{incident.pk}/timeline/events/"
    response = client.post(
        address,
        {"text": "Renewed", "timestamp": moment().isoformat(), "metadata": {"n": [10**30, "é"]}},
        format="json",
    )
    assert response.status_code == 201, response.json()
    event = TimelineEvent.objects.get()
    assert (event.timestamp, event.event_type) == (moment(), "text")
    assert response.json()["metadata"] == event.metadata == {"n": [10**30, "é"]}
    one = f"{address}{response.json()['id']}/"
    assert client.patch(one, {"text": "Renewed it"}, format="json").json()["text"] == "Renewed it"
    assert client.delete(one).status_code == 204
    assert client.get(one).status_code == 404


@pytest.mark.parametrize(
    "metadata", ["[" * 60 + "]" * 60, '"a\\u0000b"', '{"\\ud800": 1}', "[1e400]"]
)
def test_metadata_that_cannot_be_stored(
    client: APIClient, incident: Incident, metadata: str
) -> None:
    response = client.post(
        f"/core/incidents/{incident.pk}/timeline/events/",
        f'{{"text": "x", "metadata": {metadata}}}',
        content_type="application/json",
    )
    assert list(errors(response)) == ["metadata"]
    assert not TimelineEvent.objects.exists()
