"""Updates in the API: posted and read, but not changed, since they have been told."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as ModelValidationError
from django.db.models import QuerySet
from rest_framework import mixins, serializers
from rest_framework.viewsets import GenericViewSet

from response.core.api import examples, filters
from response.core.api.fields import MAX_TEXT, DateTimeField, TextField
from response.core.api.openapi import Doc
from response.core.api.serializers import ExternalUserSerializer
from response.core.api.views import INCIDENT_PK, OfIncident
from response.core.models import Update


class UpdateSerializer(serializers.ModelSerializer[Update]):
    """What those who work on an incident tell those who wait for it."""

    created = DateTimeField(read_only=True)
    known = TextField(max_length=MAX_TEXT, help_text="What is known.")
    doing = TextField(
        max_length=MAX_TEXT, required=False, allow_blank=True, help_text="What is being done."
    )
    needed = TextField(
        max_length=MAX_TEXT, required=False, allow_blank=True, help_text="What is needed."
    )
    next_update = DateTimeField(
        required=False,
        allow_null=True,
        help_text="When the next one is promised; null leaves it to the cadence, if there is one.",
    )
    actor = ExternalUserSerializer(
        read_only=True, allow_null=True, help_text="Who posted it; null for a program."
    )
    actor_name = serializers.CharField(read_only=True, help_text="What who posted it is called.")

    class Meta:
        model = Update
        fields = (
            "id",
            "created",
            "known",
            "doing",
            "needed",
            "next_update",
            "actor",
            "actor_name",
        )

    def create(self, validated_data: dict[str, Any]) -> Update:
        """Post an update to the incident that the view passes to ``save``."""
        try:
            return Update.objects.post(**validated_data)
        except ModelValidationError as error:
            raise serializers.ValidationError(serializers.as_serializer_error(error)) from error


class IncidentUpdateViewSet(
    OfIncident,
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
    path_parameters = (INCIDENT_PK,)

    queryset = Update.objects.none()
    serializer_class = UpdateSerializer
    filter_backends = [filters.Ordering]
    ordering_fields = ("id", "created")

    def get_queryset(self) -> QuerySet[Update]:
        if "incident_pk" not in self.kwargs:  # only while the schema is being made
            return Update.objects.none()
        return (
            Update.objects.filter(incident=self.incident()).select_related("actor").newest_first()
        )
