"""What has to be done inside the project: ``python -m benchmarks.project.inside TASK``.

Reads JSON from standard input, writes JSON to standard output.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.project.settings")
    django.setup()

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection, connections, models
from django.db.backends.signals import connection_created
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from response.models import (
    Action,
    CommsChannel,
    ExternalUser,
    HeadlinePost,
    Incident,
    TimelineEvent,
    UserStats,
)
from response.worker import sending, tick

#: Rows that are made at a time.
BATCH = 5_000


def prepare(given: dict[str, Any]) -> None:
    """Migrate, fill, and tick once, so that the daily work is done before anything is measured."""
    call_command("migrate", verbosity=0, skip_checks=True)
    seed(given)
    call_command("response_tick", skip_checks=True)


def seed(given: dict[str, Any]) -> None:
    """People who are known, and incidents with comms channels in which they have written.

    ``given`` has ``people`` and ``channels``, lists of Slack's ids.
    """
    people = ExternalUser.objects.bulk_create(
        ExternalUser(
            app_id="slack",
            external_id=id_,
            display_name=f"person-{number}",
            full_name=f"Person {number}",
        )
        for number, id_ in enumerate(given["people"])
    )
    now = timezone.now()
    incidents = Incident.objects.bulk_create(
        Incident(
            report=f"Incident of {channel}",
            reporter=people[0],
            lead=people[-1],
            severity="2",
            report_time=now - timedelta(minutes=number),
        )
        for number, channel in enumerate(given["channels"])
    )
    _with_channels(incidents, given["channels"])
    UserStats.objects.bulk_create(
        UserStats(incident=incident, user=person, join_time=now, message_count=0)
        for incident in incidents
        for person in people
    )


def _with_channels(incidents: list[Incident], ids: list[str]) -> None:
    channels = CommsChannel.objects.bulk_create(
        CommsChannel(incident=incident, channel_id=id_, channel_name=f"inc-{incident.pk}")
        for incident, id_ in zip(incidents, ids, strict=True)
    )
    HeadlinePost.objects.bulk_create(
        HeadlinePost(
            incident=channel.incident,
            comms_channel=channel,
            channel_id="C0INCIDENTS",
            message_ts=f"17000{channel.pk:06d}.000100",
        )
        for channel in channels
    )


def fill(given: dict[str, int]) -> None:
    """Incidents of the past, until there are ``incidents`` in all, each with what belongs to it.

    The two newest have ``short`` and ``long`` entries in their timelines, and are closed.
    """
    people = list(ExternalUser.objects.order_by("pk"))
    missing = given["incidents"] - Incident.objects.count() - 2
    # As many are found, and are live, among few incidents as among many.
    wanted = {missing * number // 20 for number in range(20)}
    for start in range(0, missing, BATCH):
        incidents = Incident.objects.bulk_create(
            _past(range(start, min(start + BATCH, missing)), wanted, people)
        )
        _with_channels(incidents, [f"C0PAST{incident.pk:08d}" for incident in incidents])
        TimelineEvent.objects.bulk_create(
            TimelineEvent(incident=incident, text=f"Entry {n} of {incident.report}")
            for incident in incidents
            for n in range(2)
        )
        UserStats.objects.bulk_create(
            UserStats(incident=incident, user=people[n], join_time=incident.report_time)
            for incident in incidents
            for n in range(2)
        )
        Action.objects.bulk_create(
            Action(incident=incident, user=people[0], details="Add an alert")
            for incident in incidents
        )
    for name in ("short", "long"):
        _document(name, given[name], people)
    _analyse()


def _analyse() -> None:
    """Look after the tables as autovacuum would have done long before there were so many rows.

    It counts them for the planner, notes which pages all can see, and sorts what is new in the
    trigram indexes. MariaDB does the like by itself.
    """
    if connection.vendor == "mysql":
        return
    # PostgreSQL vacuums outside transactions only; in one, few rows are made.
    vacuums = connection.vendor == "postgresql" and not connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if vacuums else "ANALYZE")


def _past(numbers: range, wanted: set[int], people: list[ExternalUser]) -> Iterator[Incident]:
    now = timezone.now()
    for number in numbers:
        at = now - timedelta(hours=1 + number)
        yield Incident(
            report=f"The {'certificate' if number in wanted else 'checkout'} is down ({number})",
            summary="Some customers cannot pay. We are rolling back the release of this morning.",
            impact="One order in ten",
            reporter=people[number % len(people)],
            lead=people[(number + 1) % len(people)],
            severity="1" if number in wanted else str(2 + number % 3),
            report_time=at,
            start_time=at,
            end_time=None if number < 10 else at + timedelta(minutes=50),
        )


def _document(name: str, entries: int, people: list[ExternalUser]) -> None:
    now = timezone.now()
    incident = Incident.objects.bulk_create(
        [
            Incident(
                report=f"The {name} document",
                summary="With <@U0BENCH0001> and *some* Markdown",
                reporter=people[0],
                lead=people[1],
                severity="1",
                report_time=now - timedelta(minutes=30),
                end_time=now,
            )
        ]
    )[0]
    _with_channels([incident], [f"C0DOC{incident.pk:08d}"])
    TimelineEvent.objects.bulk_create(
        TimelineEvent(
            incident=incident,
            text=f"<@{people[n % len(people)].external_id}> did step {n}, see `runbook`",
            timestamp=now - timedelta(minutes=30) + timedelta(milliseconds=n),
        )
        for n in range(entries)
    )
    UserStats.objects.bulk_create(
        UserStats(incident=incident, user=person, join_time=now) for person in people
    )


def open_incidents(given: dict[str, int]) -> None:
    """``incidents`` that are going on, of which ``due`` have one reminder due, without a lead."""
    people = list(ExternalUser.objects.order_by("pk"))
    total, due = given["incidents"], given["due"]
    for start in range(0, total, BATCH):
        incidents = Incident.objects.bulk_create(
            Incident(
                report=f"Going on ({number})",
                reporter=people[0],
                lead=None if number < due else people[1],
                severity="2",
                report_time=timezone.now() - timedelta(minutes=10),
            )
            for number in range(start, min(start + BATCH, total))
        )
        _with_channels(incidents, [f"C0OPEN{incident.pk:08d}" for incident in incidents])
    _analyse()


def reader(_given: Any) -> dict[str, Any]:
    """A session that is logged in: its cookie, and what they read with the queries it takes.

    ``read`` has a dict of ``path`` and ``queries`` by the name that the table has for it. What is
    asked for the first time may be cached; the second time is counted.
    """
    user = get_user_model().objects.create_user("reader")
    client = Client()
    client.force_login(user)
    [(name, morsel)] = client.cookies.items()
    found = Incident.objects.filter(report__endswith="document").order_by("pk")
    read = {
        what: {"path": path, "queries": queries(client, path)}
        for what, path in paths(*found.values_list("pk", flat=True)).items()
    }
    return {"cookie": f"{name}={morsel.value}", "read": read}


def paths(short: int, long: int) -> dict[str, str]:
    """What is read, by name; ``short`` and ``long`` are the ids of the two documents."""
    return {
        "list": "/",
        "list, filters": "/?status=closed&severity=1",
        "list, search": "/?q=certificate",
        "document, short": f"/incident/{short}/",
        "document, long": f"/incident/{long}/",
        "API list of 100": "/core/incidents/?limit=100",
        "API, filters": "/core/incidents/?limit=100&severity=1&is_closed=true",
        "API, search": "/core/incidents/?limit=100&search=certificate",
    }


def queries(client: Client, path: str) -> int:
    """How many queries a path takes, when asked for the second time.

    Raises ``RuntimeError`` if it is not answered with 200.
    """
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(path)
    if response.status_code != 200:
        raise RuntimeError(f"{path} was answered with {response.status_code}")
    return len(captured)


class _Counter:
    """Counts the queries of all threads."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()
        connection_created.connect(self._watch)
        connections.close_all()

    def _watch(self, connection: Any, **_more: Any) -> None:
        if self._note not in connection.execute_wrappers:
            connection.execute_wrappers.append(self._note)

    def _note(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        with self._lock:
            self.count += 1
        return execute(sql, params, many, context)


def ticks(_given: Any) -> list[dict[str, float]]:
    """A tick, the jobs that it has queued, and the next tick: seconds and queries of each."""
    counter = _Counter()
    Incident.objects.aggregate(models.Max("pk"))  # connects
    found = []
    for piece in (_tick, sending.send_all_due, _tick):
        before, began = counter.count, time.perf_counter()
        piece()
        seconds = time.perf_counter() - began
        found.append({"seconds": seconds, "queries": counter.count - before})
    return found


def _tick() -> None:
    tick.minute(alone=False)


TASKS: dict[str, Callable[[Any], Any]] = {
    "prepare": prepare,
    "fill": fill,
    "open": open_incidents,
    "reader": reader,
    "ticks": ticks,
}


if __name__ == "__main__":
    print(json.dumps(TASKS[sys.argv[1]](json.load(sys.stdin))))
