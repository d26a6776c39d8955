"""Statuses inside the categories that an incident's times give it."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from response.core.models import Event, Incident, Status
from response.core.models.status import Category
from tests.factories import IncidentFactory

pytestmark = pytest.mark.django_db


def status(key: str) -> Status:
    row = Status.with_key(key)
    assert row is not None
    return row


def entries(incident: Incident) -> list[tuple[str, str, str]]:
    """What the timeline says of the status: old, new, and the words."""
    found = incident.timelineevent_set.filter(metadata__update_type="incident_status")
    return [
        (e.metadata["old_value"], e.metadata["new_value"], e.text) for e in found.order_by("id")
    ]


def test_an_incident_has_the_usual_status_of_its_category():
    incident = IncidentFactory()
    assert (incident.status, incident.status_key, incident.status_text()) == (None, "live", "live")
    assert incident.close()
    assert (incident.status_text(), incident.category()) == ("resolved", Category.CLOSED)
    report = IncidentFactory(report_only=True)
    assert (report.status_text(), report.category()) == ("reported", Category.REPORTED)


def test_a_status_is_chosen_and_each_change_is_one_entry():
    incident = IncidentFactory()
    assert incident.set_status(status("investigating"))
    assert not incident.set_status(status("investigating"))
    incident.status = "monitoring"
    incident.save()
    assert entries(incident) == [
        ("live", "investigating", "Incident status updated from live to investigating"),
        ("investigating", "monitoring", "Incident status updated from investigating to monitoring"),
    ]
    assert incident.timelineevent_set.count() == 2
    assert Event.objects.latest("id").payload["status"] == "monitoring"
    assert not incident.is_closed()


def test_closing_and_reopening_choose_the_usual_one():
    incident = IncidentFactory(status="monitoring")
    assert incident.close()
    assert (incident.status, incident.status_key) == (None, "resolved")
    assert incident.reopen()
    assert (incident.status, incident.status_key) == (None, "live")
    assert entries(incident) == [
        ("monitoring", "resolved", "Incident closed"),
        ("resolved", "live", "Incident reopened"),
    ]
    assert incident.timelineevent_set.count() == 2


def test_a_closed_status_closes_and_a_live_one_reopens():
    Status(key="done", name="Done", category="closed", rank=55).save()
    incident = IncidentFactory(status="identified")
    before = timezone.now()
    assert incident.set_status(status("done"))
    assert incident.is_closed()
    assert before <= incident.end_time <= timezone.now()
    ended = incident.end_time
    assert incident.set_status(status("resolved"))
    assert incident.end_time == ended
    assert incident.set_status(status("monitoring"))
    assert not incident.is_closed()
    assert [(old, new) for old, new, _text in entries(incident)] == [
        ("identified", "done"), ("done", "resolved"), ("resolved", "monitoring"),
    ]  # fmt: skip
    assert entries(incident)[0][2] == "Incident closed: Done"
    assert entries(incident)[2][2] == "Incident reopened: monitoring"


@pytest.mark.parametrize("report_only", [True, False])
def test_what_it_was_declared_as_stays(report_only):
    incident = IncidentFactory(report_only=report_only)
    wrong = status("live" if report_only else "reported")
    with pytest.raises(ValidationError):
        incident.set_status(wrong)
    incident = Incident.objects.get()
    incident.status = wrong.key
    incident.save()
    incident = Incident.objects.get()
    assert incident.status is None
    assert entries(incident) == []
    with pytest.raises(ValidationError):
        Incident.objects.create_incident("x", None, status="unheard of")


def test_of_a_status_and_a_closing_at_the_same_time_the_closing_counts():
    incident = IncidentFactory()
    hers, his = Incident.objects.get(), Incident.objects.get()
    assert hers.close()
    his.status = "monitoring"
    his.save()
    stored = Incident.objects.get(pk=incident.pk)
    assert stored.is_closed()
    assert (stored.status, stored.status_key) == (None, "resolved")
    his = Incident.objects.get()
    assert Incident.objects.get().reopen()
    his.status = "resolved"
    his.save(update_fields=["status"])
    stored = Incident.objects.get()
    assert not stored.is_closed()
    assert stored.status_key == "live"


def test_saving_some_fields_keeps_status_and_end_in_line():
    incident = IncidentFactory(status="monitoring")
    incident.end_time = timezone.now()
    incident.save(update_fields=["end_time"])
    assert Incident.objects.get().status is None
    incident = Incident.objects.get()
    incident.status = "monitoring"
    incident.save(update_fields=["status"])
    assert not Incident.objects.get().is_closed()
    Incident.objects.update(end_time=timezone.now())
    assert Incident.objects.get().status_key == "resolved", "whatever the column says"
    closed, live = status("resolved"), status("monitoring")
    assert Incident.objects.with_status(closed).exists()
    assert not Incident.objects.with_status(live).exists()


def test_another_usual_status_is_that_of_all_for_whom_none_was_chosen():
    usual, chosen = IncidentFactory(), IncidentFactory()
    chosen.set_status(status("identified"))
    chosen.set_status(status("live"))
    row = Status.objects.get(key="investigating")
    row.default = True
    row.full_clean()
    row.save()
    assert (usual.status_key, chosen.status_key) == ("investigating", "live")
    assert list(Incident.objects.with_status(row)) == [usual]
    assert list(Incident.objects.with_status(status("live"))) == [chosen]


def test_a_status_is_renamed_and_retired_in_the_middle():
    incident = IncidentFactory(status="monitoring")
    row = Status.objects.get(key="monitoring")
    row.name, row.emoji, row.retired = "Watching", ":eyes:", True
    row.full_clean()
    row.save()
    assert (incident.status_text(), incident.status_emoji()) == ("Watching", "👀")
    incident.summary = "more"
    incident.full_clean()
    incident.save()
    assert Incident.objects.get().status_key == "monitoring"
    assert "monitoring" not in [row.key for row in Status.of("live")]


def test_each_category_keeps_a_default_and_a_status_its_category():
    for key, name, value in (
        ("live", "default", False), ("live", "retired", True), ("resolved", "default", False),
        ("monitoring", "category", "closed"), ("monitoring", "key", "watching"),
    ):  # fmt: skip
        row = Status.objects.get(key=key)
        setattr(row, name, value)
        with pytest.raises(ValidationError):
            row.full_clean()


steps = st.lists(
    st.one_of(
        st.sampled_from(["close", "reopen", "later", "stale"]),
        st.sampled_from([row.key for row in Status.built_in()]),
    ),
    max_size=8,
)


@given(steps=steps, report_only=st.booleans())
def test_status_and_end_never_contradict_each_other(steps, report_only):
    Incident.objects.all().delete()
    pk = Incident.objects.create_incident("x", None, report_only=report_only).pk
    stale = Incident.objects.get(pk=pk)
    for step in steps:
        incident = Incident.objects.get(pk=pk)
        if step == "close":
            incident.close()
        elif step == "reopen":
            incident.reopen()
        elif step == "later" and incident.end_time:
            incident.end_time += timedelta(hours=1)
            incident.save()
        elif step == "stale":
            stale.status = "monitoring"
            stale.save()
            stale = Incident.objects.get(pk=pk)
        elif Status.with_key(step):
            incident.status = step
            incident.save()
        stored = Incident.objects.get(pk=pk)
        row = Status.with_key(stored.status)
        assert row is None or row.category == stored.category()
        assert stored.report_only == report_only
        assert list(Incident.objects.with_status(stored.current_status())) == [stored]
        told = entries(stored)
        assert not told or told[-1][1] == stored.status_key
        assert all(first[1] == second[0] for first, second in pairwise(told))
