"""Who writes the event stream.

``INCIDENT_EVENT_HANDLER_CLASS`` and ``ACTION_EVENT_HANDLER_CLASS`` put a project's own
class in the place of these: any class (or dotted path to one) with a method
``handle(instance)``. Handlers written for release 0.5.1, whose ``handle(sender, instance,
**kwargs)`` was a receiver of Django's ``post_save`` signal, are called in that way.
"""

from __future__ import annotations

import inspect
from typing import Any

from django.db import models
from django.utils.module_loading import import_string

from response.conf import settings


class IncidentEventHandler:
    """Records the state of an incident after each change; nothing of private ones."""

    def handle(self, incident: Any, **kwargs: Any) -> None:
        from response.core.models.event import Event
        from response.core.serializers import IncidentSerializer

        if not incident.private:
            serializer = IncidentSerializer(incident)
            serializer.fields.pop("action_items")  # they have events of their own
            Event.objects.create(
                event_type=Event.INCIDENT_EVENT_TYPE, payload=dict(serializer.data)
            )


class ActionEventHandler:
    """Records the state of an action after each change; nothing of private incidents."""

    def handle(self, action: Any, **kwargs: Any) -> None:
        from response.core.models.event import Event
        from response.core.serializers import ActionSerializer

        if not action.incident.private:
            serializer = ActionSerializer(action)
            serializer.fields.pop("details_ui")  # how it looks is the reader's business
            payload = {**serializer.data, "incident_id": action.incident_id}
            Event.objects.create(event_type=Event.ACTION_EVENT_TYPE, payload=payload)


def tell_event_stream(instance: models.Model, created: bool) -> None:
    """Hand a saved incident or action to the handler that the settings name."""
    name = f"{type(instance).__name__.upper()}_EVENT_HANDLER_CLASS"
    handler = getattr(settings, name)
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
