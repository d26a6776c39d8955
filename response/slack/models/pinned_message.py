"""Pinned messages, which are in the timeline."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from response.core.models import ExternalUser, Incident, TimelineEvent


class PinnedMessage(models.Model):
    """A message that is pinned in the comms channel, and its entry in the timeline."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE)
    author = models.ForeignKey(ExternalUser, on_delete=models.CASCADE)
    message_ts = models.CharField(max_length=50)
    text = models.TextField()
    timestamp = models.DateTimeField(default=timezone.now)
    timeline_event = models.ForeignKey(
        TimelineEvent, on_delete=models.CASCADE, null=True, blank=True
    )

    class Meta:
        app_label = "response"
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "message_ts"], name="response_pinnedmessage_once"
            )
        ]

    def __str__(self) -> str:
        return self.text[:80]


class PinState(models.Model):
    """The newest known state of a message: pinned or not.

    Slack may deliver a pinning after the unpinning that followed it: the event with the
    later ``event_ts`` counts, whichever arrives last. ``late`` is how a message was edited
    (``text``, ``edited``) or ``deleted`` that is not pinned, for a pinning that comes after
    all; it was ``noted`` then, and is forgotten after a while.
    """

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="+")
    message_ts = models.CharField(max_length=50)
    event_ts = models.CharField(max_length=50)
    late = models.JSONField(null=True, blank=True)
    noted = models.DateTimeField(null=True, blank=True, db_index=True)

    class Meta:
        app_label = "response"
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "message_ts"], name="response_pinstate_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.message_ts} at {self.event_ts}"
