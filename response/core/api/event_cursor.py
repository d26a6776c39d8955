"""Following the event stream without gaps.

Ids are given out when a row is written and seen when its transaction commits. Where
transactions run side by side, an event with a higher id may therefore be seen before one
with a lower id, and a client that goes on after the highest id it has seen would never
see the other. So nothing is handed to a follower that somebody may still get in front of.
"""

from __future__ import annotations

import time

from django.db import connections
from django.db.models import Max, QuerySet

from response.core.models import Event

#: How long to wait for writers that are about to commit, in seconds.
PATIENCE = 1.0
_PAUSE = 0.02


def committed(events: QuerySet[Event]) -> QuerySet[Event]:
    """``events`` up to the newest id below which nothing can appear any more.

    SQLite has one writer at a time, so that ids are seen in the order in which they are
    given. On PostgreSQL the transactions that have written events and not ended yet are
    waited for, for at most :data:`PATIENCE` seconds; if one takes longer, there is nothing
    new for now and the follower asks again. Other databases do not say who is writing:
    there everything is returned, and the promise is not made.
    """
    connection = connections[events.db]
    if connection.vendor != "postgresql":
        return events
    newest = Event.objects.using(events.db).aggregate(newest=Max("pk"))["newest"]
    if newest is None:
        return events.none()
    # Whoever holds an id up to ``newest`` has taken it by now, and shows in the first look;
    # writers who come later get higher ids and need not be waited for.
    deadline = time.monotonic() + PATIENCE
    writers = remaining = _writers(events.db)
    while remaining and time.monotonic() < deadline:
        time.sleep(_PAUSE)
        remaining = writers & _writers(events.db)
    return events.none() if remaining else events.filter(pk__lte=newest)


def _writers(using: str) -> set[str]:
    """The other transactions that have written to the table of events, by virtual id."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND relation = %s::regclass AND mode = 'RowExclusiveLock'"
            " AND pid IS DISTINCT FROM pg_backend_pid()",
            [connections[using].ops.quote_name(Event._meta.db_table)],
        )
        return {row[0] for row in cursor.fetchall()}
