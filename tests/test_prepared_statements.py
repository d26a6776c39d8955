"""What runs often is planned once by PostgreSQL, and runs as well where that cannot be kept."""

from __future__ import annotations

import logging

import pytest
from django.db import DatabaseError, connection, transaction

from response import prepared_statements
from response.db import Statement, update_and_insert
from response.slack.models import Lookup

pytestmark = [
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="Only PostgreSQL prepares."),
    pytest.mark.django_db,
]

UPDATE = "UPDATE response_lookup SET value = value WHERE key = %s"
INSERT = "INSERT INTO response_lookup (key, value, looked_up) SELECT %s, %s, now()"


@pytest.fixture(autouse=True)
def nothing_prepared(monkeypatch):
    monkeypatch.setattr(prepared_statements, "_lossy", set())
    Lookup.objects.create(key="test found", value=0)
    connection.ensure_connection()
    forget()
    yield
    forget()


def forget() -> None:
    prepared_statements._runs.clear()
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")


def run(key: str, *, update: str = UPDATE, found: str = "test found") -> bool:
    return update_and_insert(
        Statement(update, (found,)), Statement(INSERT, (f"test {key}", "1")), "default"
    )


def prepared() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE %s", ["response%"]
        )
        return int(cursor.fetchone()[0])


def stored() -> list[str]:
    keys = Lookup.objects.filter(key__startswith="test ").values_list("key", flat=True)
    return sorted({key.removeprefix("test ") for key in keys} - {"found"})


def test_what_runs_often_is_prepared_and_does_the_same():
    keys = [f"k{number}" for number in range(prepared_statements.OFTEN + 3)]
    for number, key in enumerate(keys, 1):
        assert run(key)
        assert prepared() == (number >= prepared_statements.OFTEN)
    assert not run("not found", found="nothing")
    assert stored() == keys


def test_a_statement_that_a_pooler_has_lost_is_run_all_the_same(caplog):
    for number in range(prepared_statements.OFTEN):
        run(f"k{number}")
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    with caplog.at_level(logging.WARNING), transaction.atomic():
        assert run("lost")
        assert run("after")
    assert caplog.text.count("DISABLE_SERVER_SIDE_CURSORS") == 1
    assert {"lost", "after"} <= set(stored())
    assert prepared() == 0


def test_a_name_that_another_connection_has_taken_is_no_error(caplog):
    for number in range(prepared_statements.OFTEN):
        run(f"k{number}")
    prepared_statements._runs.clear()  # as if a pooler gave us a connection of another process
    for number in range(prepared_statements.OFTEN):
        assert run(f"other{number}")
    assert "DISABLE_SERVER_SIDE_CURSORS" in caplog.text
    assert len(stored()) == 2 * prepared_statements.OFTEN


def test_what_could_not_be_prepared_is_prepared_the_next_time(monkeypatch, caplog):
    for number in range(prepared_statements.OFTEN - 1):
        run(f"k{number}")
    known = prepared_statements._statements
    with monkeypatch.context() as broken:
        broken.setattr(
            prepared_statements, "_statements", lambda *asked: ("PREPARE", *known(*asked)[1:])
        )
        with pytest.raises(DatabaseError):
            run("not stored")
    assert run("next")
    assert prepared() == 1
    assert caplog.text == ""
    assert "not stored" not in stored()


def test_nothing_is_prepared_behind_a_pooler_that_is_told(monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    for number in range(prepared_statements.OFTEN + 1):
        assert run(f"k{number}")
    assert prepared() == 0


def test_a_connection_prepares_so_many_and_no_more(monkeypatch):
    monkeypatch.setattr(prepared_statements, "MOST", 2)
    for number in range(3):
        update = f"{UPDATE} AND key <> 'never {number} %%'"
        for again in range(prepared_statements.OFTEN + 1):
            assert run(f"k{number} {again}", update=update)
    assert prepared() == 2
    assert len(stored()) == 3 * (prepared_statements.OFTEN + 1)
