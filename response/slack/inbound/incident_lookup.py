"""From the id of a channel to its incident."""

from __future__ import annotations

from response import log_context
from response.core.models import Incident
from response.slack.models import CommsChannel


def channel_of_incident(channel_id: str, *, people: bool = True) -> CommsChannel | None:
    """The comms channel with this id, with its incident, and with who reported and leads it.

    Without ``people`` these are looked up when they are asked for.
    """
    if not channel_id:
        return None
    related = ("incident__reporter", "incident__lead") if people else ("incident",)
    channels = CommsChannel.objects.select_related(*related).filter(channel_id=channel_id)
    return channels.order_by("-pk").first()


def incident_of(channel: CommsChannel) -> Incident:
    """The incident of a channel, knowing its channel without a further query."""
    incident = channel.incident
    incident.commschannel = channel
    log_context.note(incident_id=incident.pk)
    return incident


def require_channel(channel_id: str, *, people: bool = True) -> CommsChannel:
    """Return the comms channel. Raises ``LookupError`` if it was deleted meanwhile."""
    channel = channel_of_incident(channel_id, people=people)
    if channel is None:
        raise LookupError(f"The comms channel {channel_id} was deleted")
    return channel


class LoadedChannel:
    """A comms channel that was loaded, for the first handler that asks for it.

    The next one gets it anew: what a handler has done to its objects, another must not see
    before it is committed, and not at all if it is not.
    """

    def __init__(self, channel: CommsChannel) -> None:
        self._id = channel.channel_id
        self._channel: CommsChannel | None = channel

    def take(self) -> CommsChannel:
        """Return the channel. Raises ``LookupError`` if it was deleted meanwhile."""
        channel, self._channel = self._channel, None
        return channel or require_channel(self._id, people=False)
