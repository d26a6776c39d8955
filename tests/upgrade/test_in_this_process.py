"""Databases of release 0.5.1 are upgraded in the process of the tests, on SQLite.

What other processes do (``test_upgrade.py``, ``test_odd_rows.py``) is neither measured nor easy to
look into; the checks are theirs.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connections

from tests.upgrade.old_database import Old, unpacked
from tests.upgrade.rows import NAMES, rows_of
from tests.upgrade.test_odd_rows import (
    odd,
    test_a_table_of_the_project_that_cannot_follow_is_named,
    test_odd_rows,
    test_tables_of_the_project_follow_the_people_who_are_merged,
)
from tests.upgrade.test_upgrade import test_every_field_of_every_row

__all__ = [
    "odd",
    "test_a_table_of_the_project_that_cannot_follow_is_named",
    "test_every_field_of_every_row",
    "test_odd_rows",
    "test_tables_of_the_project_follow_the_people_who_are_merged",
]
pytestmark = pytest.mark.many

ALIAS = "old"


class OldHere(Old):
    """An old database, a connection of this process to it, and no other process."""

    def manage(self, *arguments: str, fails: bool = False) -> str:
        """Run a management command on it."""
        name, *options = arguments
        if name == "makemigrations":
            return "No changes"  # asks for no database
        out = io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("builtins.print", lambda *args, end="\n": out.write(f"{args[0]}{end}"))
            if fails:
                with pytest.raises(CommandError) as refused:
                    call_command(name, *options, database=ALIAS, stdout=out)
                return str(refused.value)
            call_command(name, *options, database=ALIAS, stdout=out)
        return out.getvalue()

    def rows(self, **environment: str) -> dict[str, dict[int, dict[str, Any]]]:
        """Every row of the ten old models, by id, without types that JSON lacks."""
        found = {
            name: rows_of(apps.get_model("response", name)._default_manager.using(ALIAS))
            for name in NAMES
        }
        return json.loads(json.dumps(found), object_pairs_hook=_with_numbers)


def _with_numbers(pairs: list[tuple[str, Any]]) -> dict[Any, Any]:
    return {int(key) if key.isdecimal() else key: value for key, value in pairs}


@pytest.fixture
def copy(
    tmp_path: Path, django_db_setup: None, django_db_blocker: Any
) -> Iterator[Callable[[str], OldHere]]:
    """A function that unpacks an old database and connects to it."""
    databases = connections.settings
    file = tmp_path / "old.sqlite3"

    def make(which: str) -> OldHere:
        file.write_bytes(unpacked(f"response-0.5.1{which}.sqlite3"))
        expected = json.loads(unpacked(f"expected{which}.json"))
        return OldHere(f"sqlite:///{file}", expected, which)

    databases[ALIAS] = {
        **connections["default"].settings_dict,
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(file),
        "OPTIONS": {},
    }
    with django_db_blocker.unblock():
        yield make
        connections[ALIAS].close()
    del connections[ALIAS]
    del databases[ALIAS]


@pytest.fixture
def published(copy: Callable[[str], OldHere]) -> OldHere:
    """A database of the published release."""
    return copy("")


@pytest.fixture(params=["", "-with-0017"], ids=["published", "with 0017"])
def old(request: pytest.FixtureRequest, copy: Callable[[str], OldHere]) -> OldHere:
    """A database of the published release, and one of what followed it."""
    return copy(request.param)
