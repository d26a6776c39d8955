"""What is found, and what may be seen, beside implementations that look at every row."""

from __future__ import annotations

import random

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from rest_framework.test import APIClient

from response.core.models.incident import only_visible
from response.models import CommsChannel, Incident, TimelineEvent, UserStats
from tests.factories import IncidentFactory, PersonFactory

WORDS = ["Checkout", "checkOUT", "cart", "100%", "a_b", "it's", 'say "x"', "\\d", "Zoë", "<b>"]
SEARCHES = [*WORDS, "CHECK", "out", "%", "_", "'", '"', "\\", "o", "xyz", "art che", "zoë"]

pytestmark = pytest.mark.many


@pytest.fixture
def account(db):
    return get_user_model().objects.create_user("reader")


@pytest.fixture
def world(account):
    """Forty incidents with words in their fields and timelines, a third of them private."""
    dice = random.Random(11)

    def text(most: int = 2) -> str:
        return " ".join(dice.choice(WORDS) for _ in range(dice.randint(0, most)))

    own = PersonFactory(owner=account, display_name="me", full_name="Me Myself")
    people = [own, *(PersonFactory(display_name=f"p{n}", full_name=f"Cart {n}") for n in range(2))]
    for number in range(40):
        incident = IncidentFactory(
            report=f"{number} {text()}",
            summary=text() or None,
            impact=text() or None,
            reporter=dice.choice(people),
            lead=dice.choice([*people, None]),
            private=dice.random() < 0.35,
        )
        if dice.random() < 0.5:
            CommsChannel.objects.create(incident=incident, channel_id=f"C{number}")
            UserStats.objects.create(incident=incident, user=dice.choice(people))
        for _ in range(dice.randint(0, 2)):
            TimelineEvent.objects.create(incident=incident, text=text(), hidden=dice.random() < 0.3)
    return own


def folded(text: str | None) -> str:
    """As the database compares: SQLite knows upper and lower case of ASCII alone."""
    text = text or ""
    if connection.vendor != "sqlite":
        return text.upper()
    return "".join(c.upper() if c.isascii() else c for c in text)


def contains(text: str | None, word: str) -> bool:
    return folded(word) in folded(text)


def may_see(incident: Incident, own) -> bool:
    takes_part = {stats.user_id for stats in UserStats.objects.filter(incident=incident)}
    return not incident.private or own.pk in {incident.reporter_id, incident.lead_id, *takes_part}


def test_who_sees_what(world, account):
    everything = list(Incident.objects.all())
    expected = {i.pk for i in everything if may_see(i, world)}
    assert 0 < len(expected) < len(everything)
    assert {i.pk for i in Incident.objects.visible_to(account)} == expected
    assert Incident.objects.visible_to(account).count() == len(expected)
    entries = only_visible(TimelineEvent.objects.all(), account)
    assert {e.incident_id for e in entries} == {
        e.incident_id for e in TimelineEvent.objects.all() if e.incident_id in expected
    }
    public = {i.pk for i in everything if not i.private}
    assert {i.pk for i in Incident.objects.visible_to(None)} == public
    account.user_permissions.add(Permission.objects.get(codename="view_private_incident"))
    account = get_user_model().objects.get(pk=account.pk)
    assert Incident.objects.visible_to(account).count() == len(everything)


def in_fields_or_entries(incident: Incident, word: str, fields, entries) -> bool:
    texts = [getattr(incident, field) for field in fields]
    return any(contains(text, word) for text in [*texts, *(entry.text for entry in entries)])


def test_the_api_finds_what_is_there(world, account):
    client = APIClient()
    client.force_authenticate(account)
    seen = [incident for incident in Incident.objects.all() if may_see(incident, world)]
    for words in [*([word] for word in SEARCHES if '"' not in word), ["cart", "out"]]:
        expected = {
            incident.pk
            for incident in seen
            if all(
                in_fields_or_entries(
                    incident,
                    word,
                    ("report", "summary", "impact"),
                    incident.timelineevent_set.all(),
                )
                for word in words
            )
        }
        query = " ".join(f'"{word}"' for word in words)
        answer = client.get("/core/incidents/", {"search": query, "limit": 100}).json()
        assert {row["id"] for row in answer["results"]} == expected, query
        assert answer["count"] == len(expected), query


def test_the_list_finds_what_is_there(world, account, client):
    client.force_login(account)

    def is_named(person, text: str) -> bool:
        name = text.removeprefix("@")
        return person is not None and (
            contains(person.full_name, name)
            or contains(person.display_name, name)
            or folded(person.email) == folded(name)
        )

    incidents = Incident.objects.select_related("lead", "reporter")
    seen = [incident for incident in incidents if may_see(incident, world)]
    for text in [*SEARCHES, "cart 1", "me mys", "@p1", "7", "#7"]:
        expected = {
            incident.pk
            for incident in seen
            if in_fields_or_entries(
                incident,
                text,
                ("report", "summary"),
                incident.timelineevent_set.filter(hidden=False),
            )
            or is_named(incident.lead, text)
            or is_named(incident.reporter, text)
            or text.removeprefix("#") == str(incident.pk)
        }
        context = client.get("/", {"q": text}).context
        assert {row.incident.pk for row in context["rows"]} == expected, text
        assert context["page"].paginator.count == len(expected), text


def test_postgresql_finds_words_by_an_index(world):
    """With the same query as elsewhere: the index is made for how Django writes it."""
    can = connection.vendor == "postgresql"
    if can:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    entries = TimelineEvent.objects.filter(text__icontains="checkout").explain()
    incidents = Incident.objects.filter(summary__icontains="cart").explain()
    assert ("response_timeline_text" in entries) == can
    assert ("response_incident_text" in incidents) == can
