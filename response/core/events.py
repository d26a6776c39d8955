"""The event stream: a record of every change to incidents and actions.

A receiver of the domain's signals, like the headline and the webhooks. It runs in the
transaction of the change.

``INCIDENT_EVENT_HANDLER_CLASS`` and ``ACTION_EVENT_HANDLER_CLASS`` put a project's own class
in place of the two here: any class (or dotted path to one) with a method
``handle(instance)``. Handlers written for release 0.5.1, whose ``handle(sender, instance,
**kwargs)`` received Django's ``post_save`` signal, are called in that way.
"""

from __future__ import annotations

import inspect
from typing import Any

from django.db import models
from django.dispatch import receiver
from django.utils.module_loading import import_string

from response.conf import settings
from response.core.api.incident_serializer import IncidentSerializer
from response.core.api.reviews import ReviewSerializer
from response.core.api.serializers import ActionSerializer
from response.core.api.update_serializer import UpdateSerializer
from response.core.models import Action, Event, Incident, Review, Update, signals


class IncidentEventHandler:
    """Records the state of an incident after each change; private incidents are left out."""

    @staticmethod
    def handle(sender: Any, instance: Any = None, **kwargs: Any) -> None:
        """Store an ``incident_event`` of ``instance``, which was saved in this transaction.

        Called with the instance alone, or with its class before it, as a signal's receiver is.
        """
        incident = sender if instance is None else instance
        if not incident.private:
            serializer = IncidentSerializer(incident)
            serializer.fields.pop("action_items")  # they have events of their own
            Event.objects.create(
                event_type=Event.INCIDENT_EVENT_TYPE, payload=dict(serializer.data)
            )


class ActionEventHandler:
    """Records the state of an action after each change; private incidents are left out."""

    @staticmethod
    def handle(sender: Any, instance: Any = None, **kwargs: Any) -> None:
        """Store an ``action_event`` of ``instance``; called in the same ways."""
        action = sender if instance is None else instance
        if not action.incident.private:
            serializer = ActionSerializer(action)
            serializer.fields.pop("details_ui")  # HTML is for the pages
            payload = {**serializer.data, "incident_id": action.incident_id}
            Event.objects.create(event_type=Event.ACTION_EVENT_TYPE, payload=payload)


@receiver(signals.incident_creating, dispatch_uid="response.events.incident_creating")
def incident_creating(sender: type, incident: Incident, **kwargs: Any) -> None:
    """Record a new incident."""
    _call_handler(incident, settings.INCIDENT_EVENT_HANDLER_CLASS, created=True)


@receiver(signals.incident_changing, dispatch_uid="response.events.incident_changing")
def incident_changing(sender: type, incident: Incident, **kwargs: Any) -> None:
    """Record a changed incident."""
    _call_handler(incident, settings.INCIDENT_EVENT_HANDLER_CLASS, created=False)


@receiver(signals.action_changing, dispatch_uid="response.events.action_changing")
def action_changing(sender: type, action: Action, created: bool, **kwargs: Any) -> None:
    """Record a new or changed action."""
    _call_handler(action, settings.ACTION_EVENT_HANDLER_CLASS, created=created)


@receiver(signals.update_posting, dispatch_uid="response.events.update_posting")
def update_posting(sender: type, update: Update, **kwargs: Any) -> None:
    """Record a new update, unless the incident is private."""
    if not update.incident.private:
        payload = {**UpdateSerializer(update).data, "incident_id": update.incident_id}
        Event.objects.create(event_type=Event.UPDATE_EVENT_TYPE, payload=payload)


@receiver(signals.review_publishing, dispatch_uid="response.events.review_publishing")
def review_publishing(sender: type, review: Review, incident: Incident, **kwargs: Any) -> None:
    """Record a review that is published, unless the incident is private."""
    if incident.private:
        return
    serializer = ReviewSerializer(review)
    sections = [dict(section) for section in serializer.data["sections"]]
    for section in sections:
        section.pop("text_ui")  # HTML is for the pages
    payload = {**serializer.data, "sections": sections}
    Event.objects.create(event_type=Event.REVIEW_EVENT_TYPE, payload=payload)


def _call_handler(instance: models.Model, handler: Any, *, created: bool) -> None:
    """Hand a saved row to the handler of the settings: a class, an object, a path, or None."""
    if not handler:
        return
    if isinstance(handler, str):
        handler = import_string(handler)
    if _is_signal_receiver(handler):
        handler.handle(sender=type(instance), instance=instance, created=created)
    else:
        target: Any = handler() if inspect.isclass(handler) else handler
        target.handle(instance)


def _is_signal_receiver(handler: Any) -> bool:
    names = [n for n in inspect.signature(handler.handle).parameters if n != "self"]
    return names[:1] == ["sender"]
