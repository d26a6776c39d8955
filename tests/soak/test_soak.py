"""A short run of the crash test; ``make soak`` is the long one."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.processes


@pytest.fixture
def database(django_db_setup, django_db_blocker):
    """A URL for the run's own database, on the server that the suite runs on."""
    settings = connection.settings_dict
    if connection.vendor != "postgresql":
        yield ""  # SQLite, in a directory of its own
        return
    import psycopg

    name = f"soak_{uuid.uuid4().hex[:12]}"
    server = {"host": settings["HOST"], "port": settings["PORT"], "user": settings["USER"],
              "password": settings["PASSWORD"], "dbname": "postgres"}  # fmt: skip
    with contextlib.closing(psycopg.connect(**server, autocommit=True)) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        password = f":{settings['PASSWORD']}" if settings["PASSWORD"] else ""
        yield (
            f"postgres://{settings['USER']}{password}@{settings['HOST']}:{settings['PORT']}/{name}"
        )
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.parametrize("form", ["one", "socket"])
def test_nothing_is_lost_and_nothing_done_twice(database, form):
    seed = os.environ.get("RESPONSE_TEST_SOAK_SEED") or str(random.randrange(10**6))
    command = [sys.executable, "-m", "tests.soak", "--form", form, "--seed", seed,
               "--requests", "150",
               "--rate", "15", "--kills", "4", "--kill-every", "1-3", "--outages", "2",
               "--settle", "120"]  # fmt: skip
    if database:
        command += ["--database", database]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "lost ....................................... 0" in ran.stdout
