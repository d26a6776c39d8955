"""The event stream: a record of every change, for other programs to follow."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone

from response.core.text import storable


class Event(models.Model):
    """The state of something after a change: ``incident_event`` or ``action_event``."""

    timestamp = models.DateTimeField(default=timezone.now)
    event_type = models.CharField(max_length=50)
    payload = models.JSONField()

    ACTION_EVENT_TYPE = "action_event"
    INCIDENT_EVENT_TYPE = "incident_event"

    class Meta:
        app_label = "response"
        ordering = ["id"]
        indexes = [models.Index(fields=["timestamp"], name="response_event_timestamp")]

    def __str__(self) -> str:
        return f"{self.event_type} {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.payload = storable(self.payload)
        super().save(*args, **kwargs)
