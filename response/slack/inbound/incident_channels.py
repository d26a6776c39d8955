"""Whether a channel is an incident's: asked for every event of the workspace.

What is remembered here only saves look-ups, in this process, and may be wrong without harm.
"""

from __future__ import annotations

import time

from django.db import connections, router

from response.slack.models import CommsChannel

_LOOK_UP = "SELECT 1 FROM response_commschannel WHERE channel_id = %s LIMIT 1"

#: Seconds for which a channel that is no incident's is not looked up again, and seconds for which
#: it must have been known as such before. Response makes a new channel for each incident, and
#: its row is there a moment after the channel itself: one that people have used for longer
#: without such a row is not about to become an incident's.
REMEMBERED, SETTLED = 1.0, 5.0
#: Channels that are remembered; all are forgotten when there are more.
MOST = 10_000

#: Channels that were an incident's when we last looked.
_of_incidents: set[str] = set()
#: Of the others, when we first looked, and when we last did, on the monotonic clock.
_of_others: dict[str, tuple[float, float]] = {}


def contains(channel_id: str) -> bool:
    """Whether an incident is worked on in this channel; one indexed look-up."""
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
    """Whether it is worth while to go on with an event of this channel.

    True also for a channel that was an incident's and is so no longer. False also, for
    :data:`REMEMBERED` seconds at most, for a channel of others that has become an incident's.
    """
    if channel_id in _of_incidents:
        return True
    first, last = _of_others.get(channel_id, (0.0, 0.0))
    if last - first >= SETTLED and time.monotonic() - last < REMEMBERED:
        return False
    return contains(channel_id)


def forget() -> None:
    """Look every channel up anew."""
    _of_incidents.clear()
    _of_others.clear()
