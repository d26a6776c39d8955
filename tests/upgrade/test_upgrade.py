"""Databases made by running release 0.5.1, upgraded in place, every field compared."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.upgrade.json_text import DEEPEST, mended
from tests.upgrade import old_html
from tests.upgrade.old_database import db_server, old, published

__all__ = ["db_server", "old", "published"]


def test_every_field_of_every_row(old):
    old.manage("migrate", "--verbosity=0")
    assert "No changes" in old.manage("makemigrations", "--check", "--dry-run")
    now = old.rows()

    people = {row["id"]: row for row in old.before("ExternalUser")}
    kept = _kept_people(people.values())
    assert set(now["ExternalUser"]) == set(kept.values()) - {None}
    for pk in people:
        row = now["ExternalUser"][kept[pk]]
        if kept[pk] == pk:
            for field in ("app_id", "external_id", "display_name"):
                assert row[field] == people[pk][field]
            # What the row did not know comes from the oldest of its doubles that did.
            doubles = [people[n] for n in sorted(people) if kept[n] == pk]
            for field in ("owner_id", "full_name", "email"):
                known = [row[field] for row in (people[pk], *doubles) if row[field]]
                assert row[field] == (known[0] if known else people[pk][field])
            assert row["deleted"] == people[pk].get("deleted", False)

    def expected(model: str, **rules: Any) -> dict[int, dict[str, Any]]:
        return {
            row["id"]: {
                field: rules[field](value) if field in rules else value
                for field, value in row.items()
            }
            for row in old.before(model)
        }

    person = {"lead_id": kept.get, "reporter_id": kept.get, "user_id": kept.get,
              "author_id": kept.get}  # fmt: skip
    text = dict.fromkeys(("report", "summary", "impact", "details"), old_html.typed)
    _same(now["Incident"], expected("Incident", **person, **text))
    _same(now["Action"], expected("Action", **person, **text))
    _same(now["CommsChannel"], expected("CommsChannel"))
    # 0.5.1 counted repetitions, from zero.
    _same(now["Notification"], expected("Notification", repeat_count=lambda n: n + 1))
    _same(now["PinnedMessage"], expected("PinnedMessage", **person))
    entries = expected("TimelineEvent", text=old_html.typed, metadata=_metadata)
    _same(now["TimelineEvent"], entries)
    _same(now["Event"], expected("Event", payload=_payload))

    headlines = expected("HeadlinePost")
    gone = set(headlines) - set(now["HeadlinePost"])
    assert len(gone) == 1
    _same(now["HeadlinePost"], {pk: row for pk, row in headlines.items() if pk not in gone})
    incidents = [row["incident_id"] for row in now["HeadlinePost"].values()]
    assert len(set(incidents)) == len(incidents)
    assert set(incidents) == {row["incident_id"] for row in headlines.values()}

    _same_stats(now["UserStats"].values(), expected("UserStats", **person).values())


def _kept_people(rows) -> dict[int | None, int | None]:
    """Which row each person is in now: the one with an account, else the oldest."""
    by_identity: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        by_identity.setdefault((row["app_id"], row["external_id"]), []).append(row)
    kept: dict[int | None, int | None] = {None: None}
    for same in by_identity.values():
        first = min(same, key=lambda r: (r["owner_id"] is None, r["id"]))
        kept.update({row["id"]: first["id"] for row in same})
    return kept


def _metadata(value: Any) -> Any:
    if value == {"line": "before\x00after", "n": 1}:
        return {"line": "beforeafter", "n": 1}
    if isinstance(value, dict) and value.get("update_type") in (
        "incident_report", "incident_summary", "incident_impact"
    ):  # fmt: skip
        changed = {
            k: old_html.typed(v) for k, v in value.items() if k in ("old_value", "new_value")
        }
        return value | changed
    return value


def _payload(value: str) -> Any:
    while isinstance(value, str):
        value = json.loads(value)
    return value


def _same(now: dict[int, dict[str, Any]], expected: dict[int, dict[str, Any]]) -> None:
    assert set(now) == set(expected)
    for pk, row in expected.items():
        assert {field: now[pk][field] for field in row} == row


def _same_stats(now, expected) -> None:
    def counted(rows):
        counts: dict[tuple[int, int], list[Any]] = {}
        for row in rows:
            entry = counts.setdefault((row["incident_id"], row["user_id"]), [0, []])
            entry[0] += row["message_count"]
            entry[1] += [row["join_time"]] if row["join_time"] else []
        return {k: (n, min(times, default=None)) for k, (n, times) in counts.items()}

    assert counted(now) == counted(expected)


def test_a_site_in_another_time_zone_turns_use_tz_on(old):
    """As docs/upgrading.md says: the old zone goes into DATABASES on SQLite."""
    old.manage("migrate", "--verbosity=0")
    zone = ZoneInfo("Europe/Berlin")
    on = {"RESPONSE_TEST_USE_TZ": "1", "RESPONSE_TEST_SETTINGS": '{"TIME_ZONE": "Europe/Berlin"}'}
    sqlite = old.url.startswith("sqlite")
    if sqlite:
        on["RESPONSE_TEST_DATABASE_ZONE"] = "Europe/Berlin"
    now = old.rows(**on)["Incident"]
    winter_and_summer = set()
    for row in old.before("Incident"):
        then = datetime.fromisoformat(row["report_time"])
        if sqlite:  # what it holds is the wall clock of the site
            local = then.replace(tzinfo=zone)
            winter_and_summer.add(local.utcoffset())
            then = local.astimezone(UTC).replace(tzinfo=None)
        assert now[row["id"]]["report_time"] == then.isoformat(timespec="microseconds")
    assert len(winter_and_summer) == (2 if sqlite else 0)


def test_new_rows_get_new_ids(old):
    highest = max(row["id"] for row in old.before("Incident"))
    script = (
        "import django; django.setup()\n"
        "from response.models import Incident, Event\n"
        "incident = Incident.objects.create_incident('New', None)\n"
        "print(incident.pk, Event.objects.latest('id').payload['id'])\n"
    )
    old.manage("migrate", "--verbosity=0")
    made, told = map(int, old.run("-c", script).split())
    assert made == told > highest


@pytest.fixture
def older(published):
    """A database that got to release 0.4 or so: not all of the sixteen were applied."""
    published.execute("DELETE FROM django_migrations WHERE app = 'response' AND name > '0013'")
    return published


@pytest.mark.parametrize("option", ["--skip-checks", "--verbosity=1"])
def test_a_database_of_an_earlier_release_is_refused(older, option):
    before = older.query("SELECT app, name FROM django_migrations")
    said = older.manage("migrate", option, fails=True)
    assert "0012_commschannel_onetoone" in said
    assert "django-incident-response==0.5.1" in said
    assert "Traceback" not in said
    assert older.query("SELECT app, name FROM django_migrations") == before


def test_the_first_migration_refuses_it_too(older):
    """Where no command and no signal comes before it."""
    script = (
        "import django; django.setup()\n"
        "from django.db import connection\n"
        "from django.db.migrations.executor import MigrationExecutor\n"
        "executor = MigrationExecutor(connection)\n"
        "executor.migrate(executor.loader.graph.leaf_nodes('response'))\n"
    )
    said = older.run("-c", script, fails=True)
    assert "CommandError: The database “default” belongs to a release before 0.5.1" in said
    assert "0012_commschannel_onetoone" in said


def test_tables_without_a_record_are_refused_unless_they_are_those_of_0_5_1(published):
    published.execute("DELETE FROM django_migrations WHERE app = 'response'")
    published.execute("ALTER TABLE response_action RENAME COLUMN type TO kind")
    said = published.manage("migrate", "--verbosity=0", fails=True)
    assert "already exists" in said
    assert "migrate response 0001_squashed_0016_actions_auto_created_date --fake" in said
    published.execute("ALTER TABLE response_action RENAME COLUMN kind TO type")
    published.manage("migrate", "--verbosity=0")
    assert len(published.rows()["Action"]) == len(published.before("Action"))


def test_back_and_forth(published):
    published.manage("migrate", "--verbosity=0")
    before = published.rows()
    published.manage("migrate", "response", "0017", "--verbosity=0")
    published.manage("migrate", "--verbosity=0")
    assert published.rows() == before


# The rules, as functions


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ('{"a": 1}', None),
        ('"text"', None),
        ('{"a": "x\\u0000y"}', {"a": "xy"}),
        ('{"a": NaN, "b": [Infinity]}', {"a": "nan", "b": ["inf"]}),
        ('"\\ud800"', ""),
        ("not json", "not json"),
        ('{"n": 123456789012345678901234567890}', None),
        ("", ""),
        (" ", " "),
        ("null", None),
        ('"\\u0000"', ""),
        ('{"a\\u0000": 1, "a": 2}', {"a": 1, "a_": 2}),
        ('{"a": 1, "a\\u0000": 2}', {"a": 1, "a_": 2}),
        ('{"a": 1e400, "b": [-1e999, 1e-999]}', {"a": "1e400", "b": ["-1e999", "1e-999"]}),
        ('{"a": 0e-999}', None),
        ("1" * 4300, None),
        ("1" * 4301, "1" * 4301),
        ("[0." + "1" * 5000 + "]", ["0." + "1" * 5000]),
        ("[" * 200 + "]" * 200, None),
        ("[" * 201 + "]" * 201, "[" * 201 + "]" * 201),
        ('{"a":' * 3000 + "1" + "}" * 3000, '{"a":' * 3000 + "1" + "}" * 3000),
        ("[" * 100_000, "[" * 100_000),
        (json.dumps("[" * 1000), None),
    ],
)
def test_json_is_mended(text, stored):
    result = mended(text)
    assert (None if result is None else json.loads(result)) == stored


def test_wrapped_json_is_unwrapped():
    wrapped = json.dumps(json.dumps(json.dumps({"id": 7})))
    assert json.loads(mended(wrapped, unwrap=True)) == {"id": 7}
    assert mended(json.dumps("5"), unwrap=True) is None
    assert json.loads(mended('{"a": NaN}', unwrap=True)) == {"a": "nan"}
    deep = "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1)
    assert mended(json.dumps(deep), unwrap=True) is None
    assert json.loads(mended(deep, unwrap=True)) == deep


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    st.booleans(),
)
def test_mending_twice_is_mending_once(value, unwrap):
    text = json.dumps(value)
    first = mended(text, unwrap=unwrap)
    assert mended(text if first is None else first, unwrap=unwrap) is None
