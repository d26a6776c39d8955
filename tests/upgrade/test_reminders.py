"""After the upgrade no reminder is sent that 0.5.1 would not have sent.

The rows were written by the release's own minute tick, and so was the list of what its next
tick sent: see ``tests/data/upgrade/record.py``.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from tests.upgrade.old_database import db_server, old, published, unpacked

__all__ = ["db_server", "old", "published"]

RECORDED = json.loads(unpacked("reminders.json"))
NOW = datetime.fromisoformat(RECORDED["now"])

# Registers the handlers again, in the place of the built-in ones, and asks which are due.
DUE = """
import json, sys, django
django.setup()
from datetime import datetime, UTC
from django.conf import settings
from response.core.models import Incident
from response.slack.decorators import incident_notification as decorators
from response.slack.features.reminders import State, is_due
from response.slack.models import Notification

kinds, now, built_in = json.loads(sys.argv[1])
now = datetime.fromisoformat(now).replace(tzinfo=UTC if settings.USE_TZ else None)
reminders = list(decorators.reminders) if built_in else []
for kind in kinds:
    def remind(incident): ...
    remind.__name__ = kind["key"]
    if kind["decorator"] == "single":
        decorators.single_notification(kind["interval"])(remind)
    else:
        decorators.recurring_notification(kind["interval"], kind["most"])(remind)
    reminders.append([r for r in decorators.reminders if r.key == kind["key"]][0])
due = []
for incident in Incident.objects.open().filter(commschannel__isnull=False):
    for reminder in reminders:
        row = Notification.objects.filter(incident=incident, key=reminder.key).first()
        state = row and State(row.repeat_count, row.time, row.completed)
        if is_due(reminder, incident, state, now):
            due.append([incident.pk, reminder.key])
print(json.dumps(due))
"""


def due(database, kinds, now, built_in=False):
    """What the first tick after the upgrade sends: pairs of incident and reminder."""
    said = database.run("-c", DUE, json.dumps([kinds, now.isoformat(), built_in]))
    return [tuple(pair) for pair in json.loads(said.splitlines()[-1])]


@pytest.fixture
def reminded(published):
    """The rows that 0.5.1 wrote, each incident's id being its age in minutes and 10,000."""
    published.execute("DELETE FROM response_notification")
    for age in RECORDED["ages"]:
        reported = NOW - timedelta(minutes=age)
        published.execute(
            "INSERT INTO response_incident (id, report, report_time, start_time, reporter_id,"
            " report_only, private) VALUES (?, 'x', ?, ?, ?, ?, ?)",
            (10_000 + age, str(reported), str(reported), None, False, False),
        )
        published.execute(
            "INSERT INTO response_commschannel (id, incident_id, channel_id, channel_name)"
            " VALUES (?, ?, 'C1', 'inc')",
            (10_000 + age, 10_000 + age),
        )
    published.execute(
        "INSERT INTO response_notification (id, incident_id, key, time, repeat_count, completed)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        *(
            (
                10_000 + number,
                10_000 + row["age"],
                row["key"],
                str(NOW - timedelta(minutes=row["minutes_ago"])),
                row["repeat_count"],
                row["completed"],
            )
            for number, row in enumerate(RECORDED["notifications"])
        ),
    )
    return published


def test_the_next_tick_sends_what_the_next_tick_of_0_5_1_sent(reminded):
    exhausted = [r for r in RECORDED["notifications"] if not r["completed"]]
    assert len(exhausted) == len(RECORDED["notifications"])  # 0.5.1 never set it
    reminded.manage("migrate", "--verbosity=0")
    sent = due(reminded, RECORDED["kinds"], NOW)
    assert sorted([pk - 10_000, key] for pk, key in sent if pk >= 10_000) == RECORDED["next"]


def test_what_was_sent_as_often_as_it_may_be_is_not_sent_again(old):
    """The recorded databases: each open incident had its five reminders of each kind."""
    exhausted = {
        row["incident_id"] for row in old.before("Notification") if row["repeat_count"] == 4
    }
    still_open = {
        row["id"]
        for row in old.before("Incident")
        if row["end_time"] is None and not row["report_only"]
    }
    assert exhausted & still_open
    old.manage("migrate", "--verbosity=0")
    # A Monday at noon, long after.
    assert due(old, [], datetime(2024, 1, 1, 12), built_in=True) == []
