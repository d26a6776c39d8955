"""Two people in one form."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from response.core import editing
from response.core.models import Incident
from tests.factories import IncidentFactory, PersonFactory

pytestmark = pytest.mark.django_db

NAMES = ("report", "summary", "impact", "severity", "lead", "start_time", "private")


def form(incident: Incident, **changed):
    values = {name: getattr(incident, name) for name in NAMES}
    return {**values, **changed}


def test_each_gets_what_only_they_changed():
    incident = IncidentFactory(summary="old", severity="3")
    shown = editing.marks(incident, NAMES)
    editing.change(incident, form(incident, summary="anna's"), shown)
    person = PersonFactory()
    stored = editing.change(incident, form(incident, severity="1", lead=person), shown)
    assert (stored.summary, stored.severity, stored.lead) == ("anna's", "1", person)


def test_the_second_is_told_and_nothing_of_theirs_is_stored():
    incident = IncidentFactory(summary="old")
    shown = editing.marks(incident, NAMES)
    editing.change(incident, form(incident, summary="anna's"), shown)
    with pytest.raises(editing.Conflict) as caught:
        editing.change(incident, form(incident, summary="bo's", impact="all"), shown)
    assert caught.value.theirs == {"summary": "anna's"}
    stored = Incident.objects.get()
    assert (stored.summary, stored.impact) == ("anna's", None)


def test_the_same_change_twice_is_no_conflict():
    incident = IncidentFactory(summary="old")
    shown = editing.marks(incident, NAMES)
    for _time in range(2):
        assert editing.change(incident, form(incident, summary="new"), shown).summary == "new"
    assert incident.timeline_events().count() == 1


def test_white_space_and_seconds_are_no_change():
    incident = IncidentFactory(summary="one\ntwo")
    shown = editing.marks(incident, NAMES)
    minute = incident.start_time.replace(second=0, microsecond=0)
    editing.change(incident, form(incident, summary="one\r\ntwo ", start_time=minute), shown)
    assert not incident.timeline_events().exists()
    assert Incident.objects.get().start_time == incident.start_time


def test_what_cannot_be_is_refused():
    incident = IncidentFactory()
    before = incident.start_time.replace(year=2000)
    with pytest.raises(ValidationError):
        editing.change(incident, {"end_time": before}, {})
