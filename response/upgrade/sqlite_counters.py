"""Preserve SQLite's id counters during ``migrate``.

Django makes most changes in SQLite by recreating the table, and the new one continues after
its highest id. If the newest row had been deleted before, its id would be used again, and old
events would refer to the wrong incident. So the counters are saved before each ``migrate`` and
restored after it, for all migrations of all apps. They are saved in a table: if a ``migrate``
is killed, the next one uses it.
"""

from __future__ import annotations

from typing import Any

from django.db import connections, transaction

_CREATE = """
    CREATE TABLE IF NOT EXISTS response_sqlite_counters (name text PRIMARY KEY, seq integer)
"""
_NOTE = r"""
    INSERT INTO response_sqlite_counters (name, seq)
    SELECT name, max(seq) FROM sqlite_sequence
    WHERE name LIKE 'response\_%' ESCAPE '\' GROUP BY name
    ON CONFLICT (name) DO UPDATE SET seq = max(seq, excluded.seq)
"""
_RAISE = """
    UPDATE sqlite_sequence
    SET seq = max(seq, coalesce(
        (SELECT noted.seq FROM response_sqlite_counters AS noted
         WHERE noted.name = sqlite_sequence.name), 0))
"""
# A table without rows has no counter after it was recreated.
_ADD = """
    INSERT INTO sqlite_sequence (name, seq)
    SELECT noted.name, noted.seq FROM response_sqlite_counters AS noted
    JOIN sqlite_master ON sqlite_master.type = 'table' AND sqlite_master.name = noted.name
    WHERE noted.seq > 0 AND noted.name NOT IN (SELECT name FROM sqlite_sequence)
"""
_DROP = "DROP TABLE response_sqlite_counters"


def note(using: str, **kwargs: Any) -> None:
    """Save the counters on ``pre_migrate``; a higher value that was saved before is kept."""
    connection = connections[using]
    if connection.vendor != "sqlite":
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if not _exists(cursor, "sqlite_sequence"):
            return
        cursor.execute(_CREATE)
        cursor.execute(_NOTE)


def restore(using: str, **kwargs: Any) -> None:
    """Restore lowered counters on ``post_migrate``."""
    connection = connections[using]
    if connection.vendor != "sqlite":
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if _exists(cursor, "response_sqlite_counters"):
            for statement in (_RAISE, _ADD, _DROP):
                cursor.execute(statement)


def _exists(cursor: Any, table: str) -> bool:
    cursor.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = %s", [table])
    return cursor.fetchone() is not None
