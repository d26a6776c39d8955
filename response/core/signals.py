"""The signals of the incident domain, under the name that projects import."""

from response.core.events import ActionEventHandler, IncidentEventHandler
from response.core.models.signals import (
    action_changed,
    action_changing,
    incident_changed,
    incident_changing,
    incident_created,
    incident_creating,
)

__all__ = [
    "ActionEventHandler",
    "IncidentEventHandler",
    "action_changed",
    "action_changing",
    "incident_changed",
    "incident_changing",
    "incident_created",
    "incident_creating",
]
