"""The API's views, under the names that release 0.5.1 gave them."""

from response.core import serializers
from response.core.api.pagination import LargeResultsSetPagination
from response.core.api.views import (
    ActionViewSet,
    ExternalUserViewSet,
    IncidentActionViewSet,
    IncidentsByMonthViewSet,
    IncidentTimelineEventViewSet,
    IncidentViewSet,
)
from response.core.api.views import EventViewSet as EventsViewSet
from response.core.models import Action, Event, ExternalUser, Incident, TimelineEvent

__all__ = [
    "Action",
    "ActionViewSet",
    "Event",
    "EventsViewSet",
    "ExternalUser",
    "ExternalUserViewSet",
    "Incident",
    "IncidentActionViewSet",
    "IncidentTimelineEventViewSet",
    "IncidentViewSet",
    "IncidentsByMonthViewSet",
    "LargeResultsSetPagination",
    "TimelineEvent",
    "serializers",
]
