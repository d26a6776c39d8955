"""Copies of the databases that release 0.5.1 made, of the kind that the suite runs on."""

from __future__ import annotations

import json
import lzma
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data" / "upgrade"

#: Makes a database: a copy of an old one ("", or "-with-0017"), or an empty one (None).
Server = Callable[[str | None], str]


@dataclass
class Old:
    """An old database, and what its release read in it."""

    url: str
    expected: dict[str, Any]
    which: str = ""

    def copy(self, db_server: Server) -> Old:
        """The same once more, as it was."""
        return Old(db_server(self.which), self.expected, self.which)

    def execute(self, statement: str, *rows: tuple[Any, ...]) -> None:
        """Run one SQL statement, with ``?`` for values, for each of the rows."""
        with self._connection() as connection:
            for row in rows or [()]:
                connection.execute(self._sql(statement), row)
            connection.commit()

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows that an SQL statement finds."""
        with self._connection() as connection:
            return connection.execute(self._sql(statement)).fetchall()

    def _connection(self) -> Any:
        if self.url.startswith("sqlite"):
            return closing(sqlite3.connect(self.url.removeprefix("sqlite:///")))
        return closing(psycopg.connect(self.url, options="-c timezone=UTC"))

    def _sql(self, statement: str) -> str:
        sqlite = self.url.startswith("sqlite")
        return statement if sqlite else statement.replace("%", "%%").replace("?", "%s")

    def manage(self, *arguments: str, fails: bool = False) -> str:
        """Run a management command on it, in a process of its own."""
        return self.run("-m", "django", *arguments, fails=fails)

    def run(self, *arguments: str, fails: bool = False, **more: str) -> str:
        environment = {
            **os.environ,
            **more,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": self.url,
            "PYTHONPATH": str(ROOT),
        }
        done = subprocess.run(
            [sys.executable, *arguments],
            env=environment, cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout + (done.stderr if fails else "")

    def rows(self, **environment: str) -> dict[str, dict[int, dict[str, Any]]]:
        """Every row of the ten old models, by id."""
        read = json.loads(self.run("-m", "tests.upgrade.rows", **environment))
        return {m: {int(pk): row for pk, row in rows.items()} for m, rows in read.items()}

    def before(self, model: str) -> list[dict[str, Any]]:
        """The rows as 0.5.1 read them."""
        [rows] = [
            v["rows"] for k, v in self.expected["models"].items() if k.split(".")[-1] == model
        ]
        return rows


def unpacked(name: str) -> bytes:
    return lzma.decompress((DATA / f"{name}.xz").read_bytes())


@pytest.fixture(params=["", "-with-0017"], ids=["published", "with 0017"])
def old(request, db_server) -> Old:
    expected = json.loads(unpacked(f"expected{request.param}.json"))
    return Old(db_server(request.param), expected, request.param)


@pytest.fixture
def published(db_server) -> Old:
    """A database of the published release alone."""
    return Old(db_server(""), json.loads(unpacked("expected.json")))


@pytest.fixture
def db_server(tmp_path, django_db_setup, django_db_blocker):
    """Makes databases of the kind that the suite runs on: a :data:`Server`."""
    made: list[str] = []

    def sqlite(which: str | None) -> str:
        file = tmp_path / f"{len(made)}.sqlite3"
        made.append(str(file))
        if which is not None:
            file.write_bytes(unpacked(f"response-0.5.1{which}.sqlite3"))
        return f"sqlite:///{file}"

    def postgres(which: str | None) -> str:
        name = f"old_{os.getpid()}_{len(made)}"
        settings = connection.settings_dict
        with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0 ENCODING UTF8')
        made.append(name)
        host = [settings["HOST"], str(settings["PORT"]), settings["USER"]]
        if which is not None:
            sql = unpacked(f"response-0.5.1{which}.postgres.sql")
            subprocess.run(
                ["psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", host[0], "-p", host[1],
                 "-U", host[2], "-d", name],
                input=sql, check=True, stdout=subprocess.DEVNULL,
            )  # fmt: skip
        return f"postgres://{host[2]}@{host[0]}:{host[1]}/{name}"

    is_postgres = connection.vendor == "postgresql"
    yield postgres if is_postgres else sqlite
    for name in made if is_postgres else []:
        with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
