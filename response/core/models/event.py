"""The event stream: a record of every change, for other programs to follow."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Case, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from response.core.models.incident import Incident
from response.db import storable


class EventQuerySet(models.QuerySet["Event"]):
    """Finds events."""

    def without_private(self) -> EventQuerySet:
        """Return the events without those of incidents that were made private later.

        Changes of private incidents are not recorded at all. Ids are compared as text, since a
        project's own payload may have any value in their place.
        """
        about = Case(
            When(event_type=Event.INCIDENT_EVENT_TYPE, then=KeyTextTransform("id", "payload")),
            When(
                event_type__in=[Event.ACTION_EVENT_TYPE, Event.UPDATE_EVENT_TYPE],
                then=KeyTextTransform("incident_id", "payload"),
            ),
            When(
                event_type=Event.REVIEW_EVENT_TYPE,
                then=KeyTextTransform("incident", "payload"),
            ),
            output_field=models.CharField(),
        )
        private = Incident.objects.filter(private=True).annotate(key=Cast("pk", models.CharField()))
        return self.alias(
            about=Coalesce(
                Cast(about, models.CharField()), Value(""), output_field=models.CharField()
            )
        ).exclude(about__in=private.values("key"))


class Event(models.Model):
    """The state of something after a change, or what was posted or published.

    ``event_type`` is ``incident_event``, ``action_event``, ``update_event`` for an update, or
    ``review_event`` for a review that was published.
    """

    timestamp = models.DateTimeField(default=timezone.now)
    event_type = models.CharField(max_length=50)
    payload = models.JSONField()

    objects = EventQuerySet.as_manager()

    ACTION_EVENT_TYPE = "action_event"
    INCIDENT_EVENT_TYPE = "incident_event"
    UPDATE_EVENT_TYPE = "update_event"
    REVIEW_EVENT_TYPE = "review_event"

    class Meta:
        app_label = "response"
        ordering = ["id"]
        indexes = [models.Index(fields=["timestamp"], name="response_event_timestamp")]

    def __str__(self) -> str:
        return f"{self.event_type} {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.payload = storable(self.payload)
        super().save(*args, **kwargs)
