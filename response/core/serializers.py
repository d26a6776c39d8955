"""The serializers, under the name that release 0.5.1 gave them."""

from response.core.api.incident_serializer import IncidentSerializer
from response.core.api.serializers import (
    ActionSerializer,
    CommsChannelSerializer,
    EventSerializer,
    ExternalUserSerializer,
    TimelineEventSerializer,
)
from response.core.models import Action, Event, ExternalUser, Incident, TimelineEvent

__all__ = [
    "Action",
    "ActionSerializer",
    "CommsChannelSerializer",
    "Event",
    "EventSerializer",
    "ExternalUser",
    "ExternalUserSerializer",
    "Incident",
    "IncidentSerializer",
    "TimelineEvent",
    "TimelineEventSerializer",
]
