"""The API, asked as programs of 0.5.1's time ask it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from rest_framework.test import APIClient, APIRequestFactory, force_authenticate

from response import serializers
from response.core import views
from response.models import Action, Event, ExternalUser, Incident, TimelineEvent
from tests.contract.test_models import now

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(admin_user):
    client = APIClient()
    client.force_authenticate(admin_user)
    return client


def test_only_who_is_logged_in_may_ask(db):
    assert APIClient().get(reverse("incident-list")).status_code in (401, 403)


def test_incidents_newest_first(api, anna, incident):
    older = Incident.objects.create_incident("Older", anna, now() - timedelta(days=1), False)
    body = api.get(reverse("incident-list")).json()
    assert (body["count"], body["next"], body["previous"]) == (2, None, None)
    assert [i["id"] for i in body["results"]] == [incident.pk, older.pk]
    found = body["results"][0]
    assert set(found) >= {
        "action_items",
        "comms_channel",
        "end_time",
        "impact",
        "is_closed",
        "lead",
        "id",
        "report",
        "report_time",
        "report_only",
        "reporter",
        "severity",
        "start_time",
        "summary",
    }
    assert found["reporter"]["external_id"] == anna.external_id
    assert found["is_closed"] is False
    page = api.get(reverse("incident-list"), {"limit": 1, "offset": 1}).json()
    assert [i["id"] for i in page["results"]] == [older.pk]


def test_incidents_of_a_month(api, incident):
    at = incident.report_time
    kwargs = {"year": f"{at.year:04}", "month": f"{at.month:02}"}
    assert api.get(reverse("incidents-bymonth-list", kwargs=kwargs)).json()["count"] == 1
    kwargs["year"] = "1999"
    assert api.get(reverse("incidents-bymonth-list", kwargs=kwargs)).json()["count"] == 0


@pytest.mark.parametrize(
    ("field", "value"), [("impact", "All"), ("summary", "New"), ("severity", "2")]
)
def test_an_incident_is_written_back(incident, admin_user, field, value):
    incident.lead = incident.reporter
    incident.save()
    data = serializers.IncidentSerializer(Incident.objects.get(pk=incident.pk)).data
    del data["reporter"]
    data[field] = value
    if not data.get("severity"):
        data["severity"] = "1"
    request = APIRequestFactory().put(
        reverse("incident-detail", kwargs={"pk": incident.pk}), data, format="json"
    )
    force_authenticate(request, user=admin_user)
    response = views.IncidentViewSet.as_view({"put": "update"})(request, pk=incident.pk)
    assert response.status_code == 200
    assert getattr(Incident.objects.get(pk=incident.pk), field) == value


def test_a_severity_cannot_be_unset(api, incident):
    url = reverse("incident-detail", kwargs={"pk": incident.pk})
    assert api.patch(url, {"severity": "2"}, format="json").status_code == 200
    assert api.patch(url, {"severity": None}, format="json").status_code == 400


def test_actions(api, incident, anna):
    ExternalUser.objects.filter(pk=anna.pk).update(full_name="Anna Q")
    url = reverse("incident-action-list", kwargs={"incident_pk": incident.pk})
    user = {
        "app_id": "slack",
        "external_id": anna.external_id,
        "display_name": anna.display_name,
        "full_name": "Anna Q",
        "email": None,
    }
    made = api.post(url, {"details": "Add an alert", "done": False, "user": user}, format="json")
    assert made.status_code == 201
    action = Action.objects.get(incident=incident)
    assert action.details == "Add an alert"
    body = api.get(url).json()
    assert set(body["results"][0]) >= {
        "id",
        "details",
        "done",
        "user",
        "details_ui",
        "created_date",
        "done_date",
        "due_date",
        "priority",
        "type",
    }
    one = reverse("action-detail", kwargs={"pk": action.pk})
    assert api.patch(one, {"done": True}, format="json").status_code == 200
    assert Action.objects.get(pk=action.pk).done
    assert api.get(reverse("action-list")).json()["count"] == 1
    assert api.delete(one).status_code == 204


def test_the_timeline(api, incident):
    url = reverse("incident-timeline-event-list", kwargs={"incident_pk": incident.pk})
    entry = {"timestamp": "2020-01-02T03:04:05", "text": "It began", "event_type": "text"}
    made = api.post(url, entry, format="json")
    assert made.status_code == 201
    body = api.get(url).json()
    found = body["results"][0]
    assert set(found) >= {"id", "timestamp", "text", "event_type", "metadata", "text_ui"}
    assert found["metadata"] is None
    one = reverse(
        "incident-timeline-event-detail", kwargs={"incident_pk": incident.pk, "pk": found["id"]}
    )
    changed = api.put(one, {**entry, "text": "It began here"}, format="json")
    assert changed.status_code == 200
    assert TimelineEvent.objects.get(pk=found["id"]).text == "It began here"
    assert api.delete(one).status_code == 204
    assert not TimelineEvent.objects.filter(pk=found["id"]).exists()


def test_users_in_pages(api, anna):
    ExternalUser.objects.bulk_create(
        ExternalUser(app_id="slack", external_id=f"U{number:06}", display_name=f"user {number}")
        for number in range(600)
    )
    url = reverse("externaluser-list")
    first = api.get(url).json()
    assert first["count"] == 601
    assert len(first["results"]) == 500
    assert "page=2" in first["next"]
    second = api.get(url, {"page": 2}).json()
    assert len(second["results"]) == 101
    assert second["previous"]
    small = api.get(url, {"page_size": 10, "page": 3}).json()
    assert len(small["results"]) == 10
    assert len(api.get(url, {"page_size": 1000}).json()["results"]) == 601
    assert api.get(url, {"page": 99}).status_code == 404
    assert set(first["results"][0]) >= {
        "app_id",
        "external_id",
        "display_name",
        "full_name",
        "email",
    }


def test_one_user(api, anna):
    found = api.get(reverse("externaluser-detail", kwargs={"pk": anna.pk})).json()
    assert found["external_id"] == anna.external_id


def test_the_event_stream(api, incident):
    body = api.get(reverse("event-list")).json()
    found = body["results"][0]
    assert set(found) >= {"id", "timestamp", "event_type", "payload"}
    assert found["event_type"] == "incident_event"
    assert found["payload"]["report"] == "The checkout is down"
    assert "action_items" not in found["payload"]
    one = api.get(reverse("event-detail", kwargs={"pk": found["id"]}))
    assert one.status_code == 200
    assert one.json() == found
    assert api.get(reverse("event-detail", kwargs={"pk": 10**6})).status_code == 404
    early = {"from": "2001-01-01", "to": "2001-01-02"}
    assert api.get(reverse("event-list"), early).json()["results"] == []


def test_what_is_private_is_not_in_the_stream(db, api, anna, mock_slack):
    Incident.objects.create_incident("Quiet", anna, now(), False, private=True)
    assert not Event.objects.exists()


def test_what_is_wrong_is_told_by_field(api, incident):
    url = reverse("incident-timeline-event-list", kwargs={"incident_pk": incident.pk})
    answer = api.post(url, {"text": "x", "event_type": "text", "timestamp": "soon"}, format="json")
    assert answer.status_code == 400
    body = answer.json()
    assert "timestamp" in body.get("errors", body)


def test_pages_large_results_are_cut_into():
    from response.core.util import LargeResultsSetPagination

    assert LargeResultsSetPagination.page_size == 500
    assert LargeResultsSetPagination.max_page_size == 1000
    assert LargeResultsSetPagination.page_size_query_param == "page_size"
