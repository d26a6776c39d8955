"""What the regular work costs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from response.jobs import job_handlers, outbox, timers
from response.jobs.models import Timer
from response.models import Incident
from response.slack.features import reminders, update_reminders
from response.slack.models import Notification
from response.worker import sending, tick
from tests.costs.conftest import incidents


def test_a_tick_with_nothing_due_costs_the_same_however_many_incidents_are_open(
    costs, fill, monkeypatch
):
    monkeypatch.setattr(tick.requests, "refresh_all_users", lambda: None)
    monkeypatch.setattr(tick.random, "choice", lambda pieces: tick.pins.purge)  # the dearest

    def cost() -> int:
        Incident.objects.update(report_time=timezone.now())
        with costs.counted() as statements:
            tick.minute()
        return len(statements)

    cost()  # the first one does the daily work
    fill(10)
    few = cost()
    fill(990)
    assert cost() == few <= 18


def test_looking_for_reminders_costs_three_queries(costs, fill):
    fill(1000)
    Incident.objects.update(report_time=timezone.now())
    with costs.counted() as statements:
        assert reminders.send_due() == 0
    assert len(statements) == 3  # the incidents, their reminders, and handlers elsewhere


def test_the_rare_pieces_of_a_tick_cost_one_or_two_queries_each(costs):
    for purge in tick.RARELY:
        with costs.counted() as statements:
            purge()
        assert len(statements) <= (2 if purge is tick.pins.purge else 1), purge


def due(count: int, **values: Any) -> None:
    """Make one reminder due for each of ``count`` new incidents."""
    ago = timezone.now() - timedelta(minutes=3)
    incidents(count, f"DUE{count}", report_time=ago, lead=None, **values)


def test_reminders_that_are_due_cost_less_than_a_query_each(costs):
    Incident.objects.update(report_time=timezone.now())

    def cost() -> int:
        with costs.counted() as statements:
            assert reminders.send_due() == 50
        return len(statements)

    due(50)
    first = cost()  # new rows, new queues
    assert first <= 3 + 5
    Notification.objects.update(time=timezone.now() - timedelta(minutes=3))
    assert cost() <= 3 + 3


def test_what_is_due_is_sent_at_five_queries_each(costs, monkeypatch):
    monkeypatch.setitem(job_handlers._handlers, "chat.postMessage", lambda job: None)
    due(50)
    assert reminders.send_due() == 50
    with costs.counted() as statements:
        assert sending.send_all_due() == 50
    assert len(statements) <= 50 * 5 + 50 / 8 + 2


def test_looking_at_timers_costs_one_query(costs, fill):
    fill(100)
    later = timezone.now() + timedelta(hours=1)
    Timer.objects.bulk_create(
        Timer(incident=incident, kind=update_reminders.TIMER, due=later)
        for incident in Incident.objects.all()
    )
    with costs.counted() as statements:
        assert timers.run_due() == 0
    assert len(statements) == 1


def test_a_job_costs_the_same_with_many_behind_it(costs, monkeypatch):
    monkeypatch.setitem(job_handlers._handlers, "costs.nothing", lambda job: None)

    def cost() -> int:
        with costs.counted() as statements:
            assert sending.send_next() == 1
        return len(statements)

    def fill_queues(count: int) -> None:
        for number in range(count):
            outbox.enqueue("costs.nothing", queue=f"queue {number} of {count}")

    fill_queues(10)
    few = cost()
    fill_queues(200)
    assert cost() == few <= 6


def test_queueing_a_job_for_a_queue_that_is_known_costs_two_queries(costs):
    outbox.enqueue("costs.nothing", queue="known")
    with costs.counted() as statements:
        outbox.enqueue("costs.nothing", queue="known")
    assert len(statements) == 2
