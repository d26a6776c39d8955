"""SQLite's counters of ids, kept over whatever ``migrate`` does.

Django changes most things in SQLite by making a table anew, and the new table goes on behind
its highest id. If the newest row had been deleted before, its id would be given out again, and
old events would speak of another incident by that number. So the counters are noted before
each ``migrate`` and raised to what they were after it, whichever migrations it runs, of
whichever app. The note is a table: a ``migrate`` that was killed leaves it to the next.
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
# A table without rows has no counter after it was made anew.
_ADD = """
    INSERT INTO sqlite_sequence (name, seq)
    SELECT noted.name, noted.seq FROM response_sqlite_counters AS noted
    JOIN sqlite_master ON sqlite_master.type = 'table' AND sqlite_master.name = noted.name
    WHERE noted.seq > 0 AND noted.name NOT IN (SELECT name FROM sqlite_sequence)
"""
_DROP = "DROP TABLE response_sqlite_counters"


def note(using: str, **kwargs: Any) -> None:
    """Receive ``pre_migrate``: note the counters, and keep a higher one that stands already."""
    connection = connections[using]
    if connection.vendor != "sqlite":
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if not _exists(cursor, "sqlite_sequence"):
            return
        cursor.execute(_CREATE)
        cursor.execute(_NOTE)


def restore(using: str, **kwargs: Any) -> None:
    """Receive ``post_migrate``: raise the counters that have fallen behind."""
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
