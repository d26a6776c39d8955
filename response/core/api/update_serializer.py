"""The shape of an update in the API, the event stream and webhooks."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as ModelValidationError
from rest_framework import serializers

from response.core.api.fields import MAX_TEXT, DateTimeField, TextField
from response.core.api.serializers import ExternalUserSerializer
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
