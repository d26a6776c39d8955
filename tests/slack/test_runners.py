"""Who has the waiting work done: threads, Celery's workers, those of Django's Tasks API."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from logging import WARNING

import celery
import django
import pytest
from after_response.store import function_queue
from celery.contrib.testing.worker import start_worker
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connection

from demo.sandbox import delivery
from response.core.models import Incident
from response.jobs import outbox, wake
from response.jobs.models import OutboxMessage, Tick
from response.slack.inbound import intake
from response.slack.models import InboxRequest
from response.worker import process, runners
from response.worker.celery_beat import BEAT_SCHEDULE
from response.worker.runners import threads
from tests.slack_for_tests import until


def all_done() -> bool:
    """Nothing waits; and we have not helped."""
    return (
        delivery.in_background.wait(0.05)
        and not InboxRequest.objects.filter(status="pending").exists()
        and not OutboxMessage.objects.waiting().exists()
    )


def declare_by_hand(slack, title: str) -> Incident:
    """As ``slack.declare``, without the threads that it starts."""
    assert slack.people.command("ada", "general", f"/incident {title}").status == 200
    assert slack.people.submit("ada", slack.people.open_view("ada"), {}).ok
    slack.until(lambda: Incident.objects.filter(report=title).exists() and all_done(), title)
    return Incident.objects.get(report=title)


# Celery


@contextlib.contextmanager
def celery_with(broker: str):
    """The project's Celery app, in every thread, and none of it afterwards."""
    before = celery.current_app._get_current_object()
    app = celery.Celery("tests", broker=broker)
    app.conf.update(
        # The broker in memory is one for the process, and keeps what a test left in a queue.
        task_default_queue=f"tests-{uuid.uuid4().hex}",
        task_ignore_result=True,
        beat_schedule=BEAT_SCHEDULE,
        worker_hijack_root_logger=False,  # it is pytest's
        worker_redirect_stdouts=False,
    )
    app.autodiscover_tasks(["response"], force=True)
    app.set_default()
    app.set_current()
    try:
        yield app
    finally:
        app.close()
        before.set_default()
        before.set_current()


@pytest.fixture
def celery_app():
    with celery_with("memory://") as app:
        yield app


def test_the_story_with_celerys_workers(slack, settings, celery_app):
    settings.RESPONSE_RUNNER = "response.worker.runners.CeleryRunner"
    settings.RESPONSE_HEADLINE_DELAY = 0
    with start_worker(celery_app, pool="solo", perform_ping_check=False, loglevel=WARNING):
        incident = declare_by_hand(slack, "The checkout is down")
        slack.people.press("bo", slack.headline(incident), "create-comms-channel-button")
        slack.until(lambda: Incident.objects.get().comms_channel() and all_done())
        channel = incident.__class__.objects.get().comms_channel().channel_id
        slack.people.say("bo", channel, "@incident severity critical")
        slack.until(lambda: Incident.objects.get().severity == "1" and all_done())
    assert "critical" in slack.shown(slack.headline(incident))


def test_beat_does_what_is_due_later_and_what_got_lost(slack, celery_app):
    outbox.enqueue("api.test", queue="later")  # the runner of the tests' settings wakes no worker
    assert {entry["task"] for entry in BEAT_SCHEDULE.values()} <= set(celery_app.tasks)
    celery_app.tasks["response.sweep"].apply()
    assert OutboxMessage.objects.get().status == "sent"
    celery_app.tasks["response.tick"].apply(throw=True)


def test_a_dead_broker_keeps_nobody_waiting_and_loses_nothing(slack, settings, caplog):
    settings.RESPONSE_HEADLINE_DELAY = 0
    incident, channel = slack.incident_with_channel()
    settings.RESPONSE_RUNNER = "response.worker.runners.CeleryRunner"
    with celery_with("redis://127.0.0.1:9/0"):
        slack.people.say("bo", channel, "@incident severity critical")
        slack.until(lambda: "could not publish a wake-up call" in caplog.text)
        slack.until(lambda: delivery.in_background.wait(0.05))
    assert InboxRequest.objects.filter(status="pending").exists()
    call_command("response_tick")
    incident.refresh_from_db()
    assert incident.severity == "1"
    assert all_done()


def test_a_task_comes_back_while_the_database_is_away(celery_app, monkeypatch):
    from django.db import OperationalError

    from response.worker import work

    tries = []

    def away():
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("the database is away")
        return 0

    monkeypatch.setattr(work, "finish_inbox", away)
    assert celery_app.tasks["response.work_inbox"].apply().successful()
    assert len(tries) == 3


def test_a_settings_module_can_have_the_beat_schedule_without_django_or_celery():
    script = (
        "import sys; from response.worker.celery_beat import BEAT_SCHEDULE; "
        "print(len(BEAT_SCHEDULE), 'celery' in sys.modules, 'response.models' in sys.modules)"
    )
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert printed.stdout.split() == ["2", "False", "False"], printed.stderr


# Django's Tasks API

TASKS = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"


def test_the_story_with_djangos_tasks(slack, settings):
    settings.TASKS = {"default": {"BACKEND": f"{TASKS}.backends.immediate.ImmediateBackend"}}
    settings.RESPONSE_RUNNER = "response.worker.runners.DjangoTasksRunner"
    settings.RESPONSE_HEADLINE_DELAY = 0
    incident = declare_by_hand(slack, "Down")
    assert "Down" in slack.shown(slack.headline(incident))


# What the settings say


@pytest.mark.parametrize(
    ("runner", "changes", "expected"),
    [
        ("CeleryRunner", {}, "response.W011"),
        ("DjangoTasksRunner", {}, "response.W012"),
        ("DjangoTasksRunner", {"RESPONSE_TASKS_BACKEND": "nowhere"}, "response.E012"),
    ],
)
def test_a_runner_that_cannot_work_is_named(settings, runner, changes, expected):
    settings.RESPONSE_RUNNER = f"response.worker.runners.{runner}"
    for name, value in changes.items():
        setattr(settings, name, value)
    assert expected in {message.id for message in run_checks()}


def test_celery_missing(settings, monkeypatch):
    monkeypatch.setitem(sys.modules, "celery", None)
    settings.RESPONSE_RUNNER = "response.worker.runners.CeleryRunner"
    [message] = [m for m in run_checks() if m.id == "response.E011"]
    assert "django-incident-response[celery]" in message.hint


# In the background


def test_many_wake_up_calls_are_few():
    published, may_go = [], threading.Event()

    def publish():
        assert may_go.wait(60)
        published.append(1)

    publish_soon = runners.InBackground(publish, "test")
    for _ in range(50):
        publish_soon()
    may_go.set()
    until(lambda: not publish_soon._running)
    assert 1 <= len(published) <= 2


def test_a_call_that_comes_while_one_is_under_way_is_not_forgotten():
    published, under_way, may_go = [], threading.Event(), threading.Event()

    def publish():
        under_way.set()
        assert may_go.wait(60)
        published.append(1)

    publish_soon = runners.InBackground(publish, "test")
    publish_soon()
    assert under_way.wait(60)
    publish_soon()
    may_go.set()
    until(lambda: not publish_soon._running)
    assert len(published) == 2


def test_calls_that_no_response_follows_do_not_pile_up(transactional_db, settings):
    settings.RESPONSE_RUNNER = "response.worker.runners.AfterResponseRunner"
    function_queue.clear()
    for n in range(20):
        outbox.enqueue("api.test", queue=f"{n}")
    assert len(function_queue) == 1
    function_queue.clear()


# Work gives way to requests


def test_work_waits_while_a_request_is_answered(monkeypatch):
    monkeypatch.setattr(wake, "LONGEST_PAUSE", 300)
    passed = threading.Event()

    def work() -> None:
        wake.give_way()
        passed.set()

    with wake.answering():
        threading.Thread(target=work).start()
        assert not passed.wait(0.1)
    assert passed.wait(60)


def test_requests_without_a_pause_do_not_stop_the_work(monkeypatch):
    monkeypatch.setattr(wake, "LONGEST_PAUSE", 0.05)
    began = time.monotonic()
    with wake.answering():
        for _ in range(3):
            wake.give_way()
    assert time.monotonic() - began >= 0.15
    time.sleep(wake.QUIET)
    monkeypatch.setattr(wake, "LONGEST_PAUSE", 300)
    began = time.monotonic()
    wake.give_way()
    assert time.monotonic() - began < 60


def test_an_instant_between_two_requests_is_no_pause(monkeypatch):
    monkeypatch.setattr(wake, "QUIET", 0.2)
    monkeypatch.setattr(wake, "LONGEST_PAUSE", 300)
    with wake.answering():
        began = time.monotonic()
    wake.give_way()
    assert 0.2 <= time.monotonic() - began < 60


def test_each_request_of_slacks_is_known_to_be_answered(slack, monkeypatch):
    _incident, channel = slack.incident_with_channel()
    seen = []
    monkeypatch.setattr(intake, "accept", lambda *args, **more: seen.append(wake._requests))
    slack.post_event({"type": "app_mention", "user": "U1", "text": "hello", "channel": channel})
    assert seen == [1]
    slack.until(lambda: wake._requests == 0)


# A process of its own


def test_a_worker_process_does_everything_and_ends_when_it_is_told_to(slack, settings):
    settings.RESPONSE_RUNNER = "response.worker.runners.WorkerRunner"
    settings.RESPONSE_HEADLINE_DELAY = 0
    slack.people.command("ada", "general", "/incident The checkout is down")
    assert slack.people.submit("ada", slack.people.open_view("ada"), {}).ok
    stop = threading.Event()
    running = threading.Thread(
        target=process.run, args=(stop,), kwargs={"interval": 60, "poll": 0.02}
    )
    running.start()
    try:
        slack.until(lambda: Incident.objects.exists() and all_done())
        incident = Incident.objects.get()
        slack.people.press("bo", slack.headline(incident), "create-comms-channel-button")
        slack.until(lambda: Incident.objects.get().comms_channel() and all_done())
        channel = Incident.objects.get().comms_channel().channel_id
        slack.people.say("bo", channel, "@incident severity critical")
        slack.until(lambda: Incident.objects.get().severity == "1" and all_done())
        slack.until(lambda: Tick.objects.filter(name="minute", last_run__isnull=False).exists())
    finally:
        stop.set()
        running.join(60)
    assert not running.is_alive()
    assert not threads.inbox_workers.busy
    assert not threads.outbox_workers.busy


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_process_ends_on_a_signal(transactional_db, number):
    before = signal.getsignal(number)

    def send() -> None:
        until(lambda: signal.getsignal(number) is not before, "the worker to listen")
        os.kill(os.getpid(), number)

    sender = threading.Thread(target=send)
    sender.start()
    call_command("response_worker", poll=0.02, threads=1, skip_checks=True)
    sender.join()
    assert signal.getsignal(number) is before
    threads.inbox_workers.most = threads.outbox_workers.most = None


def test_a_worker_with_nothing_to_do_is_called_back(transactional_db):
    worked = []
    workers = threads.Workers("test", lambda: worked.append(1) and 0, lambda began: None)
    workers.linger = 30
    workers.start()
    until(lambda: workers._idle)
    workers.start()
    until(lambda: len(worked) == 2)
    assert workers._active == 1
    workers.stop()
    assert not workers.busy


# Connections


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="Only PostgreSQL counts them.")
def test_workers_give_their_connections_back(slack):
    incident = slack.declare("Down")
    slack.open_channel(incident)
    slack.until(lambda: not runners.inbox_workers.busy and not runners.outbox_workers.busy)

    def open_ones() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid()"
            )
            return cursor.fetchone()[0]

    slack.until(lambda: open_ones() <= 1, "the connections to be given back")  # one: the server
