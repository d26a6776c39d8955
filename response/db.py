"""What the supported databases need in order to keep two writers exact.

SQLite has one writer at a time and no row locks. A transaction that has read and then
wants to write fails at once if another has written in between, and one that holds its
lock while it waits for something makes everybody else wait. The two functions here are
what the rest of the package needs to know about that; :func:`atomic` is used throughout in
the place of Django's.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections, models, transaction

M = TypeVar("M", bound=models.Model)

_READS = ("SELECT", "EXPLAIN", "PRAGMA", "WITH")


@contextlib.contextmanager
def atomic(using: str | None = None) -> Iterator[None]:
    """A transaction, as exact and as polite on SQLite as elsewhere.

    Everything written inside is committed together or not at all, as with Django's own
    ``atomic``. On SQLite the write lock is taken at the first statement that writes, by
    waiting for it, and reads before it hold no lock at all: a handler that thinks for half
    a minute does not keep the web process from storing what Slack sends meanwhile. Inside
    another transaction it is a plain savepoint.
    """
    using = using or DEFAULT_DB_ALIAS
    connection = connections[using]
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        with transaction.atomic(using=using):
            yield
        return

    def begin_before_write(
        execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        raw = connection.connection
        if not raw.in_transaction and not sql.lstrip().upper().startswith(_READS):
            with connection.wrap_database_errors:
                raw.execute("BEGIN IMMEDIATE")
        return execute(sql, params, many, context)

    with transaction.atomic(using=using):
        if connection.connection.in_transaction:
            with connection.wrap_database_errors:
                connection.connection.execute("COMMIT")
        with connection.execute_wrapper(begin_before_write):
            yield


def lock(queryset: models.QuerySet[M]) -> models.QuerySet[M]:
    """The queryset with its rows locked until the end of the transaction.

    Where the database has no row locks (SQLite) its single write lock is taken first, by
    an update that changes nothing, so that what is read afterwards is still true when we
    write. Must be called inside a transaction.
    """
    connection = connections[queryset.db]
    if connection.features.has_select_for_update:
        return queryset.select_for_update(of=("self",) if _can_lock_of(connection) else ())
    key = queryset.model._meta.pk.attname
    queryset.order_by().update(**{key: models.F(key)})
    return queryset


def has_row_locks() -> bool:
    """Whether a row can be locked without locking the whole database."""
    return bool(connections[DEFAULT_DB_ALIAS].features.has_select_for_update)


def lost_a_race(error: BaseException) -> bool:
    """Whether the database undid a transaction in favour of another: a retry will succeed.

    That is a deadlock, a lock that was waited for too long, or a conflict of
    transactions that are serialised.
    """
    if not isinstance(error, OperationalError):
        return False
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    return state in ("40001", "40P01") or (error.args[:1] in ((1205,), (1213,)))


def _can_lock_of(connection: Any) -> bool:
    return bool(connection.features.has_select_for_update_of)
