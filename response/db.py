"""Transactions, locks and values that work alike on all supported databases.

SQLite has one writer at a time and no row locks. A transaction that has read and then
writes fails at once if another has written in between, and one that waits for something
while it holds the write lock blocks all other writers. :func:`atomic` and :func:`lock` hide
this from the rest of the package; :func:`atomic` is used throughout instead of Django's.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    OperationalError,
    connections,
    models,
    transaction,
)
from django.db.models.lookups import In

from response import prepared_statements

M = TypeVar("M", bound=models.Model)

#: NUL, and halves of surrogate pairs, which JSON can smuggle in and UTF-8 cannot hold.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

_READS = ("SELECT", "EXPLAIN", "PRAGMA", "WITH")


@contextlib.contextmanager
def atomic(using: str | None = None) -> Iterator[None]:
    """Run the block in a transaction, without blocking other writers needlessly on SQLite.

    Everything written in the block is committed together or not at all, as with Django's own
    ``atomic``. On SQLite the write lock is acquired, by waiting for it, at the first statement
    that writes; reads before that hold no lock. A handler that takes half a minute before it
    writes therefore does not keep the web process from storing requests. Inside another
    transaction this is a plain savepoint.
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


@dataclass(frozen=True)
class Statement:
    """SQL that all supported databases understand, and its parameters."""

    sql: str
    parameters: tuple[Any, ...] = ()


def update_and_insert(update: Statement, insert: Statement, using: str) -> bool:
    """Run an UPDATE and, if it changed a row, an ``INSERT … SELECT``: both or neither.

    Returns whether it did. For code where compiling a query costs more than running it and
    every round trip to the database counts: on PostgreSQL it is one statement, elsewhere a
    transaction of two. ``insert`` ends with the values that it selects. Raises the database
    errors that ``save`` raises.
    """
    connection = connections[using]
    if connection.vendor == "postgresql":
        sql = f"WITH changed AS ({update.sql} RETURNING 1) {insert.sql} FROM changed"
        parameters = (*update.parameters, *insert.parameters)
        if prepared_statements.is_supported(connection):
            try:
                return _run(connection, sql, parameters, prepared=True)
            except DatabaseError as error:
                if not prepared_statements.is_lost(connection, error):
                    raise
        return _run(connection, sql, parameters)
    with atomic(using), connection.cursor() as cursor:
        cursor.execute(update.sql, update.parameters)
        changed = bool(cursor.rowcount)
        if changed:
            cursor.execute(insert.sql, insert.parameters)
    return changed


def _run(connection: Any, sql: str, parameters: tuple[Any, ...], *, prepared: bool = False) -> bool:
    """Run a statement, and return whether it changed a row."""
    # On its own this is a transaction; inside another, an error must not break that one.
    inside = atomic(connection.alias) if connection.in_atomic_block else nullcontext()
    with inside, connection.cursor() as cursor:
        if prepared:
            prepared_statements.execute(connection, cursor, sql, parameters)
        else:
            cursor.execute(sql, parameters)
        return bool(cursor.rowcount)


def lock(queryset: models.QuerySet[M]) -> models.QuerySet[M]:
    """Return the queryset with its rows locked until the end of the transaction.

    Where the database has no row locks (SQLite), its single write lock is taken first, by
    an update that changes nothing, so that the rows cannot change between reading and writing.
    Must be called inside a transaction.
    """
    connection = connections[queryset.db]
    if connection.features.has_select_for_update:
        return queryset.select_for_update(of=("self",) if _can_lock_of(connection) else ())
    key = queryset.model._meta.pk.attname
    queryset.order_by().update(**{key: models.F(key)})
    return queryset


def has_row_locks() -> bool:
    """Return whether a row can be locked without locking the whole database."""
    return bool(connections[DEFAULT_DB_ALIAS].features.has_select_for_update)


def one_of(path: str, rows: models.QuerySet[Any]) -> models.Q:
    """Return the condition ``path__in=rows`` for a subquery that is the same for every row.

    ``rows`` has one column, of ``values()``. On PostgreSQL the values are collected once, before
    the rest of the query, and its cost is estimated once. With plain ``IN`` PostgreSQL adds the
    cost of the subquery for each row that it would look up by key, and prefers to read the table.
    """
    return models.Q(_OneOf(models.F(path), rows.query))


class _OneOf(In):
    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        lhs, lhs_parameters = self.process_lhs(compiler, connection)
        rows, parameters = compiler.compile(self.rhs)
        return f"{lhs} = ANY (ARRAY{rows})", (*lhs_parameters, *parameters)


def storable(value: Any) -> Any:
    """Return ``value`` as the JSON columns of every supported database accept it.

    NUL characters and lone surrogates are dropped from strings, and numbers that JSON does
    not know (NaN, infinities) become their names.
    """
    if isinstance(value, str):
        return UNSTORABLE.sub("", value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {storable(str(k)): storable(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [storable(v) for v in value]
    return value


def lost_a_race(error: BaseException) -> bool:
    """Return whether ``error`` means that a transaction lost against another and can be retried.

    That is a deadlock, a timeout while waiting for a lock, or a serialisation failure.
    """
    if not isinstance(error, OperationalError):
        return False
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    return state in ("40001", "40P01") or (error.args[:1] in ((1205,), (1213,)))


def _can_lock_of(connection: Any) -> bool:
    return bool(connection.features.has_select_for_update_of)
