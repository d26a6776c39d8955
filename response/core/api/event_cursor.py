"""Let clients follow the event stream without gaps.

Ids are assigned when a row is written, and rows become visible when the transaction commits.
With concurrent transactions an event with a higher id may therefore become visible before one
with a lower id, and a client that continues after the highest id it has seen would miss the
other. So an event is only returned once no event with a lower id can still appear.
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
    """Return ``events`` up to the newest id below which no more events can appear.

    SQLite has one writer at a time, so rows become visible in the order of their ids. On
    PostgreSQL this waits for unfinished transactions that have written events, for at most
    :data:`PATIENCE` seconds; if one takes longer, nothing new is returned for now and the client
    asks again. Other databases do not show which transactions are writing: there all events are
    returned, and gaps are possible.
    """
    connection = connections[events.db]
    if connection.vendor != "postgresql":
        return events
    newest = Event.objects.using(events.db).aggregate(newest=Max("pk"))["newest"]
    if newest is None:
        return events.none()
    # Every transaction with an id up to ``newest`` is writing by now and is in the first
    # result; later writers get higher ids and need not be waited for.
    deadline = time.monotonic() + PATIENCE
    writers = remaining = _writers(events.db)
    while remaining and time.monotonic() < deadline:
        time.sleep(_PAUSE)
        remaining = writers & _writers(events.db)
    return events.none() if remaining else events.filter(pk__lte=newest)


def _writers(using: str) -> set[str]:
    """Return the virtual ids of other transactions that have written to the table of events."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND relation = %s::regclass AND mode = 'RowExclusiveLock'"
            " AND pid IS DISTINCT FROM pg_backend_pid()",
            [connections[using].ops.quote_name(Event._meta.db_table)],
        )
        return {row[0] for row in cursor.fetchall()}
