"""What workers are made of, piece by piece: no threads, no waiting."""

from __future__ import annotations

import itertools
import threading
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from response import tasks
from response.jobs import leases, outbox
from response.jobs.job_handlers import job_handler
from response.jobs.leases import LEASE
from response.jobs.models import OutboxMessage, OutboxQueue, Tick
from response.jobs.wake import without_response
from response.slack.inbound import intake
from response.slack.models import CommsChannel, InboxRequest
from response.worker import process, runners, tick, web_process, work
from response.worker.runners import celery, django_tasks, threads
from response.worker.runners.base import InBackground
from tests.factories import IncidentFactory
from tests.slack.test_runners import celery_with

pytestmark = pytest.mark.django_db


@job_handler("tests.in_pieces")
def nothing(job: OutboxMessage) -> None:
    """A job that is done at once."""


def request(number: int, channel: str = "C0PIECES") -> InboxRequest:
    if not CommsChannel.objects.filter(channel_id=channel).exists():
        CommsChannel.objects.create(
            incident=IncidentFactory(), channel_id=channel, channel_name=channel.lower()
        )
    fields = {"command": "/incident", "user_id": "U0ANNA0001", "channel_id": channel,
              "text": "help", "trigger_id": str(number)}  # fmt: skip
    accepted = intake.accept(InboxRequest.COMMAND, "/incident", fields, ordering_key=channel)
    assert accepted is not None
    return accepted


def queued(count: int) -> None:
    for number in range(count):
        outbox.enqueue("tests.in_pieces", queue=f"pieces {number}")


def waiting() -> tuple[int, int]:
    return (
        InboxRequest.objects.waiting().count(),
        OutboxMessage.objects.waiting().filter(method="tests.in_pieces").count(),
    )


@pytest.fixture
def stored():
    """Two requests and two jobs."""
    request(1)
    request(2, "C0OTHER")
    queued(2)


class Unconnected:
    """The connections of a thread, which the test goes on with."""

    def close_all(self) -> None:
        """Leave the connections open."""


@pytest.fixture
def connected(monkeypatch):
    for module in (threads, process, leases, web_process):
        monkeypatch.setattr(module, "connections", Unconnected())


def away(*args: Any, **options: Any) -> Any:
    raise InterfaceError("the database is away")


# Tasks and sweeps


@pytest.mark.parametrize("run", [tasks.work_inbox, work.finish_inbox, django_tasks.work_inbox])
def test_requests_are_finished(stored, run):
    run()
    assert waiting() == (0, 2)


@pytest.mark.parametrize("run", [tasks.work_outbox, work.finish_outbox, django_tasks.work_outbox])
def test_jobs_are_finished(stored, run):
    run()
    assert waiting() == (2, 0)


@pytest.mark.parametrize("run", [tasks.sweep, tick.sweep])
def test_a_sweep_does_what_is_due(stored, run):
    run()
    assert waiting() == (0, 0)


def test_the_tick_as_a_task():
    tasks.tick()
    assert Tick.objects.filter(name="minute").exists()


def test_a_worker_makes_room_for_other_tasks(stored, monkeypatch):
    monkeypatch.setattr(work, "BUDGET", -1)
    assert (work.finish_inbox(), work.finish_outbox()) == (0, 0)
    assert waiting() == (2, 2)


def test_a_tick_waits_for_a_place_in_slacks_limits(monkeypatch):
    sent: list[None] = []
    waits = iter([0.0, 0.0, None])
    monkeypatch.setattr(tick, "_send_due", lambda: sent.append(None))
    monkeypatch.setattr(tick, "_seconds_until_next_place", lambda: next(waits))
    monkeypatch.setattr(tick, "time", SimpleNamespace(monotonic=lambda: 0.0, sleep=lambda s: None))
    tick.finish_outbox()
    assert len(sent) == 3


# Processes


def test_a_process_starts_threads_for_what_is_due(stored, monkeypatch):
    started: list[threads.Workers] = []
    monkeypatch.setattr(threads.Workers, "start", lambda self: started.append(self))
    process._wake_workers()
    assert started == [threads.inbox_workers, threads.outbox_workers]
    started.clear()
    InboxRequest.objects.all().delete()
    OutboxQueue.objects.update(paused_until=timezone.now() + timedelta(hours=1))
    process._wake_workers()
    assert started == []


def test_a_process_survives_a_database_that_is_away(connected, monkeypatch, caplog):
    slept: list[float] = []
    monkeypatch.setattr(process, "time", SimpleNamespace(sleep=slept.append))
    monkeypatch.setattr(InboxRequest.objects, "free", away)
    process._wake_workers()
    assert slept == [1]
    assert "The database is unavailable" in caplog.text


@pytest.mark.parametrize(
    ("command", "options", "poll"),
    [("response_tick", {"forever": True}, 1), ("response_worker", {"poll": 0.5}, 0.5)],
)
def test_commands_that_go_on(monkeypatch, command, options, poll):
    ran: list[tuple[float, float]] = []

    def run(stop: threading.Event, *, interval: float, poll: float) -> None:
        assert not stop.is_set()
        ran.append((interval, poll))

    monkeypatch.setattr(process, "run", run)
    for workers in (threads.inbox_workers, threads.outbox_workers):
        monkeypatch.setattr(workers, "most", None)
        monkeypatch.setattr(workers, "linger", workers.linger)
    call_command(command, interval=7.0, **options)
    assert ran == [(7, poll)]


@pytest.mark.parametrize("number", ["0", "-1", "two", "1.5", ""])
def test_a_number_of_threads_that_is_none(number):
    with pytest.raises(CommandError, match="is not a number of threads"):
        call_command("response_worker", f"--threads={number}")


# Threads


def test_what_threads_wait_for(stored, monkeypatch):
    began = timezone.now()
    assert threads._inbox_next_due(began) == 0.1
    InboxRequest.objects.all().delete()
    assert threads._inbox_next_due(began) is None
    later = request(3)
    InboxRequest.objects.filter(pk=later.pk).update(due=timezone.now() + timedelta(minutes=1))
    wait = threads._inbox_next_due(timezone.now())
    assert wait is not None
    assert 30 < wait <= 60


def test_threads_work_until_nothing_is_due(stored):
    while threads._work_inbox() or threads._work_outbox():
        pass
    assert waiting() == (0, 0)


def test_a_thread_survives_a_database_that_is_away(connected, caplog):
    workers = threads.Workers("test", away, away)
    assert workers._work_safely() == 0
    assert "the next tick tries again" in caplog.text
    assert workers._wait_for_more(timezone.now()) is None


def test_what_is_stopped_starts_no_thread(monkeypatch):
    workers = threads.Workers("test", lambda: 0, lambda began: None)
    monkeypatch.setattr(threads, "threading", SimpleNamespace(Thread=None))
    workers._stopped = True
    workers.start()
    assert not workers.busy


def test_a_thread_that_waits_long_gives_its_connection_back(monkeypatch):
    closed: list[str] = []
    monkeypatch.setattr(
        threads, "connections", SimpleNamespace(close_all=lambda: closed.append("all"))
    )
    monkeypatch.setattr(threads.Workers, "_wait", lambda self, calls, wait: False)
    for wait, expected in ((0.5, []), (30.0, ["all"])):
        workers = threads.Workers("test", lambda: 0, lambda began, wait=wait: wait)
        assert not workers._work_until_done()
        assert closed == expected


def test_a_call_while_a_thread_looks_is_not_overlooked():
    workers = threads.Workers("test", lambda: 0, lambda began: None)
    workers._calls = 2
    assert workers._wait(1, None)
    workers._stopped = True
    assert not workers._wait(2, None)
    assert not workers._work_until_done()


# Claims


def test_claims_are_renewed(connected, caplog, monkeypatch):
    mine, others = request(4), request(5, "C0OTHER")
    soon = timezone.now() + timedelta(seconds=1)
    InboxRequest.objects.filter(pk=mine.pk).update(claim="mine", claimed_until=soon)
    InboxRequest.objects.filter(pk=others.pk).update(claim="others", claimed_until=soon)
    leases._renewer._renew({"mine": InboxRequest, "job": OutboxQueue})
    mine.refresh_from_db()
    others.refresh_from_db()
    assert mine.claimed_until > timezone.now() + timedelta(seconds=LEASE - 2)
    assert others.claimed_until == soon
    monkeypatch.setattr(InboxRequest._default_manager, "filter", away)
    leases._renewer._renew({"mine": InboxRequest})
    assert "Could not renew 1 claims" in caplog.text


# The project's own handlers, in a web process


@pytest.fixture
def own(connected, monkeypatch):
    handlers = web_process.OwnHandlers()
    monkeypatch.setattr(handlers, "_stopped", SimpleNamespace(
        wait=lambda seconds: False, set=lambda: None, clear=lambda: None
    ))  # fmt: skip
    return handlers


def has(monkeypatch, *answers: bool) -> None:
    found = itertools.chain(answers, itertools.repeat(False))
    monkeypatch.setattr(web_process.known_handlers, "has_some", lambda: next(found))


def test_own_reminders_go_on_after_one_has_failed(own, monkeypatch, caplog):
    tried: list[None] = []

    def send() -> None:
        tried.append(None)
        if len(tried) == 1:
            raise DatabaseError("away")

    monkeypatch.setattr(web_process.reminders, "send_own", send)
    has(monkeypatch, True, True)
    own._run()
    assert len(tried) == 2
    assert "trying again in a minute" in caplog.text


def test_own_reminders_end_when_the_process_does(own, monkeypatch):
    tried: list[None] = []
    monkeypatch.setattr(web_process.reminders, "send_own", lambda: tried.append(None))
    monkeypatch.setattr(own._stopped, "wait", lambda seconds: True)
    has(monkeypatch, True, True)
    own._run()
    assert len(tried) == 1


def test_a_thread_that_is_just_being_started_can_be_stopped(own, monkeypatch):
    made, go_on = threading.Event(), threading.Event()

    class Thread(threading.Thread):
        def start(self) -> None:
            if self.name == "response-own-handlers":
                made.set()
                assert go_on.wait(60)
            super().start()

    has(monkeypatch, True)
    starting = threading.Thread(target=own.start)
    monkeypatch.setattr(web_process.threading, "Thread", Thread)
    starting.start()
    assert made.wait(60)
    stopping = Thread(target=own.stop)
    stopping.start()
    stopping.join(0.1)
    assert stopping.is_alive()  # it waits for the thread, which is not running yet
    go_on.set()
    for thread in (starting, stopping):
        thread.join(60)
        assert not thread.is_alive()


def test_the_thread_is_started_once_and_only_with_something_to_do(own, monkeypatch):
    started: list[str] = []

    class Thread:
        def __init__(self, name: str, **options: Any) -> None:
            self.name = name

        def start(self) -> None:
            started.append(self.name)

        def is_alive(self) -> bool:
            return True

        def join(self) -> None:
            started.append("joined")

    monkeypatch.setattr(web_process, "threading", SimpleNamespace(Thread=Thread))
    has(monkeypatch, False, True, True)
    own.start()
    own.stop()
    assert started == []
    own.start()
    own.start()
    own.stop()
    assert started == ["response-own-handlers", "joined"]


# Wake-up calls


def test_a_wake_up_call_that_cannot_be_published_is_logged(caplog, monkeypatch):
    soon = InBackground(away, "response-test")
    soon._calls, soon._running = 1, True
    monkeypatch.setattr("response.worker.runners.base.connections", Unconnected())
    soon._run()
    assert "could not publish a wake-up call" in caplog.text
    assert not soon._running


def test_a_process_without_room_for_threads_can_be_called_again(monkeypatch):
    class Thread:
        def __init__(self, **options: Any) -> None:
            pass

        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    soon = InBackground(lambda: None, "response-test")
    monkeypatch.setattr("response.worker.runners.base.threading", SimpleNamespace(Thread=Thread))
    for _attempt in range(2):
        with pytest.raises(RuntimeError, match="new thread"):
            soon()


def test_without_a_response_to_wait_for_threads_start_at_once(monkeypatch):
    started: list[str] = []
    monkeypatch.setattr(threads, "start_workers", lambda: started.append("now"))
    with without_response():
        runners.AfterResponseRunner().wake()
    assert started == ["now"]


@pytest.mark.parametrize(
    ("module", "attribute", "runner"),
    [
        (celery, "_publish_soon", runners.CeleryRunner),
        (django_tasks, "_enqueue_soon", runners.DjangoTasksRunner),
    ],
)
def test_runners_publish_in_a_thread_of_their_own(monkeypatch, module, attribute, runner):
    called: list[str] = []
    monkeypatch.setattr(module, attribute, lambda: called.append(attribute))
    runner().wake()
    assert called == [attribute]


def test_celery_gets_a_task_for_each_queue():
    with celery_with("memory://") as app:
        celery._publish()
        with app.connection_for_read() as broker:
            channel = broker.default_channel
            found = [channel.basic_get(app.conf.task_default_queue, no_ack=True) for _ in range(3)]
    names = [message.headers["task"] for message in found if message is not None]
    assert names == ["response.work_inbox", "response.work_outbox"]
