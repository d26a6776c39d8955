"""How it goes: for load balancers, for people, for metrics and in the log."""

from __future__ import annotations

import contextlib
import json
import logging
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from response.jobs import outbox
from response.log_context import ContextFilter
from response.models import InboxRequest, OutboxMessage, OutboxQueue, Tick
from response.signals import message_sent, request_processed
from response.slack.decorators import incident_command, slack_event
from response.worker import runners, status

HEALTH = "/slack/health"


@pytest.fixture
def slack(slack_in_process):
    """Nothing here needs a server or threads."""
    return slack_in_process


@pytest.fixture
def ticked(transactional_db):
    Tick.objects.create(name="minute", last_run=timezone.now())


def request_of(age: float, **values) -> InboxRequest:
    count = InboxRequest.objects.count()
    return InboxRequest.objects.create(
        kind="event", type="message", delivery=f"Ev{count}", subject=f"s{count}", payload="{}",
        received=timezone.now() - timedelta(seconds=age), **values,
    )  # fmt: skip


def message_of(age: float, queue: str = "C1", **values) -> OutboxMessage:
    queue_row, _ = OutboxQueue.objects.get_or_create(name=queue)
    due = timezone.now() - timedelta(seconds=age)
    return OutboxMessage.objects.create(queue=queue_row, method="api.test", due=due, **values)


@contextlib.contextmanager
def without_database():
    def away(*args, **kwargs):
        raise OperationalError('connection to server at "db.internal" failed\nmore of it')

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.db.models.sql.compiler.SQLCompiler.execute_sql", away)
        yield


# The verdict


def test_all_is_well(ticked):
    request_of(5)
    message_of(30)
    message_of(5000, urgent=False)  # a reminder, or a webhook whose receiver is away
    found = status.gather()
    assert (found.verdict, found.problems) == ("ok", [])
    assert (found.inbox.waiting, found.outbox.waiting) == (1, 2)
    assert 4 < found.inbox.oldest < 10
    assert 29 < found.outbox.oldest < 40


def test_what_waits_for_later_is_not_late(ticked):
    message_of(-3600)
    assert status.gather().outbox.oldest is None


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (lambda: request_of(130), "waiting for 2 minutes"),
        (lambda: request_of(90_000, status="failed"), "1 request has failed"),
        (lambda: message_of(600), "waiting for 10 minutes"),
        (lambda: Tick.objects.all().delete(), "The tick has never run"),
        (
            lambda: Tick.objects.update(last_run=timezone.now() - timedelta(minutes=7)),
            "7 minutes ago",
        ),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(ticked, what, words):
    what()
    found = status.gather()
    assert found.verdict == "degraded"
    [problem] = found.problems
    assert words in problem


def test_it_costs_the_same_however_much_waits(ticked):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            status.gather()
        return len(queries)

    few = cost()
    for n in range(30):
        request_of(n)
        message_of(n, queue=f"C{n}")
    assert cost() == few <= 6


# For load balancers


def test_health_tells_strangers_only_whether_requests_can_be_stored(client, ticked):
    request_of(10_000)
    answer = client.get(HEALTH)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "no-cache" in answer["Cache-Control"]
    assert client.head(HEALTH + "/").status_code == 200
    assert client.post(HEALTH).status_code == 405


def test_health_tells_staff_everything(admin_client, client, django_user_model, ticked):
    request_of(10_000)
    told = admin_client.get(HEALTH).json()
    assert told["status"] == "degraded"
    assert told["inbox"]["waiting"] == 1
    assert "Nothing is lost" in told["problems"][0]
    client.force_login(django_user_model.objects.create_user("somebody"))
    assert client.get(HEALTH).json() == {"status": "ok"}


def test_health_without_the_database(admin_client, client, ticked):
    for asking in (client, admin_client):
        with without_database():
            answer = asking.get(HEALTH)
        assert (answer.status_code, answer.json()) == (503, {"status": "down"})


def test_health_of_a_stranger_costs_no_session(client, ticked):
    with CaptureQueriesContext(connection) as queries:
        client.get(HEALTH)
    assert not [q for q in queries if "session" in q["sql"]]


# For people


def told(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("response_status", *arguments, stdout=out, no_color=True)
    except SystemExit as end:
        return int(end.code), out.getvalue()
    return 0, out.getvalue()


def test_the_command_and_its_exit_code(ticked):
    code, text = told()
    assert code == 0
    assert text.startswith("ok\n")
    request_of(100)
    code, text = told()
    assert code == 1
    assert "Requests waiting:             1, the oldest for 100 s" in text
    assert json.loads(told("--json")[1])["inbox"]["waiting"] == 1
    assert told("--reachable")[0] == 0
    with without_database():
        assert told("--reachable")[0] == 2
        code, text = told()
    assert code == 2
    assert "db.internal" in text
    assert "Traceback" not in text


# For metrics


def test_every_request_and_message_is_told_of(slack, handlers):
    processed, sent = [], []

    def count_request(sender, **values):
        processed.append((values["type"], values["outcome"], values["attempts"]))

    def count_message(sender, **values):
        sent.append((values["method"], values["outcome"]))
        raise RuntimeError("a broken counter does no harm")

    @incident_command(["break"], helptext="Fails")
    def fail(incident, user_id, message):
        raise ValueError("on purpose")

    _incident, channel = slack.incident_with_channel()
    request_processed.connect(count_request)
    message_sent.connect(count_message)
    try:
        slack.faults.add("500", "chat.postMessage", times=1)
        slack.tell_bot("bo", channel, "duration")
        slack.until(lambda: runners.start_workers() or ("chat.postMessage", "sent") in sent)
        slack.tell_bot("bo", channel, "break")
        slack.until(
            lambda: {("app_mention", "done", 1), ("app_mention", "retry", 1)} <= set(processed),
            "the requests to be told of",
        )
        slack.until(
            lambda: {("chat.postMessage", "retry"), ("reactions.add", "sent")} <= set(sent),
            "the messages to be told of",
        )
    finally:
        request_processed.disconnect(count_request)
        message_sent.disconnect(count_message)


# In the log


def test_what_a_handler_logs_says_what_it_was_about(slack, handlers, caplog):
    caplog.handler.addFilter(ContextFilter())

    @slack_event("reaction_added")
    def think(incident, event):
        logging.getLogger("their.own").warning("thinking")

    incident, channel = slack.incident_with_channel()
    message = slack.people.say("ada", channel, "hello")
    slack.people.react("ada", message, "eyes")
    slack.until(lambda: "thinking" in caplog.text)
    [record] = [r for r in caplog.records if r.name == "their.own"]
    assert record.incident_id == incident.pk
    assert InboxRequest.objects.get(pk=record.request_id).type == "reaction_added"
    assert record.outbox_id == "-"


def test_our_own_records_say_it_in_extra(slack, caplog):
    incident, channel = slack.incident_with_channel()
    slack.faults.add("500", "chat.postMessage", times=1)
    slack.people.say("bo", channel, "@incident duration")
    slack.until(lambda: "trying again" in caplog.text)
    [record] = [r for r in caplog.records if "trying again" in r.getMessage()]
    assert record.incident_id == incident.pk
    assert OutboxMessage.objects.filter(pk=record.outbox_id).exists()


def test_nothing_is_said_of_what_is_over(transactional_db, caplog):
    caplog.handler.addFilter(ContextFilter())
    outbox.enqueue("api.test", queue="x")
    logging.getLogger("their.own").warning("afterwards")
    assert caplog.records[-1].incident_id == "-"
