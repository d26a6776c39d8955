"""The individual alerts of an incident."""

from __future__ import annotations

from django.db import models


class Alert(models.Model):
    """An alert that belongs to an incident, as its source last sent it.

    Stored so that an alert that is sent repeatedly is recorded in the timeline once.
    ``identity`` is a digest that identifies the alert.
    """

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey("response.Incident", on_delete=models.CASCADE)
    identity = models.CharField(max_length=64)
    firing = models.BooleanField(default=True)

    class Meta:
        app_label = "response"
        constraints = [
            models.UniqueConstraint(fields=["incident", "identity"], name="response_alert_once")
        ]

    def __str__(self) -> str:
        return f"{self.identity[:12]} ({'firing' if self.firing else 'resolved'})"
