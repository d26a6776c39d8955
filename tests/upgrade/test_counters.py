"""No id is given out twice, whatever the migrations do to the tables."""

from __future__ import annotations

import pytest

from tests.upgrade.old_database import db_server, published

__all__ = ["db_server", "published"]

OLD = [
    "externaluser", "incident", "action", "timelineevent", "event", "commschannel",
    "headlinepost", "notification", "pinnedmessage", "userstats",
]  # fmt: skip
COUNTED = 7_000


@pytest.fixture
def counted(published):
    """Every old table has given out 7,000 ids, and the rows of the last ones are gone."""
    for table in OLD:
        if published.url.startswith("sqlite"):
            published.execute(
                f"UPDATE sqlite_sequence SET seq = {COUNTED} WHERE name = 'response_{table}'"
            )
        else:
            published.execute(
                f"SELECT setval(pg_get_serial_sequence('response_{table}', 'id'), {COUNTED})"
            )
    return published


def counters(database) -> dict[str, int]:
    if database.url.startswith("sqlite"):
        rows = database.query("SELECT name, seq FROM sqlite_sequence")
        return {name.removeprefix("response_"): seq for name, seq in rows}
    rows = database.query("SELECT sequencename, last_value FROM pg_sequences")
    return {name.removeprefix("response_").removesuffix("_id_seq"): value for name, value in rows}


def test_the_old_tables_count_on_after_all_migrations(counted):
    counted.manage("migrate", "--verbosity=0")
    after = counters(counted)
    assert {table: after[table] for table in OLD} == dict.fromkeys(OLD, COUNTED)
    script = (
        "import django; django.setup()\n"
        "from response.models import ExternalUser\n"
        "print(ExternalUser.objects.create(app_id='slack', external_id='UNEW').pk)\n"
    )
    assert int(counted.run("-c", script)) == COUNTED + 1


def test_an_empty_table_counts_on(counted):
    counted.execute("DELETE FROM response_notification")
    counted.manage("migrate", "--verbosity=0")
    assert counters(counted)["notification"] == COUNTED


def test_a_migration_of_another_app_may_make_our_tables_anew(counted):
    """As a project does that changes the key of the accounts' table."""
    script = (
        "import django; django.setup()\n"
        "from django.core.management.sql import emit_post_migrate_signal\n"
        "from django.core.management.sql import emit_pre_migrate_signal\n"
        "from django.db import connection, models\n"
        "from response.models import ExternalUser as model\n"
        "emit_pre_migrate_signal(0, False, 'default')\n"
        "before = model._meta.get_field('display_name')\n"
        "after = models.CharField(max_length=99, null=True)\n"
        "after.set_attributes_from_name('display_name')\n"
        "with connection.schema_editor() as editor:\n"
        "    editor.alter_field(model, before, after)\n"
        "emit_post_migrate_signal(0, False, 'default')\n"
    )
    counted.manage("migrate", "--verbosity=0")
    counted.run("-c", script)
    assert counters(counted)["externaluser"] == COUNTED


def test_a_migrate_that_was_killed_leaves_the_counters_to_the_next(counted, tmp_path):
    script = (
        "import os, django; django.setup()\n"
        "from django.core.management import call_command\n"
        "from django.db.models.signals import post_migrate\n"
        "post_migrate.send = lambda **kwargs: os._exit(9)\n"
        "call_command('migrate', verbosity=0)\n"
    )
    counted.run("-c", script, fails=True)
    counted.manage("migrate", "--verbosity=0")
    after = counters(counted)
    assert {table: after[table] for table in OLD} == dict.fromkeys(OLD, COUNTED)
    if counted.url.startswith("sqlite"):
        assert counted.query("SELECT name FROM sqlite_master WHERE name LIKE '%counters'") == []
