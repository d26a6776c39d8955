"""Updates in the API: posted and read, but not changed, since they have been told."""

from __future__ import annotations

from django.db.models import QuerySet
from rest_framework import mixins
from rest_framework.viewsets import GenericViewSet

from response.core.api import examples, filters
from response.core.api.base import RowsOfIncident
from response.core.api.openapi import Doc
from response.core.api.update_serializer import UpdateSerializer
from response.core.models import Incident, Update


class IncidentUpdateViewSet(
    RowsOfIncident,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    GenericViewSet,  # type: ignore[type-arg]
):
    """The updates of one incident, the newest first. A later one corrects an earlier one."""

    docs = {
        "list": Doc("The updates of an incident, the newest first", (examples.UPDATE,)),
        "retrieve": Doc("One update", (examples.UPDATE,)),
        "create": Doc(
            "Post an update",
            (examples.NEW_UPDATE, examples.UPDATE),
            "Those who have subscribed are told, and the headline shows it. It cannot be "
            "changed afterwards.",
        ),
    }

    queryset = Update.objects.none()
    serializer_class = UpdateSerializer
    filter_backends = [filters.Ordering]
    ordering_fields = ("id", "created")

    def rows_of(self, incident: Incident) -> QuerySet[Update]:
        return Update.objects.filter(incident=incident).select_related("actor").newest_first()
