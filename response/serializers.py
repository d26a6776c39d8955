"""The API's serializers, under the name that projects import."""

from response.core.api.incident_serializer import IncidentSerializer
from response.core.api.serializers import (
    ActionSerializer,
    CommsChannelSerializer,
    EventSerializer,
    ExternalUserSerializer,
    TimelineEventSerializer,
)

__all__ = [
    "ActionSerializer",
    "CommsChannelSerializer",
    "EventSerializer",
    "ExternalUserSerializer",
    "IncidentSerializer",
    "TimelineEventSerializer",
]
