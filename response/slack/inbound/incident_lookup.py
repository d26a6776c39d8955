"""From the id of a channel to its incident."""

from __future__ import annotations

from response import log_context
from response.core.models import Incident
from response.slack.models import CommsChannel


def channel_of_incident(channel_id: str) -> CommsChannel | None:
    """The comms channel with this id, with its incident and its people."""
    if not channel_id:
        return None
    return (
        CommsChannel.objects.select_related("incident__reporter", "incident__lead")
        .filter(channel_id=channel_id)
        .order_by("-pk")
        .first()
    )


def incident_of(channel: CommsChannel) -> Incident:
    """The incident of a channel, knowing its channel without a further query."""
    incident = channel.incident
    incident.commschannel = channel
    log_context.note(incident_id=incident.pk)
    return incident


def require_channel(channel_id: str) -> CommsChannel:
    """Return the comms channel. Raises ``LookupError`` if it was deleted meanwhile."""
    channel = channel_of_incident(channel_id)
    if channel is None:
        raise LookupError(f"The comms channel {channel_id} was deleted")
    return channel
