"""Milestones as people type them in an incident's channel."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from response.core.actors import Actor, acting_as
from response.slack.decorators.incident_command import commands
from response.slack.text import typed_times
from tests.factories import IncidentFactory, PersonFactory

ZONE = ZoneInfo("Europe/London")
NOW = datetime(2026, 7, 15, 14, 30, 20, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", NOW),
        (" now ", NOW),
        ("20 minutes ago", NOW - timedelta(minutes=20)),
        ("20m", NOW - timedelta(minutes=20)),
        ("1h30m ago", NOW - timedelta(minutes=90)),
        ("2 days 1 hour ago", NOW - timedelta(days=2, hours=1)),
        ("14:05", datetime(2026, 7, 15, 14, 5, tzinfo=ZONE)),
        ("at 2:05 pm.", datetime(2026, 7, 15, 14, 5, tzinfo=ZONE)),
        ("12:10 am", datetime(2026, 7, 15, 0, 10, tzinfo=ZONE)),
        ("15:00", datetime(2026, 7, 14, 15, 0, tzinfo=ZONE)),
        ("yesterday 14:05", datetime(2026, 7, 14, 14, 5, tzinfo=ZONE)),
        ("2026-07-01 09:15", datetime(2026, 7, 1, 9, 15, tzinfo=ZONE)),
        ("2026-07-01T09:15:30Z", datetime(2026, 7, 1, 10, 15, 30, tzinfo=ZONE)),
        ("2026-07-01 09:15 +02:00", datetime(2026, 7, 1, 8, 15, tzinfo=ZONE)),
        ("by a restart", None),
        ("25:00", None),
        ("13:00 pm", None),
        ("2026-02-30 10:00", None),
        ("5", None),
        ("now " * 40, None),
    ],
)
def test_a_time_as_people_type_it(typed, read):
    assert typed_times.read(typed, NOW) == read
    naive = typed_times.read(typed, NOW.replace(tzinfo=None))
    assert (naive is None) == (read is None)
    assert naive is None or naive.tzinfo is None


@given(st.text(max_size=80))
def test_any_text_is_a_time_or_none(text):
    found = typed_times.read(text, NOW)
    assert found is None or found.tzinfo is ZONE


def say(incident, text):
    name, _space, rest = text.partition(" ")
    with acting_as(Actor("anna")):
        return commands.find(name).fn(incident, "U0ANNA", rest)


@pytest.mark.django_db
def test_the_commands():
    incident = IncidentFactory(start_time=timezone.now() - timedelta(hours=3))
    handled, reply = say(incident, "mitigated 20 minutes ago")
    assert handled
    assert reply.startswith("Mitigated: <!date^")
    incident.refresh_from_db()
    assert abs(timezone.now() - incident.mitigated_at - timedelta(minutes=20)).seconds < 60
    assert say(incident, "detected")[0]
    assert say(incident, "milestone impact started 2 hours ago")[0]
    assert say(incident, "milestone started 150 minutes ago")[0]
    handled, reply = say(incident, "milestone")
    assert handled
    assert "Acknowledged: not known" in reply
    assert "Time to mitigate: 2 h" in reply
    assert say(incident, "mitigated unknown") == (True, "Mitigated: not known.")
    kinds = {event.metadata["update_type"] for event in incident.timelineevent_set.all()}
    assert kinds == {"milestone_mitigated", "milestone_detected", "milestone_impact_started"}
    assert {event.actor_name for event in incident.timelineevent_set.all()} == {"anna"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("mitigated by a restart of `everything`", "I cannot read `by a restart of everything`"),
        ("mitigated 2100-01-01 10:00", "This is in the future."),
        ("mitigated 0001-01-01 00:00", "Give a date between the years 1900 and 9998."),
        ("milestone started 0001-01-01 00:00", "Give a date between the years 1900 and 9998."),
        ("milestone lunch", "`lunch` is not a milestone. The milestones are: `impact started`, "),
        ("milestone resolved 10 minutes ago", "The incident is not closed yet."),
        ("milestone declared unknown", "This time can be corrected, not removed."),
    ],
)
def test_what_cannot_be_is_said(text, sentence):
    incident = IncidentFactory()
    handled, reply = say(incident, text)
    assert handled is False
    assert sentence in reply
    assert not incident.timelineevent_set.exists()


@pytest.mark.django_db
def test_the_end_of_a_closed_incident_can_be_corrected():
    incident = IncidentFactory(start_time=timezone.now() - timedelta(hours=3))
    incident.close()
    assert say(incident, "milestone ended 1 hour ago")[0]
    incident.refresh_from_db()
    assert 119 <= (incident.end_time - incident.start_time).total_seconds() / 60 <= 121
    assert say(incident, "milestone ended 4 hours ago") == (
        False,
        "An incident cannot end before it started.",
    )


@pytest.mark.django_db
def test_the_first_lead_acknowledges():
    incident = IncidentFactory()
    person = PersonFactory(external_id="U0LEADER01")
    with acting_as(Actor(person=person)):
        assert commands.find("lead").fn(incident, "U0LEADER01", "me")[0]
    incident.refresh_from_db()
    assert incident.acknowledged_at is not None
