"""Statements that PostgreSQL plans once for each connection, instead of each time.

Planning the statement that stores and counts a message takes PostgreSQL longer than running it.
Django asks for no prepared statements, since poolers that hand out another connection for each
transaction (PgBouncer) cannot keep them. Where the database says so, with
``DISABLE_SERVER_SIDE_CURSORS`` as Django's documentation asks, nothing is prepared; elsewhere a
statement that turns out to be lost is run unprepared, and so are all others from then on.
"""

from __future__ import annotations

import functools
import hashlib
import logging
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from django.db import DatabaseError

logger = logging.getLogger(__name__)

#: A connection prepares what it has run so often: one that is made for each request never does.
OFTEN = 5
#: So many statements are prepared for a connection; PostgreSQL keeps each until it is closed.
MOST = 20
# SQLSTATEs of PostgreSQL's: there is no such prepared statement, or another one of that name.
_LOST = ("26000", "42P05")

#: How often connections of the driver have run statements, by the statements' names.
_runs: WeakKeyDictionary[Any, dict[str, int]] = WeakKeyDictionary()
#: The aliases of databases whose connections lose prepared statements.
_lossy: set[str] = set()


def is_supported(connection: Any) -> bool:
    """Return whether statements can be prepared with this connection of Django's."""
    return (
        connection.vendor == "postgresql"
        and connection.alias not in _lossy
        and not connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
        # Parameters that the server binds go with no EXECUTE. There the driver itself prepares, if
        # the database's option ``prepare_threshold`` says so.
        and not connection.features.uses_server_side_binding
    )


def execute(connection: Any, cursor: Any, sql: str, parameters: Sequence[Any]) -> None:
    """Run ``sql``, which has a ``%s`` for each parameter; prepared, if it is run often.

    ``cursor`` is one of ``connection``. Raises the database errors of the statement.
    """
    prepare, run, name = _statements(sql, len(parameters))
    runs = _runs.setdefault(connection.connection, {})
    if name not in runs and len(runs) >= MOST:
        cursor.execute(sql, parameters)
        return
    count = runs.get(name, 0) + 1
    if count == OFTEN:
        # Not with Django's cursor: this is done for the connection, and no query of the caller's.
        with connection.wrap_database_errors, connection.connection.cursor() as raw:
            raw.execute(prepare)
    runs[name] = count  # only now, so that what could not be prepared is prepared the next time
    cursor.execute(sql if count < OFTEN else run, parameters)


def is_lost(connection: Any, error: DatabaseError) -> bool:
    """Return whether ``error`` means that the connection does not keep prepared statements.

    Then none is prepared for that database any more, and the statement has not been run.
    """
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    if state not in _LOST:
        return False
    _lossy.add(connection.alias)
    logger.warning(
        "The database %r does not keep prepared statements. Behind a pooler, set "
        "DISABLE_SERVER_SIDE_CURSORS to True in DATABASES.",
        connection.alias,
    )
    return True


@functools.lru_cache(maxsize=64)
def _statements(sql: str, count: int) -> tuple[str, str, str]:
    """Return the SQL that prepares a statement, the SQL that runs it, and its name."""
    # The same name means the same statement also where others have prepared it.
    name = f"response_{hashlib.sha256(sql.encode()).hexdigest()[:16]}"
    numbered = sql % tuple(f"${number}" for number in range(1, count + 1))
    arguments = ", ".join(["%s"] * count)
    return f"PREPARE {name} AS {numbered}", f"EXECUTE {name} ({arguments})", name
