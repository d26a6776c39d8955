"""Who did it."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth import get_user_model
from django.test import override_settings

from response.core.actors import RESPONSE, UNKNOWN, Actor, acting_as, current
from response.core.models import TimelineEvent
from tests.factories import ActionFactory, IncidentFactory, PersonFactory

pytestmark = pytest.mark.django_db


def last(incident) -> TimelineEvent:
    return incident.timelineevent_set.order_by("-id").first()


def account(**fields):
    return get_user_model().objects.create_superuser("bo", password="bo", **fields)


def test_a_person_is_looked_up_only_if_something_is_written():
    asked = []

    def find():
        asked.append(1)
        return PersonFactory(full_name="Bo Zhang")

    incident = IncidentFactory()
    with acting_as(Actor(person=find)):
        assert asked == []
        incident.severity = "1"
        incident.save()
        incident.severity = "2"
        incident.save()
    assert asked == [1]
    assert (last(incident).actor.full_name, last(incident).actor_name) == ("Bo Zhang", "Bo Zhang")
    assert current() is UNKNOWN


def test_nobody_is_named_where_nobody_is_known():
    incident = IncidentFactory()
    incident.severity = "1"
    incident.save()
    assert (last(incident).actor, last(incident).actor_name) == (None, "")


def test_actions_are_told():
    incident = IncidentFactory()
    with acting_as(RESPONSE):
        action = ActionFactory(incident=incident, details="Add an alert")
        action.done = True
        action.save()
        action.details = "Add two"
        action.save()
        action.done = False
        action.save()
    told = [(e.metadata["update_type"], e.actor_name) for e in incident.timeline_events()]
    assert told == [
        ("action_created", "Response"),
        ("action_done", "Response"),
        ("action_reopened", "Response"),
    ]


def test_the_api_names_the_account_or_its_person(client):
    user = account()
    client.force_login(user)
    incident = IncidentFactory()
    address = f"/core/incidents/{incident.pk}/"
    client.patch(address, {"severity": "1"}, content_type="application/json")
    assert last(incident).actor_name == "API: bo"
    person = PersonFactory(owner=user, full_name="Bo Zhang")
    client.patch(address, {"severity": "2"}, content_type="application/json")
    assert (last(incident).actor, last(incident).actor_name) == (person, "Bo Zhang")


@override_settings(RESPONSE_ALERTMANAGER_TOKEN="secret")
def test_an_alert_source_is_named(client):
    payload = {
        "version": "4", "groupKey": "k", "status": "firing", "receiver": "r",
        "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "",
        "alerts": [{
            "status": "firing", "labels": {"alertname": "Disk"}, "annotations": {},
            "startsAt": "2026-01-01T00:00:00Z", "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "", "fingerprint": "a",
        }],
    }  # fmt: skip
    answer = client.post(
        "/core/alerts/alertmanager/", json.dumps(payload), content_type="application/json",
        headers={"Authorization": "Bearer secret"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.content
    assert {e.actor_name for e in TimelineEvent.objects.all()} == {"Alertmanager"}


def test_a_curated_entry_keeps_what_it_was_and_who_changed_it():
    entry = TimelineEvent.objects.create(incident=IncidentFactory(), text="It was DNS")
    with acting_as(Actor("Bo Zhang")):
        assert entry.curate(text="It was the network", starred=True)
        assert not entry.curate(text="It was the network")
        assert entry.curate(hidden=True)
    entry.refresh_from_db()
    assert (entry.text, entry.starred, entry.hidden, entry.rewritten) == (
        "It was the network", True, True, True,
    )  # fmt: skip
    kept = [(r.actor_name, r.before) for r in entry.revisions.all()]
    assert kept == [
        ("Bo Zhang", {"text": "It was DNS", "starred": False}),
        ("Bo Zhang", {"hidden": False}),
    ]
    assert not TimelineEvent.objects.shown().exists()
