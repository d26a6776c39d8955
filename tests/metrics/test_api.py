"""The figures and the milestones in the API, and what Prometheus reads."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from response.core.actors import Actor, acting_as
from response.core.models import Measurement
from response.core.models.milestones import record
from response.models import Incident
from tests.factories import ActionFactory, IncidentFactory, PersonFactory

pytestmark = pytest.mark.django_db
TOKEN = "a-token-for-prometheus"


@pytest.fixture
def client():
    api = APIClient()
    api.force_authenticate(get_user_model().objects.create_user("reader"))
    return api


@pytest.fixture
def incident():
    now = timezone.now().replace(microsecond=0)
    return IncidentFactory(
        start_time=now - timedelta(minutes=90), report_time=now - timedelta(minutes=60)
    )


def test_milestones_and_what_is_measured_between_them(client, incident):
    path = f"/core/incidents/{incident.pk}/milestones/"
    mitigated = incident.start_time + timedelta(minutes=40)
    answer = client.patch(path, {"mitigated": mitigated.isoformat()}, format="json")
    assert answer.status_code == 200
    shown = client.get(path).json()
    assert shown == answer.json()
    assert shown["detected"] is None
    assert datetime.fromisoformat(shown["mitigated"]) == mitigated
    measured = {row["key"]: (row["state"], row["reason"], row["seconds"])
                for row in shown["measurements"]}  # fmt: skip
    assert measured == {
        "detect": ("pending", "pending", None),
        "acknowledge": ("pending", "pending", None),
        "mitigate": ("recorded", None, 2400.0),
        "resolve": ("pending", "pending", None),
        "review": ("pending", "pending", None),
    }
    [entry] = incident.timelineevent_set.all()
    assert entry.actor_name == "API: reader"
    assert entry.text.startswith("Mitigated: 20")
    assert entry.metadata["update_type"] == "milestone_mitigated"


def test_several_milestones_are_set_together_or_not_at_all(client, incident):
    path = f"/core/incidents/{incident.pk}/milestones/"
    incident.close()
    later = (timezone.now() + timedelta(days=1)).isoformat()
    earlier = (incident.start_time - timedelta(days=1)).isoformat()
    answer = client.patch(path, {"detected": earlier, "mitigated": later}, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"] == {"mitigated": ["This is in the future."]}
    incident.refresh_from_db()
    assert incident.detected_at is None
    for wrong, field in (
        ({"impact_started": None}, "impact_started"),
        ({"resolved": None}, "resolved"),
        ({"resolved": earlier}, "resolved"),
        ({"mitigated": "yesterday"}, "mitigated"),
    ):
        answer = client.patch(path, wrong, format="json")
        assert answer.status_code == 400
        assert list(answer.json()["errors"]) == [field]


def test_start_and_end_can_be_moved_together(client, incident):
    path = f"/core/incidents/{incident.pk}/milestones/"
    incident.close()
    for days in (-10, -5, -8):
        start = incident.start_time + timedelta(days=days)
        end = start + timedelta(hours=1)
        answer = client.patch(
            path, {"impact_started": start.isoformat(), "resolved": end.isoformat()}, format="json"
        )
        assert answer.status_code == 200
        seconds = {row["key"]: row["seconds"] for row in answer.json()["measurements"]}
        assert seconds["resolve"] == 3600


def test_milestones_of_what_may_not_be_seen_are_not_there(client):
    secret = IncidentFactory(private=True)
    for number in (secret.pk, 999999, "x"):
        path = f"/core/incidents/{number}/milestones/"
        assert client.get(path).status_code == 404
        assert client.patch(path, {"mitigated": None}, format="json").status_code == 404
    assert APIClient().get(f"/core/incidents/{secret.pk}/milestones/").status_code == 403


def test_the_figures(client, incident):
    lead = PersonFactory(full_name="Anna Example")
    incident.lead = lead
    incident.severity = "1"
    incident.save()
    incident.close(incident.start_time + timedelta(hours=2))
    ActionFactory(incident=incident)
    IncidentFactory(private=True, lead=lead)
    figures = client.get("/core/metrics/?months=1&zone=UTC").json()
    assert figures["incidents"] in (0, 1)  # it may have been another month an hour ago
    figures = client.get("/core/metrics/?months=2&zone=UTC").json()
    assert figures["incidents"] == 1
    assert figures["zone"] == "UTC"
    assert sum(week["by_severity"].get("1", 0) for week in figures["weeks"]) == 1
    [resolve] = [row for row in figures["measurements"] if row["key"] == "resolve"]
    assert [m["median"] for m in resolve["months"] if m["counted"]] == [7200]
    assert figures["open_actions"][0]["open"] == 1
    assert [(row["name"], row["incidents"]) for row in figures["leads"]] == [("Anna Example", 1)]
    for query in ("month=1", "months=0", "severity=9", "from=x"):
        answer = client.get(f"/core/metrics/?{query}")
        assert answer.status_code == 400
        assert list(answer.json()["errors"]) == [query.partition("=")[0]]
    assert APIClient().get("/core/metrics/").status_code == 403


def test_prometheus_needs_the_token(settings):
    api = APIClient()
    path = "/core/metrics/prometheus/"
    assert api.get(path, headers={"Authorization": "Bearer "}).status_code == 404
    settings.RESPONSE_METRICS_TOKEN = [TOKEN, "another-token-meanwhile"]
    for wrong in ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Basic {TOKEN}"},
                  {"Authorization": "Bearer ü\udcff"}):  # fmt: skip
        assert api.get(path, headers=wrong).status_code == 403
    account = get_user_model().objects.create_superuser("root")
    api.force_login(account)
    assert api.get(path).status_code == 403
    right = {"Authorization": f"Bearer {TOKEN}"}
    assert APIClient().get(path, headers=right).status_code == 200
    assert APIClient().post(path, headers=right).status_code == 405


def test_what_prometheus_reads(settings, incident):
    settings.RESPONSE_METRICS_TOKEN = TOKEN
    Measurement.objects.create(key="own", name="Own", start="detected", end="mitigated", rank=200)
    incident.severity = "2"
    incident.save()
    IncidentFactory(severity="1", private=True)
    IncidentFactory(severity='odd "one"\\', report_only=True)
    record(incident, "detected", incident.start_time + timedelta(minutes=10))
    ActionFactory(incident=incident, due_date=timezone.now() - timedelta(days=1))
    Measurement.forget()
    with CaptureQueriesContext(connection) as queries:
        answer = APIClient().get(
            "/core/metrics/prometheus/", headers={"Authorization": f"Bearer {TOKEN}"}
        )
    assert len(queries) <= 8
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = answer.content.decode().splitlines()
    assert 'response_open_incidents{severity="1"} 0' in lines
    assert 'response_open_incidents{severity="2"} 1' in lines
    assert 'response_incidents{severity="odd \\"one\\"\\\\"} 1' in lines
    assert 'response_measurement_seconds{measurement="detect",quantile="0.5"} 600' in lines
    assert 'response_measurement_incidents{measurement="own",outcome="pending"} 1' in lines
    assert 'response_measurement_incidents{measurement="own",outcome="reported"} 1' in lines
    assert 'response_overdue_actions{age_days="0"} 1' in lines
    sample = re.compile(r'[a-z_0-9]+\{([a-z_]+="(\\.|[^"\\])*",?)*\} [0-9.]+')
    known: set[str] = set()
    for line in lines:
        if line.startswith("# TYPE "):
            known.add(line.split()[2])
        elif not line.startswith("# HELP "):
            assert sample.fullmatch(line), line
            assert line.partition("{")[0] in known


def test_an_alert_says_when_it_was_detected_and_a_lead_when_it_was_acknowledged():
    person = PersonFactory()
    declared = Incident.objects.create_incident("x", person, lead=person)
    assert declared.acknowledged_at == declared.report_time
    reported = Incident.objects.create_incident("x", person, lead=person, report_only=True)
    assert reported.acknowledged_at is None
    incident = Incident.objects.create_incident("x", person)
    with acting_as(Actor("somebody")):
        incident.lead = person
        incident.save()
    first = incident.acknowledged_at
    assert first is not None
    assert Incident.objects.get(pk=incident.pk).acknowledged_at == first
    incident.lead = PersonFactory()
    incident.save()
    incident.lead = None
    incident.save()
    incident.lead = person
    incident.save()
    assert Incident.objects.get(pk=incident.pk).acknowledged_at == first
    kinds = [e.metadata["update_type"] for e in incident.timelineevent_set.all()]
    assert "milestone_acknowledged" not in kinds  # the entry of the lead says it


def test_an_unknown_first_lead_stays_unknown():
    old = IncidentFactory(lead=PersonFactory())  # as an upgrade leaves it
    Incident.objects.filter(pk=old.pk).update(acknowledged_at=None)
    old.refresh_from_db()
    old.lead = PersonFactory()
    old.save()
    assert Incident.objects.get(pk=old.pk).acknowledged_at is None
    closed = IncidentFactory()
    closed.close()
    closed.lead = PersonFactory()
    closed.save()
    assert Incident.objects.get(pk=closed.pk).acknowledged_at is None


def test_record_is_told_once_and_keeps_what_is_there_if_asked(settings):
    incident = IncidentFactory()
    at = datetime(2026, 1, 2, 10, tzinfo=UTC if settings.USE_TZ else None)
    assert record(incident, "review_published", at)
    assert not record(incident, "review_published", at)
    assert not record(incident, "review_published", at + timedelta(days=1), first=True)
    assert record(incident, "review_published", at + timedelta(days=1))
    assert record(incident, "review_published", None)
    texts = [event.text.partition(":")[2] for event in incident.timelineevent_set.all()]
    assert [text.split()[0] for text in texts] == ["2026-01-02", "corrected", "removed;"]
    with pytest.raises(KeyError):
        record(incident, "lunch", at)


def test_correcting_the_times_is_noted():
    incident = IncidentFactory()
    incident.close()
    incident.start_time -= timedelta(hours=1)
    incident.end_time -= timedelta(minutes=1)
    incident.end_time = max(incident.end_time, incident.start_time)
    incident.save()
    kinds = [event.metadata["update_type"] for event in incident.timelineevent_set.all()]
    assert kinds == ["incident_status", "milestone_impact_started", "milestone_resolved"]
