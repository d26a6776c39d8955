"""A ``migrate`` that dies at any migration is finished by the next one."""

from __future__ import annotations

import importlib
import json
import pkgutil
from pathlib import Path

import pytest

import response.migrations
from response.upgrade.migration import RepeatableMigration
from tests.upgrade.old_database import Old, db_server, old

__all__ = ["db_server", "old"]

MIGRATIONS = [
    name for _finder, name, _package in pkgutil.iter_modules(response.migrations.__path__)
]


@pytest.mark.parametrize("name", MIGRATIONS)
def test_every_migration_can_be_repeated(name):
    """One that is made by ``makemigrations`` has to be given this class by hand."""
    module = importlib.import_module(f"response.migrations.{name}")
    assert issubclass(module.Migration, RepeatableMigration)


def migrated(database, tmp_path: Path, *how: str):
    said = database.run("-m", "tests.upgrade.interrupted", *how, DIED_AT=str(tmp_path / "died"))
    return json.loads(said.splitlines()[-1])


# Each way of dying once from each of the three beginnings would be six runs of all migrations: each
# of the ways is met by an old database, and that is where rows can be lost.
@pytest.mark.parametrize(
    ("old", "how"), [("", "unrecorded"), ("-with-0017", "killed")], indirect=["old"],
    ids=["published-unrecorded", "with 0017-killed"],
)  # fmt: skip
def test_an_upgrade_that_dies_after_every_migration(how, db_server, tmp_path, old):
    undisturbed = migrated(old, tmp_path)
    other = old.copy(db_server)
    disturbed = migrated(other, tmp_path, how)
    assert disturbed["died"] == MIGRATIONS[2 if old.which else 1 :]
    assert disturbed["standing"] == undisturbed["standing"]
    assert other.rows() == old.rows()


def test_an_installation_that_dies_after_every_migration(db_server, tmp_path):
    undisturbed = migrated(Old(db_server(None), {}), tmp_path)
    disturbed = migrated(Old(db_server(None), {}), tmp_path, "killed")
    assert disturbed["died"] == MIGRATIONS
    assert disturbed["standing"] == undisturbed["standing"]
