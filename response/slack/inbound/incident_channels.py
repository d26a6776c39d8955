"""Find out whether a channel is an incident's, and which one's.

The first is needed for every event. Its cache is per process and only saves look-ups; it may be
out of date without harm.
"""

from __future__ import annotations

import time

from django.db import connections, router

from response import log_context
from response.core.models import Incident
from response.slack.models import CommsChannel

_LOOK_UP = "SELECT 1 FROM response_commschannel WHERE channel_id = %s LIMIT 1"

#: Seconds for which a channel without an incident is not looked up again, and seconds for which
#: it must have been known as such before. Response creates a new channel for each incident, and
#: its row is there a moment after the channel itself: a channel that people have used for longer
#: without such a row is not about to become an incident's.
REMEMBERED, SETTLED = 1.0, 5.0
#: The maximum number of channels in the cache, which is cleared when there are more.
MOST = 10_000

#: Channels that had an incident at the last look-up.
_of_incidents: set[str] = set()
#: For the other channels, the times of the first and the last look-up, on the monotonic clock.
_of_others: dict[str, tuple[float, float]] = {}


def contains(channel_id: str) -> bool:
    """Return whether this is an incident's comms channel; one indexed look-up."""
    if not channel_id:
        return False
    now = time.monotonic()
    with connections[router.db_for_read(CommsChannel)].cursor() as cursor:
        cursor.execute(_LOOK_UP, [channel_id])
        found = cursor.fetchone() is not None
    if len(_of_incidents) + len(_of_others) >= MOST:
        forget()
    if found:
        _of_others.pop(channel_id, None)
        _of_incidents.add(channel_id)
    else:
        _of_incidents.discard(channel_id)
        first, _last = _of_others.get(channel_id, (now, now))
        _of_others[channel_id] = (first, now)
    return found


def may_be(channel_id: str) -> bool:
    """Return whether an event of this channel may be for an incident.

    Also True for a channel that used to belong to an incident. Also False, for at most
    :data:`REMEMBERED` seconds, for another channel that has just become an incident's.
    """
    if channel_id in _of_incidents:
        return True
    if channel_id in _of_others:
        first, last = _of_others[channel_id]
        if last - first >= SETTLED and time.monotonic() - last < REMEMBERED:
            return False
    return contains(channel_id)


def forget() -> None:
    """Clear the cache."""
    _of_incidents.clear()
    _of_others.clear()


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
