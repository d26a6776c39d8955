"""The event stream: stretches of time, and following it without gaps."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from response.core.api import event_cursor
from response.models import Event


def events(client: APIClient, query: str) -> list[int]:
    """The ids of a part of the stream."""
    response = client.get(f"/core/events/?{query}")
    assert response.status_code == 200, response.json()
    return [row["id"] for row in response.json()["results"]]


def record(**ago: float) -> Event:
    return Event.objects.create(
        event_type="deploy_event", payload={}, timestamp=timezone.now() - timedelta(**ago)
    )


def test_the_last_day_is_shown_unless_asked_for_more(client: APIClient) -> None:
    old, new = record(days=2), record(hours=1)
    assert events(client, "") == [new.pk]
    start = (timezone.now() - timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%S")
    middle = (timezone.now() - timedelta(days=1, hours=12)).strftime("%Y-%m-%dT%H:%M:%S")
    assert events(client, f"from={start}") == [old.pk, new.pk]
    assert events(client, f"from={start}&to={middle}") == [old.pk]
    assert events(client, f"to={middle}") == [old.pk]
    assert events(client, "event_type=deploy_event,x") == [new.pk]
    assert events(client, "event_type=incident_event") == []


def test_the_stream_is_followed_by_id(client: APIClient) -> None:
    first, second, third = record(days=400), record(days=1), record()
    assert events(client, "after=0") == [first.pk, second.pk, third.pk]
    assert events(client, f"after={first.pk}") == [second.pk, third.pk]
    assert events(client, f"after={first.pk}&limit=1") == [second.pk]
    assert events(client, f"after={third.pk}") == []


def test_the_stream_cannot_be_written(client: APIClient) -> None:
    response = client.post("/core/events/", {"event_type": "x", "payload": {}}, format="json")
    assert response.status_code == 405


@pytest.fixture
def follower(transactional_db: None) -> APIClient:
    client = APIClient()
    client.force_login(get_user_model().objects.create_user("follower"))
    return client


SEVERAL_WRITERS = "Only PostgreSQL has several writers here and says who they are."


def in_another_transaction(work: Callable[[], Any], done: threading.Event) -> threading.Thread:
    """Runs ``work`` in a transaction of its own, which stays open until ``done`` is set."""
    written = threading.Event()

    def run() -> None:
        try:
            with transaction.atomic():
                work()
                written.set()
                assert done.wait(20)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert written.wait(20)
    return thread


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason=SEVERAL_WRITERS)
def test_nothing_is_skipped_that_is_committed_late(
    follower: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_cursor, "PATIENCE", 0.1)
    done = threading.Event()
    thread = in_another_transaction(record, done)
    late = record()
    # A lower id than this one's is still out: it must not be jumped over.
    assert events(follower, "after=0") == []
    assert len(events(follower, "")) == 1
    done.set()
    thread.join()
    seen = events(follower, "after=0")
    assert len(seen) == 2
    assert seen[-1] == late.pk


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason=SEVERAL_WRITERS)
def test_a_writer_who_is_about_to_commit_is_waited_for(follower: APIClient) -> None:
    done = threading.Event()
    thread = in_another_transaction(record, done)
    record()
    threading.Timer(0.1, done.set).start()
    assert len(events(follower, "after=0")) == 2
    thread.join()


@pytest.mark.skipif(
    "connection.vendor == 'mysql'", reason="MariaDB does not say who is writing: no such promise."
)
def test_followers_see_every_event_of_many_writers_once(follower: APIClient) -> None:
    """Eight writers side by side, and a follower who keeps asking."""
    writers, each = 8, 12

    def write() -> None:
        try:
            for _ in range(each):
                with transaction.atomic():
                    record()
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(writers)]
    for thread in threads:
        thread.start()
    seen: list[int] = []
    while True:
        alive = any(thread.is_alive() for thread in threads)
        new = events(follower, f"after={seen[-1] if seen else 0}")
        seen += new
        if not alive and not new:
            break
    assert len(seen) == len(set(seen)) == writers * each
    assert seen == sorted(Event.objects.values_list("pk", flat=True))
