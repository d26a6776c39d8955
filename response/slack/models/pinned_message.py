"""Messages that were put into the timeline: pinned, marked with a reaction, or by shortcut."""

from __future__ import annotations

import time
from typing import Any

from django.db import models
from django.utils import timezone

from response.core.models import ExternalUser, Incident, TimelineEvent
from response.ports import Port

#: Puts a pinned message into the timeline, or takes one out: functions of the incident and
#: the event, as Slack sends it.
pin_port, unpin_port = Port("add_pin"), Port("remove_pin")


class PinnedMessageManager(models.Manager["PinnedMessage"]):
    """Pins, as the events of Slack do."""

    def add_pin(self, incident: Incident, message_ts: str, author_id: str, text: str) -> None:
        """Put a message into the incident's timeline; ``text`` is as Slack sends it."""
        message = {"ts": str(message_ts), "user": author_id, "text": text}
        pin_port(incident, _event(incident, message))

    def remove_pin(self, incident: Incident, message_ts: str) -> None:
        """Take a message out of the incident's timeline."""
        unpin_port(incident, _event(incident, {"ts": str(message_ts)}))


def _event(incident: Incident, message: dict[str, str]) -> dict[str, Any]:
    """Return the message as Slack would send it now."""
    channel = incident.comms_channel()
    return {
        "item": {"type": "message", "message": {"type": "message", **message}},
        "channel_id": channel.channel_id if channel else "",
        "event_ts": f"{time.time():.6f}",
    }


class PinnedMessage(models.Model):
    """A message of the comms channel that is in the timeline, and its entry there.

    ``pinned`` is false for one that is there only for its :class:`TimelineMark` rows.
    """

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE)
    author = models.ForeignKey(ExternalUser, on_delete=models.CASCADE)
    message_ts = models.CharField(max_length=50)
    text = models.TextField()
    timestamp = models.DateTimeField(default=timezone.now)
    timeline_event = models.ForeignKey(
        TimelineEvent, on_delete=models.CASCADE, null=True, blank=True
    )
    pinned = models.BooleanField(default=True, db_default=True)

    objects = PinnedMessageManager()

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


class TimelineMark(models.Model):
    """A pin or reaction that puts a message into the timeline.

    ``kind`` is ``shortcut``, or ``reaction`` and the emoji's name. A mark that was taken away
    again is kept for a while, not ``present``: Slack may deliver the reaction after its removal,
    and the later ``event_ts`` counts.
    """

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="+")
    message_ts = models.CharField(max_length=50)
    kind = models.CharField(max_length=120)
    user_id = models.CharField(max_length=64)
    event_ts = models.CharField(max_length=50)
    present = models.BooleanField(default=True)
    noted = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        app_label = "response"
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "message_ts", "kind", "user_id"],
                name="response_timelinemark_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.user_id} on {self.message_ts}"
