"""Drafts of reviews: what they leave out, count and shorten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from response.core.models import Alert, Incident, TimelineEvent
from response.core.reviews import draft
from response.slack.models import UserStats
from tests.factories import ActionFactory, CommsChannelFactory, PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(draft, "MOST_LINES", 2)
    monkeypatch.setattr(draft, "MOST_PEOPLE", 2)


def test_who_took_part_and_how_many_more(closed):
    CommsChannelFactory(incident=closed)
    for number in range(4):
        person = PersonFactory(full_name=f"Anna *{number}*")
        UserStats.objects.create(incident=closed, user=person, message_count=9 - number)
    told = draft.sections(closed)["what-happened"]
    assert r"Who took part: Anna \*0\*, Anna \*1\* and 2 more people." in told
    UserStats.objects.filter(message_count__lt=8).delete()
    assert "Anna \\*1\\*." in draft.sections(closed)["what-happened"]


def test_alerts_are_counted(closed):
    Alert.objects.create(incident=closed, identity="1")
    assert "1 alert belongs to it." in draft.sections(closed)["what-happened"]
    Alert.objects.create(incident=closed, identity="2")
    assert "2 alerts belong to it." in draft.sections(closed)["what-happened"]


def test_without_a_reporter(closed):
    Incident.objects.filter(pk=closed.pk).update(reporter=None)
    told = draft.sections(Incident.objects.get(pk=closed.pk))["what-happened"]
    assert told.startswith("**Checkout is down** was reported at ")


def test_entries_beyond_the_most_are_counted_and_long_ones_shortened(closed):
    for number in range(3):
        TimelineEvent.objects.create(
            incident=closed,
            text=f"{number} " + "word " * 100,
            starred=True,
            timestamp=timezone.now() - timedelta(minutes=60 - number),
        )
    lines = draft.sections(closed)["timeline"].split("\n")
    assert lines[-1] == "- and 1 more entry"
    assert len(lines) == 3
    assert "… ([entry]" in lines[0]
    assert len(lines[0]) < draft.LONGEST_QUOTE + 200


def test_actions_are_done_or_due_and_those_beyond_the_most_are_counted(closed):
    day = timezone.now() + timedelta(days=3)
    ActionFactory(incident=closed, details="Add an alert", done=True)
    ActionFactory(incident=closed, details="Add a test", due_date=day)
    ActionFactory(incident=closed, details="Add a node")
    lines = draft.sections(closed)["actions"].split("\n")
    assert lines[0].endswith(", done)")
    assert f", due {day:%Y-%m-%d})" in lines[1]
    assert lines[2:] == ["- and 1 more action"]
