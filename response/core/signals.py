"""The signals of the incident domain, under the name that projects import."""

from response.core.api.incident_serializer import IncidentSerializer
from response.core.api.serializers import ActionSerializer
from response.core.events import ActionEventHandler, IncidentEventHandler
from response.core.models import Action, Event, Incident
from response.core.models.signals import (
    action_changed,
    action_changing,
    incident_changed,
    incident_changing,
    incident_created,
    incident_creating,
    update_posted,
    update_posting,
)

__all__ = [
    "Action",
    "ActionEventHandler",
    "ActionSerializer",
    "Event",
    "Incident",
    "IncidentEventHandler",
    "IncidentSerializer",
    "action_changed",
    "action_changing",
    "incident_changed",
    "incident_changing",
    "incident_created",
    "incident_creating",
    "update_posted",
    "update_posting",
]
