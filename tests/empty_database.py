"""Empty the database after a test that committed, in a fraction of the time of ``flush``.

Django deletes all content types and permissions too and has ``post_migrate`` make them again, and
on PostgreSQL it truncates every table, which costs the same for an empty one. What is left here is
the same: they are kept while they are as they were made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.management import create_contenttypes
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.core.management.sql import emit_post_migrate_signal
from django.db import connections
from django.db.models.signals import post_migrate
from django.test import TransactionTestCase

#: The tables whose rows depend on the models alone.
KEPT = (ContentType._meta.db_table, Permission._meta.db_table)
#: The receivers of ``post_migrate`` that make those rows, and how they are connected.
MAKERS: list[tuple[Callable[..., None], str | None]] = [
    (create_contenttypes, None),
    (create_permissions, "django.contrib.auth.management.create_permissions"),
]
Rows = list[list[tuple[Any, ...]]]


@contextmanager
def quickly(made: Rows) -> Iterator[None]:
    """Empty the database with ``empty`` after each test, unless the test changed what that keeps.

    ``made`` has the kept rows as the models ask for them.
    """
    flush = TransactionTestCase._fixture_teardown

    def teardown(case: TransactionTestCase) -> None:
        nonlocal made
        usual = case.available_apps is None and not case.serialized_rollback
        if usual and set(case.databases) == {"default"} and kept_rows("default") == made:
            empty("default")
        else:
            flush(case)
            made = kept_rows("default")

    TransactionTestCase._fixture_teardown = teardown
    try:
        yield
    finally:
        TransactionTestCase._fixture_teardown = flush


def kept_rows(using: str) -> Rows:
    """Read the rows of the tables that ``empty`` does not touch."""
    found: Rows = []
    with connections[using].cursor() as cursor:
        for table in KEPT:
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")
            found.append(list(cursor.fetchall()))
    return found


def empty(using: str) -> None:
    """Delete all rows but the kept ones, and store what apps store in an empty database."""
    connection = connections[using]
    existing = connection.introspection.django_table_names(only_existing=True, include_views=False)
    tables = sorted(set(existing) - set(KEPT))
    if connection.vendor == "postgresql":
        # As TRUNCATE does, first wait for all who still read or write.
        quoted = [connection.ops.quote_name(table) for table in tables]
        statements = [f"LOCK TABLE {', '.join(quoted)} IN ACCESS EXCLUSIVE MODE"]
        statements += [f"DELETE FROM {table}" for table in quoted]
        statements = ["; ".join(statements)]
    else:
        statements = connection.ops.sql_flush(no_style(), tables)
    connection.ops.execute_sql_flush(statements)
    for receiver, uid in MAKERS:
        assert post_migrate.disconnect(receiver, dispatch_uid=uid), receiver
    try:
        emit_post_migrate_signal(0, False, using)
    finally:
        for receiver, uid in MAKERS:
            post_migrate.connect(receiver, dispatch_uid=uid)
