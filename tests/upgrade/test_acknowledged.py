"""When incidents of 0.5.1 were acknowledged: what their timelines tell, and no more."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from response.models import Incident, TimelineEvent
from response.upgrade import acknowledged
from tests.factories import IncidentFactory

pytestmark = pytest.mark.django_db
SOMEBODY = {"app_id": "slack", "external_id": "U1"}


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(acknowledged, "BATCH", 2)


def lead_entry(incident, at, *, old=None, new=SOMEBODY):
    return TimelineEvent.objects.create(
        incident=incident,
        timestamp=at,
        text="x",
        event_type="incident_update",
        metadata={"update_type": "incident_lead", "old_value": old, "new_value": new},
    )


def fill_in() -> dict:
    acknowledged.fill_in(apps, SimpleNamespace(connection=connection))
    return dict(Incident.objects.values_list("pk", "acknowledged_at"))


def test_what_timelines_tell():
    at = timezone.now().replace(microsecond=0) - timedelta(days=900)
    told, told_twice, had_one, nothing, reported, odd, known = (
        IncidentFactory() for _n in range(7)
    )
    lead_entry(told, at)
    lead_entry(told_twice, at + timedelta(hours=2), old=SOMEBODY)
    lead_entry(told_twice, at + timedelta(hours=1))
    lead_entry(had_one, at, old=SOMEBODY)
    lead_entry(had_one, at + timedelta(hours=1))
    lead_entry(reported, at)
    Incident.objects.filter(pk=reported.pk).update(report_only=True)
    for metadata in (None, "text", [1], {"update_type": ["incident_lead"]}):
        TimelineEvent.objects.create(
            incident=odd, text="x", event_type="incident_update", metadata=metadata
        )
    lead_entry(known, at)
    Incident.objects.filter(pk=known.pk).update(acknowledged_at=at - timedelta(days=1))
    expected = {
        told.pk: at,
        told_twice.pk: at + timedelta(hours=1),
        had_one.pk: None,
        nothing.pk: None,
        reported.pk: None,
        odd.pk: None,
        known.pk: at - timedelta(days=1),
    }
    assert fill_in() == expected
    assert fill_in() == expected  # it can be run again
