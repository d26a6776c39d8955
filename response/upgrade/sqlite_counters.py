"""SQLite's counters of ids, kept over migrations that rebuild tables.

A rebuilt table goes on behind its highest id. If the newest row had been deleted before, its
id would be given out again, and old events would speak of another incident by that number.
"""

from __future__ import annotations

from typing import Any

KEY = "sqlite counters"


def remember(apps: Any, editor: Any) -> None:
    """For ``RunPython``: note the counters before the first table is rebuilt."""
    if editor.connection.vendor != "sqlite":
        return
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT name, seq FROM sqlite_sequence WHERE name LIKE 'response_%'")
        counters = dict(cursor.fetchall())
    lookup = apps.get_model("response", "Lookup").objects.using(editor.connection.alias)
    lookup.update_or_create(key=KEY, defaults={"value": counters})


def restore(apps: Any, editor: Any) -> None:
    """For ``RunPython``: set the counters that have fallen behind."""
    lookup = apps.get_model("response", "Lookup").objects.using(editor.connection.alias)
    noted = lookup.filter(key=KEY).first()
    if noted is None:
        return
    with editor.connection.cursor() as cursor:
        for name, seq in noted.value.items():
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [name])
            row = cursor.fetchone()
            if row is None:
                cursor.execute(
                    "INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [name, seq]
                )
            elif row[0] < seq:
                cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [seq, name])
    noted.delete()
