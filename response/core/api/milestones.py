"""The milestones of an incident in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError as ModelValidationError
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSetMixin

from response.core.api import examples
from response.core.api.base import OfIncident
from response.core.api.fields import DateTimeField
from response.core.api.openapi import Doc
from response.core.metrics.outcomes import Reason, State, measure
from response.core.models import Incident, Measurement
from response.core.models.milestones import MILESTONES, record, times
from response.db import atomic


class MeasuredSerializer(serializers.Serializer[Any]):
    """What a measurement says of one incident."""

    key = serializers.CharField(help_text="The measurement.")
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=[str(state) for state in State])
    reason = serializers.ChoiceField(
        choices=[str(reason) for reason in Reason],
        allow_null=True,
        help_text="Why it was left out; null if it is recorded.",
    )
    seconds = serializers.FloatField(
        allow_null=True, help_text="What was measured; null unless it is recorded."
    )


class MilestonesSerializer(serializers.Serializer[Any]):
    """When what happened; null where it is not known."""

    impact_started = DateTimeField(required=False, help_text="The same as `start_time`.")
    detected = DateTimeField(required=False, allow_null=True)
    declared = DateTimeField(required=False, help_text="The same as `report_time`.")
    acknowledged = DateTimeField(
        required=False, allow_null=True, help_text="Set by itself with the first lead."
    )
    mitigated = DateTimeField(required=False, allow_null=True)
    resolved = DateTimeField(
        required=False,
        allow_null=True,
        help_text="The same as `end_time`; to be corrected here once the incident is closed.",
    )
    review_published = DateTimeField(required=False, allow_null=True)
    measurements = MeasuredSerializer(many=True, read_only=True)


class MilestonesView(ViewSetMixin, OfIncident):
    """The milestones of one incident."""

    queryset = Incident.objects.none()
    serializer_class = MilestonesSerializer
    docs = {
        "retrieve": Doc("The milestones of an incident", (examples.MILESTONES,)),
        "partial_update": Doc(
            "Set or correct milestones",
            (examples.SET_MILESTONES, examples.MILESTONES),
            "Times that were not sent stay. The timeline notes each change. Null clears a time "
            "that is not known after all.",
        ),
    }

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer with the milestones and with what is measured between them."""
        return Response(_shown(self.incident()))

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Set the milestones that were sent: all of them or none."""
        incident = self.incident()
        sent = MilestonesSerializer(data=request.data, partial=True)
        sent.is_valid(raise_exception=True)
        with atomic():
            for key in _in_order(incident, sent.validated_data):
                try:
                    record(incident, key, sent.validated_data[key])
                except ModelValidationError as error:
                    raise ValidationError({key: error.messages}) from error
        return Response(_shown(incident))


def _in_order(incident: Incident, wanted: dict[str, datetime | None]) -> list[str]:
    """Return the keys in an order in which the incident never ends before it started."""
    keys = [key for key in MILESTONES if key in wanted]
    start, end = wanted.get("impact_started"), incident.end_time
    if "resolved" in wanted and start is not None and end is not None and start > end:
        keys.sort(key=lambda key: key != "resolved")
    return keys


def _shown(incident: Incident) -> dict[str, Any]:
    known = times(incident)
    measured = []
    for measurement in Measurement.offered():
        outcome = measure(measurement, known, report_only=incident.report_only)
        seconds = outcome.duration.total_seconds() if outcome.duration is not None else None
        measured.append(
            {
                "key": measurement.key,
                "name": measurement.name,
                "state": outcome.state,
                "reason": outcome.reason,
                "seconds": seconds,
            }
        )
    return dict(MilestonesSerializer({**known, "measurements": measured}).data)
