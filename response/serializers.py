"""The API's serializers, under the name that projects import."""

from response.core.api.serializers import (
    ActionSerializer,
    CommsChannelSerializer,
    EventSerializer,
    ExternalUserSerializer,
    IncidentSerializer,
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
