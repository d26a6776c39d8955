"""Django's own signals, and the event handlers that a project names."""

from __future__ import annotations

import contextlib

import pytest
from django.db.models.signals import post_save, pre_save

from response.core.models import Action, Event, Incident

pytestmark = pytest.mark.django_db


@contextlib.contextmanager
def connected(signal, receiver, sender):
    signal.connect(receiver, sender=sender, weak=False)
    try:
        yield
    finally:
        signal.disconnect(receiver, sender=sender)


def test_what_a_pre_save_receiver_changes_is_stored(incident):
    def shout(sender, instance, **kwargs):
        instance.impact = f"{instance.summary}!"

    with connected(pre_save, shout, Incident):
        incident.summary = "It still burns"
        incident.save()
    stored = Incident.objects.get(pk=incident.pk)
    assert (stored.summary, stored.impact) == ("It still burns", "It still burns!")


def test_what_a_pre_save_receiver_changes_is_stored_of_a_new_one(anna, mock_slack, incident):
    def mark(sender, instance, **kwargs):
        instance.details = f"[{instance.details}]"

    with connected(pre_save, mark, Action):
        action = Action.objects.create(incident=incident, details="Add an alert", user=anna)
    assert Action.objects.get(pk=action.pk).details == "[Add an alert]"


def test_a_save_without_a_change_sends_its_signals(incident):
    sent = []

    def pre(sender, instance, **kwargs):
        sent.append(("pre", kwargs["update_fields"]))

    def post(sender, instance, created, **kwargs):
        sent.append(("post", created, kwargs["update_fields"]))

    with connected(pre_save, pre, Incident), connected(post_save, post, Incident):
        incident.save()
        Incident.objects.get(pk=incident.pk).save()
    assert sent == [("pre", None), ("post", False, None)] * 2


def test_receivers_are_told_which_fields_were_asked_for(incident):
    sent = []

    def pre(sender, instance, update_fields, **kwargs):
        sent.append(set(update_fields))

    with connected(pre_save, pre, Incident):
        incident.summary = "New"
        incident.impact = "Not asked for"
        incident.save(update_fields=["summary"])
    assert sent == [{"summary"}]
    stored = Incident.objects.get(pk=incident.pk)
    assert (stored.summary, stored.impact) == ("New", None)


def test_a_pre_save_receiver_that_raises_stops_the_save(incident):
    def refuse(sender, instance, **kwargs):
        raise ValueError("not today")

    with connected(pre_save, refuse, Incident):
        incident.summary = "New"
        with pytest.raises(ValueError, match="not today"):
            incident.save()
    assert Incident.objects.get(pk=incident.pk).summary == "It burns"


def test_event_handlers_are_where_they_were(incident):
    from response.core.signals import ActionEventHandler, IncidentEventHandler

    before = Event.objects.count()
    IncidentEventHandler.handle(sender=Incident, instance=incident, created=False)
    assert Event.objects.count() == before + 1
    action = Action(incident=incident, details="x", user=incident.reporter)
    action.save()
    before = Event.objects.count()
    ActionEventHandler.handle(Action, action)
    assert Event.objects.count() == before + 1
