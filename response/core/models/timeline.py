"""What happened when: the timeline of an incident."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from response.core.clean import sanitise, storable


class TimelineEvent(models.Model):
    """One entry of an incident's timeline.

    ``event_type`` is ``text`` for what a person wrote, ``slack_pin`` for a pinned message,
    ``incident_update`` for a change to the incident itself, or a word of a project's own.
    ``metadata`` is any JSON; for an ``incident_update`` it has ``update_type``,
    ``old_value`` and ``new_value``.
    """

    EVENT_TYPES = (
        ("text", _("Text")),
        ("slack_pin", _("Pinned message")),
        ("incident_update", _("Incident update")),
    )

    incident = models.ForeignKey("response.Incident", on_delete=models.CASCADE)
    timestamp = models.DateTimeField(default=timezone.now)
    text = models.TextField()
    event_type = models.CharField(max_length=30, default="text")
    metadata = models.JSONField(null=True, blank=True)

    class Meta:
        app_label = "response"
        ordering = ["timestamp", "id"]

    def __str__(self) -> str:
        return f"{self.event_type}: {self.text[:80]}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.text = sanitise(self.text) or ""
        self.metadata = storable(self.metadata)
        super().save(*args, **kwargs)


def add_incident_update_event(
    incident: Any,
    update_type: str,
    text: str,
    old_value: Any = None,
    new_value: Any = None,
) -> TimelineEvent:
    """Write a change to ``incident`` into its timeline, and return the new entry.

    ``update_type`` names what changed (``incident_severity``); ``old_value`` and
    ``new_value`` are any JSON.
    """
    return TimelineEvent.objects.create(
        incident=incident,
        text=text,
        event_type="incident_update",
        metadata={"update_type": update_type, "old_value": old_value, "new_value": new_value},
    )
