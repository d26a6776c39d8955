"""Copies of the databases that release 0.5.1 made, of the kind that the suite runs on."""

from __future__ import annotations

import json
import lzma
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data" / "upgrade"


@dataclass
class Old:
    """An old database, and what its release read in it."""

    url: str
    expected: dict[str, Any]

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
    return Old(db_server(request.param), json.loads(unpacked(f"expected{request.param}.json")))


@pytest.fixture
def db_server(tmp_path, django_db_setup, django_db_blocker):
    """Makes a copy of an old database of the kind that the suite runs on."""
    made: list[str] = []

    def sqlite(which: str) -> str:
        file = tmp_path / "old.sqlite3"
        file.write_bytes(unpacked(f"response-0.5.1{which}.sqlite3"))
        return f"sqlite:///{file}"

    def postgres(which: str) -> str:
        name = f"old_{os.getpid()}_{len(made)}"
        settings = connection.settings_dict
        with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0 ENCODING UTF8')
        made.append(name)
        host = [settings["HOST"], str(settings["PORT"]), settings["USER"]]
        sql = unpacked(f"response-0.5.1{which}.postgres.sql")
        subprocess.run(
            ["psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", host[0], "-p", host[1], "-U", host[2],
             "-d", name],
            input=sql, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        return f"postgres://{host[2]}@{host[0]}:{host[1]}/{name}"

    yield postgres if connection.vendor == "postgresql" else sqlite
    for name in made:
        with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
