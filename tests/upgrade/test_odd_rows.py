"""Rows as 0.5.1 could hold them, and none of the recorded databases does: kept by rule."""

from __future__ import annotations

import json

import pytest

from tests.upgrade.old_database import db_server, published

__all__ = ["db_server", "published"]

MOST = 2**31 - 1
DEEP = '{"a":' * 3000 + "1" + "}" * 3000
WIDE = '{"k": "' + "x" * 100_000 + '"}'

PERSON = (
    "INSERT INTO response_externaluser (id, app_id, external_id, display_name, full_name, email,"
    " owner_id) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
INCIDENT = (
    "INSERT INTO response_incident (id, report, report_time, start_time, end_time, summary,"
    " severity, reporter_id, report_only, private) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
ENTRY = (
    "INSERT INTO response_timelineevent (id, incident_id, timestamp, text, event_type, metadata)"
    " VALUES (?, 900, '2020-02-29 23:59:59.999999', ?, ?, ?)"
)
EVENT = (
    "INSERT INTO response_event (id, timestamp, event_type, payload)"
    " VALUES (?, '2020-02-29 12:00:00', 'incident_event', ?)"
)
STATS = (
    "INSERT INTO response_userstats (id, incident_id, user_id, join_time, message_count)"
    " VALUES (?, ?, ?, ?, ?)"
)
PIN = (
    "INSERT INTO response_pinnedmessage (id, incident_id, author_id, message_ts, text, timestamp,"
    " timeline_event_id) VALUES (?, 900, 900, ?, ?, '2020-02-29 12:00:00', ?)"
)
NOTIFICATION = (
    "INSERT INTO response_notification (id, incident_id, key, time, repeat_count, completed)"
    " VALUES (?, 900, ?, '2020-02-29 12:00:00', ?, ?)"
)

METADATA = {
    901: ("", ""),
    902: (DEEP, DEEP),
    903: ("no json", "no json"),
    904: ("null", None),
    905: (None, None),
    906: ('{"n": 1e400, "m": NaN}', {"n": "1e400", "m": "nan"}),
    907: ('"\\u0000\\ud800x"', "x"),
    908: ('{"a": "\\ud83d\\udd25", "a\\u0000": 1}', {"a": "🔥", "a_": 1}),
    909: ("[" * 100_000, "[" * 100_000),
    910: (WIDE, json.loads(WIDE)),
    911: ("7" * 5000, "7" * 5000),
    912: ('{"update_type": ["incident_report"], "old_value": "&lt;"}',) * 2,
    913: ('{"update_type": "incident_report", "old_value": 5, "new_value": "&lt;"}',) * 2,
    914: (" [1, 2.50] ", [1, 2.5]),
}
METADATA[912] = (METADATA[912][0], json.loads(METADATA[912][0]))
METADATA[913] = (METADATA[913][0], json.loads(METADATA[913][0]) | {"new_value": "<"})

PAYLOADS = {
    901: ("", ""),
    902: (DEEP, DEEP),
    903: (json.dumps(json.dumps({"id": 900})), {"id": 900}),
    904: (json.dumps(DEEP), DEEP),
    905: ("null", None),
    906: ('{"report": "a &amp; b"}', {"report": "a &amp; b"}),
}


@pytest.fixture
def odd(published):
    published.execute(
        PERSON,
        (900, "slack", "U900", " ", None, "", None),
        (901, "slack", "U900", "Anna", "Anna A.", None, 1),
        (902, "slack", "U900", "Bo", None, "bo@example.com", 2),
        (903, "slack", "U900", "", None, None, None),
        (910, "slack", "", "No id", None, None, None),
        (911, "slack", "", "No id either", None, None, None),
        (912, "slack", "unknown-911", "Taken", None, None, None),
        (920, "slack", "U920", "", None, None, 3),
        (921, "slack", "U920", "Chidi", "Chidi C.", "chidi@example.com", None),
        (930, "github", "U900", "Somebody else", None, None, None),
    )
    published.execute(
        INCIDENT,
        (900, "<h1>x &amp; y</h1>", "2020-02-29 12:00:00", "2020-02-29 12:00:00", None,
         '<a href="/?a&amp;b" title="x > y">&lt;</a>', None, 901, False, False),
        (901, "", "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999",
         "1969-12-31 23:59:59", "&bogus; &lt;", "", 903, False, True),
    )  # fmt: skip
    published.execute(ENTRY, *[(pk, "", "x", text) for pk, (text, _kept) in METADATA.items()])
    published.execute(EVENT, *[(pk, text) for pk, (text, _kept) in PAYLOADS.items()])
    published.execute(
        STATS,
        (900, 900, 901, "2020-02-29 12:00:00", MOST),
        (901, 900, 902, "2020-02-29 11:00:00", MOST),
        (902, 900, 903, None, 5),
        (903, 901, 900, None, -1),
        (904, 901, 902, None, 0),
    )
    published.execute(
        PIN,
        (900, "", "first", None),
        (901, "", "second", None),
        (902, "", "second", 901),
        (903, "1.1", "same", None),
        (904, "1.1", "same", 902),
        (905, "2.2", "one", None),
        (906, "2.2", "other", None),
        (907, "3.3", "one", 903),
        (908, "3.3", "other", 904),
        (909, "9" * 50, "one", None),
        (910, "9" * 50, "other", None),
    )
    published.execute(
        NOTIFICATION,
        (900, "most", MOST, False),
        (901, "least", -1, True),
        (902, "once", 0, False),
    )
    return published


def test_odd_rows(odd):
    said = odd.manage("migrate")
    now = odd.rows()

    people = {pk: row for pk, row in now["ExternalUser"].items() if pk >= 900}
    assert set(people) == {901, 910, 911, 912, 920, 930}
    anna = people[901]
    assert (anna["display_name"], anna["full_name"], anna["email"], anna["owner_id"]) == (
        "Anna", "Anna A.", "bo@example.com", 1,
    )  # fmt: skip
    assert "U900 (slack) had more than one account: number 2 is no longer linked." in said
    assert "number 3" not in said
    assert [people[pk]["external_id"] for pk in (910, 911, 912)] == [
        "", "unknown-911-", "unknown-911",
    ]  # fmt: skip
    assert people[920]["display_name"] == "Chidi"

    incident = now["Incident"][900]
    assert incident["report"] == "<h1>x & y</h1>"
    assert incident["summary"] == '<a href="/?a&b" title="x > y"><</a>'
    other = now["Incident"][901]
    assert (other["report"], other["summary"], other["severity"]) == ("", "&bogus; &lt;", "")
    assert (other["report_time"], other["start_time"], other["end_time"]) == (
        "0001-01-01T00:00:00.000000",
        "9999-12-31T23:59:59.999999",
        "1969-12-31T23:59:59.000000",
    )
    assert (incident["reporter_id"], other["reporter_id"]) == (901, 901)

    assert {pk: now["TimelineEvent"][pk]["metadata"] for pk in METADATA} == {
        pk: kept for pk, (_text, kept) in METADATA.items()
    }
    assert {pk: now["Event"][pk]["payload"] for pk in PAYLOADS} == {
        pk: kept for pk, (_text, kept) in PAYLOADS.items()
    }

    counted = {
        row["incident_id"]: (row["message_count"], row["join_time"])
        for row in now["UserStats"].values()
        if row["user_id"] == 901
    }
    assert counted == {900: (2 * MOST + 5, "2020-02-29T11:00:00.000000"), 901: (-1, None)}

    pins = {pk: row for pk, row in now["PinnedMessage"].items() if pk >= 900}
    assert {pk: (row["message_ts"], row["text"]) for pk, row in pins.items()} == {
        900: ("unknown-900", "first"),
        901: ("unknown-901", "second"),
        902: ("", "second"),
        904: ("1.1", "same"),
        905: ("2.2", "one"),
        906: ("2.2-906", "other"),
        907: ("3.3", "one"),
        909: ("9" * 50, "one"),
        910: ("9" * 46 + "-910", "other"),
    }
    assert all(row["author_id"] == 901 for row in pins.values())

    reminders = {pk: row for pk, row in now["Notification"].items() if pk >= 900}
    assert [(r["repeat_count"], r["completed"]) for r in reminders.values()] == [
        (MOST, False), (0, True), (1, False),
    ]  # fmt: skip


def test_tables_of_the_project_follow_the_people_who_are_merged(odd):
    odd.execute(
        "CREATE TABLE project_oncall (id integer PRIMARY KEY, person_id integer NOT NULL"
        " REFERENCES response_externaluser (id) DEFERRABLE INITIALLY DEFERRED)"
    )
    insert = "INSERT INTO project_oncall (id, person_id) VALUES (?, ?)"
    odd.execute(insert, (1, 900), (2, 901), (3, 902), (4, 930))
    odd.manage("migrate", "--verbosity=0")
    assert odd.query("SELECT id, person_id FROM project_oncall ORDER BY id") == [
        (1, 901), (2, 901), (3, 901), (4, 930),
    ]  # fmt: skip


def test_a_table_of_the_project_that_cannot_follow_is_named(odd):
    odd.execute(
        "CREATE TABLE project_badge (id integer PRIMARY KEY, person_id integer NOT NULL UNIQUE"
        " REFERENCES response_externaluser (id) DEFERRABLE INITIALLY DEFERRED)"
    )
    insert = "INSERT INTO project_badge (id, person_id) VALUES (?, ?)"
    odd.execute(insert, (1, 900), (2, 901))
    said = odd.manage("migrate", "--verbosity=0", fails=True)
    assert "Remove one of the two from project_badge" in said
    odd.execute("DELETE FROM project_badge WHERE id = 1")
    odd.manage("migrate", "--verbosity=0")


def test_titles_longer_than_their_column(published):
    """The sanitiser made titles longer after their length had been checked; SQLite kept them."""
    title = "&amp;" * 200
    if not published.url.startswith("sqlite"):
        title = "&amp;" * 40
    published.execute(
        INCIDENT,
        (900, title, "2020-02-29 12:00:00", "2020-02-29 12:00:00", None, None, None, None, False,
         False),
    )  # fmt: skip
    published.manage("migrate", "--verbosity=0")
    assert published.rows()["Incident"][900]["report"] == title.replace("&amp;", "&")
