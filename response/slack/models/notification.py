"""Counts of the reminders that were sent."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Notification(models.Model):
    """The state of one reminder for one incident.

    ``time`` is when it was last sent, ``repeat_count`` how often; ``completed`` ends it.
    """

    incident = models.ForeignKey("response.Incident", on_delete=models.CASCADE)
    key = models.CharField(max_length=100)
    time = models.DateTimeField(default=timezone.now)
    repeat_count = models.IntegerField(default=0)
    completed = models.BooleanField(default=False)

    class Meta:
        app_label = "response"
        unique_together = ("incident", "key")

    def __str__(self) -> str:
        return f"{self.key} of incident {self.incident_id}"
