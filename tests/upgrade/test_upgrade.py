"""Databases made by running release 0.5.1, upgraded in place, every field compared."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.upgrade.escaped_text import as_typed
from response.upgrade.json_text import mended
from tests.upgrade.old_database import db_server, old

__all__ = ["db_server", "old"]


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
    text = dict.fromkeys(("report", "summary", "impact", "details"), as_typed)
    _same(now["Incident"], expected("Incident", **person, **text))
    _same(now["Action"], expected("Action", **person, **text))
    _same(now["CommsChannel"], expected("CommsChannel"))
    _same(now["Notification"], expected("Notification"))
    _same(now["PinnedMessage"], expected("PinnedMessage", **person))
    entries = expected("TimelineEvent", text=as_typed, metadata=_metadata)
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
        changed = {k: as_typed(v) for k, v in value.items() if k in ("old_value", "new_value")}
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


def test_a_database_of_an_earlier_release_is_refused(old):
    script = (
        "import django; django.setup()\n"
        "from django.db import connection\n"
        "connection.cursor().execute(\"DELETE FROM django_migrations WHERE app = 'response' \"\n"
        "    \"AND name > '0013'\")\n"
    )
    old.run("-c", script)
    said = old.manage("migrate", fails=True)
    assert "0012_commschannel_onetoone" in said
    assert "django-incident-response==0.5.1" in said
    assert "0018" not in old.manage("showmigrations", "contenttypes", "--plan")


def test_back_and_forth(old):
    old.manage("migrate", "--verbosity=0")
    before = old.rows()
    old.manage("migrate", "response", "0017", "--verbosity=0")
    old.manage("migrate", "--verbosity=0")
    assert old.rows() == before


# The rules, as functions


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("a &amp;&amp; b &lt;z&gt; 5 &gt; 3", "a && b <z> 5 > 3"),
        ("&lt;@U123ABC&gt; in &lt;#C123|general&gt;", "<@U123ABC> in <#C123|general>"),
        ("<b>bold</b> &lt;script&gt;", "<b>bold</b> <script>"),
        ("&amp;lt;", "&lt;"),
        ("raw <script> &lt;b&gt;", "raw <script> &lt;b&gt;"),
        ("raw & &amp;", "raw & &amp;"),
        ("nothing to do", "nothing to do"),
        ("", ""),
        (None, None),
    ],
)
def test_escaped_text_as_typed(stored, typed):
    assert as_typed(stored) == typed


@given(st.text())
def test_what_the_old_sanitiser_escaped_comes_back(text):
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert as_typed(escaped) == text


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
