"""Find the incident of a channel by the channel's id."""

from __future__ import annotations

from response import log_context
from response.core.models import Incident
from response.slack.models import CommsChannel


def channel_of_incident(channel_id: str, *, people: bool = True) -> CommsChannel | None:
    """Return the comms channel with this id, with its incident, or None if there is none.

    With ``people`` the incident's reporter and lead are loaded in the same query.
    """
    if not channel_id:
        return None
    related = ("incident__reporter", "incident__lead") if people else ("incident",)
    channels = CommsChannel.objects.select_related(*related).filter(channel_id=channel_id)
    return channels.order_by("-pk").first()


def incident_of(channel: CommsChannel) -> Incident:
    """Return the incident of a channel, with its channel set so that it needs no query."""
    incident = channel.incident
    incident.commschannel = channel
    log_context.note(incident_id=incident.pk)
    return incident


def require_channel(channel_id: str, *, people: bool = True) -> CommsChannel:
    """Return the comms channel with this id. Raises ``LookupError`` if it has been deleted."""
    channel = channel_of_incident(channel_id, people=people)
    if channel is None:
        raise LookupError(f"The comms channel {channel_id} was deleted")
    return channel


class LoadedChannel:
    """A loaded comms channel, for the first handler that asks for it.

    Later handlers get a fresh copy from the database: a handler must not see another's changes
    before they are committed, or changes that were rolled back.
    """

    def __init__(self, channel: CommsChannel) -> None:
        self._id = channel.channel_id
        self._channel: CommsChannel | None = channel

    def take(self) -> CommsChannel:
        """Return the channel. Raises ``LookupError`` if it has been deleted."""
        channel, self._channel = self._channel, None
        return channel or require_channel(self._id, people=False)
