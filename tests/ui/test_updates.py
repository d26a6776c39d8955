"""Updates on an incident's page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from response.core.actors import Actor, acting_as
from response.core.models import ExternalUser, Subscription, Update
from tests.factories import IncidentFactory


@pytest.fixture
def incident(db):
    return IncidentFactory()


@pytest.fixture
def me(reader):
    return ExternalUser.objects.create(
        app_id="slack", external_id="U0READER", display_name="anna", owner=reader
    )


def page(client, incident) -> str:
    return client.get(reverse("incident_doc", args=[incident.pk])).content.decode()


def test_the_newest_update_is_shown_first(reading, incident):
    assert "No update yet." in page(reading, incident)
    with acting_as(Actor("Pager <x>")):
        Update.objects.post(incident, "The <cache> is **full**", doing="We add nodes")
        Update.objects.post(incident, "It is over", needed="Nothing")
    shown = page(reading, incident)
    section = shown[shown.index('id="updates"') : shown.index('id="summary"')]
    assert section.index("It is over") < section.index("<strong>full</strong>")
    assert "&lt;cache&gt;" in section
    assert "1 earlier update" in section
    assert "Pager &lt;x&gt;" in section


def test_posting_one(reading, me, incident):
    address = reverse("response_update_add", args=[incident.pk])
    form = reading.get(address).content.decode()
    assert "What is known" in form
    assert ">Post</button>" in form
    refused = reading.post(address, {"known": " "})
    assert refused.status_code == 200
    assert not Update.objects.exists()
    over = timezone.now() - timedelta(hours=1)
    late = reading.post(address, {"known": "x", "next_update": f"{over:%Y-%m-%dT%H:%M}"})
    assert "must be in the future" in late.content.decode()
    soon = timezone.now() + timedelta(hours=1)
    sent = {"known": "It is on", "doing": "This", "next_update": f"{soon:%Y-%m-%dT%H:%M}"}
    assert reading.post(address, sent).status_code == 302
    update = Update.objects.get()
    assert (update.known, update.doing, update.needed) == ("It is on", "This", "")
    assert update.actor == me
    assert update.next_update is not None
    part = reading.post(address, {"known": "More"}, headers={"HX-Request": "true"})
    assert 'id="updates"' in part.content.decode()
    assert Update.objects.count() == 2


def test_subscribing(reading, me, incident):
    address = reverse("response_subscribe", args=[incident.pk])
    assert ">Subscribe<" in page(reading, incident)
    for _twice in range(2):
        reading.post(address, {"subscribed": "1"})
    assert Subscription.objects.get().person == me
    assert ">Unsubscribe<" in page(reading, incident)
    reading.post(address, {"subscribed": "0"})
    assert not Subscription.objects.exists()


def test_an_account_without_a_person_cannot_subscribe(reading, incident):
    address = reverse("response_subscribe", args=[incident.pk])
    answer = reading.post(address, {"subscribed": "1"}, follow=True)
    assert "not linked to a person" in answer.content.decode()
    assert not Subscription.objects.exists()


def test_a_private_incident_s_updates_are_for_its_own(reading, incident):
    incident.private = True
    incident.save()
    for name in ("response_update_add", "response_subscribe"):
        address = reverse(name, args=[incident.pk])
        assert reading.post(address, {"known": "x", "subscribed": "1"}).status_code == 404
    assert not Update.objects.exists()


def test_strangers_read_and_no_more(client, incident, settings):
    settings.RESPONSE_LOGIN_REQUIRED = False
    Update.objects.post(incident, "It is on")
    shown = page(client, incident)
    assert "It is on" in shown
    assert "Post an update" not in shown
    assert ">Subscribe<" not in shown
    assert client.post(reverse("response_update_add", args=[incident.pk])).status_code == 302


def test_the_page_follows_an_update(reading, incident):
    def live(mark: str) -> str:
        answer = reading.get(reverse("response_live", args=[incident.pk]), {"updates": mark})
        return answer.content.decode() if answer.status_code == 200 else ""

    shown = page(reading, incident)
    mark = shown.split('data-piece="updates" data-mark="')[1].split('"')[0]
    assert live(mark) == ""
    Update.objects.post(incident, "It is on")
    assert "It is on" in live(mark)


def test_an_update_stands_in_the_timeline_and_is_not_folded(reading, incident):
    for number in range(5):
        Update.objects.post(incident, f"Number {number}", doing="This", needed="That")
    shown = page(reading, incident)
    timeline = shown[shown.index('id="timeline"') :]
    assert "entry-run" not in timeline
    assert timeline.count("What we are doing:") == 5
