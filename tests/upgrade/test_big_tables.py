"""Indexes that are added while others write, whatever an earlier attempt has left behind."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, models
from django.db.migrations.loader import MigrationLoader

from response.models import Incident
from response.upgrade.big_tables import AddIndexAside, AddTrigramIndex

POSTGRESQL = connection.vendor == "postgresql"
INDEX = AddIndexAside("incident", models.Index(fields=["report"], name="response_test_aside"))
WORDS = AddTrigramIndex("incident", ("impact",), "response_test_words")
OPERATIONS = (INDEX, WORDS)


def indexes() -> set[str]:
    with connection.cursor() as cursor:
        table = Incident._meta.db_table
        found = connection.introspection.get_constraints(cursor, table)
    return {name for name in found if name.startswith("response_test_")}


@pytest.fixture
def run(transactional_db: None) -> Any:
    """Runs an operation forwards or backwards, as a migration that is not atomic does."""
    before = MigrationLoader(connection).project_state()

    def forwards_or_backwards(operation: Any, forwards: bool = True, execute: Any = None) -> None:
        after = before.clone()
        operation.state_forwards("response", after)
        with connection.schema_editor(atomic=False) as editor:
            if execute:
                editor.execute = execute(editor.execute)
            if forwards:
                operation.database_forwards("response", editor, before, after)
            else:
                operation.database_backwards("response", editor, after, before)

    yield forwards_or_backwards
    for operation in OPERATIONS:
        if operation is INDEX and INDEX.index.name not in indexes():
            continue
        forwards_or_backwards(operation, forwards=False)
    assert indexes() == set()


def test_they_are_added_once(run):
    expected = {"response_test_aside"} | ({"response_test_words"} if POSTGRESQL else set())
    for _time in range(2):
        for operation in OPERATIONS:
            run(operation)
        assert indexes() == expected


def test_one_that_was_left_unfinished_is_built_again(run):
    def spoil(name: str) -> None:
        if POSTGRESQL:
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", [name]
                )

    def valid() -> set[str]:
        if not POSTGRESQL:
            return indexes()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
                "WHERE indisvalid AND relname LIKE 'response_test_%%'"
            )
            return {name for (name,) in cursor.fetchall()}

    for operation in OPERATIONS:
        run(operation)
    expected = valid()
    for name in expected:
        spoil(name)
    for operation in OPERATIONS:
        run(operation)
    assert valid() == indexes() == expected


def test_without_the_extension_there_is_a_sentence_and_no_index(run, capsys):
    def refuse_extensions(execute: Any) -> Any:
        def run_or_refuse(sql: Any, params: Any = ()) -> None:
            if "EXTENSION" in str(sql):
                raise DatabaseError('permission denied to create extension "pg_trgm"')
            execute(sql, params)

        return run_or_refuse

    run(WORDS, execute=refuse_extensions)
    said = capsys.readouterr().out
    assert indexes() == set()
    assert ("permission denied" in said and "docs/operations.md" in said) == POSTGRESQL
