"""Once acked, never lost; once, though delivered twice; a handler is a transaction."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import InterfaceError, OperationalError, connection, connections
from django.test import override_settings
from django.utils import timezone

from demo.sandbox import api_view
from response.core.models import Incident, TimelineEvent
from response.db import Statement, atomic, update_and_insert
from response.jobs.models import OutboxMessage
from response.slack.decorators import (
    action_handler,
    dialog_handler,
    incident_command,
    keyword_handler,
    slack_event,
)
from response.slack.decorators.form_error import FormError
from response.slack.inbound import inbox, intake, sync_responses
from response.slack.models import CommsChannel, InboxRequest, UserStats
from response.slack.render.block_kit import Actions, Button, Message
from response.slack.render.dialog_builder import Dialog, Text
from response.worker import runners, tick
from tests.slack_for_tests import wait_for_workers


def message(channel: str, n: int = 1, **more):
    ts = f"17000{n:05d}.000100"
    return {"type": "message", "user": "U0SANDBOX02", "text": "hello", "channel": channel,
            "ts": ts, "event_ts": ts, **more}  # fmt: skip


def due_now():
    """What waits for its next try is due at once."""
    InboxRequest.objects.filter(status="pending").update(due=timezone.now())


def test_a_failing_handler_leaves_no_trace_and_is_tried_again(slack):
    incident, channel = slack.incident_with_channel()
    fail = [True]

    @slack_event("message")
    def handler(incident, event):
        incident.summary = "changed by the handler"
        incident.save()
        incident.comms_channel().post_in_channel("said by the handler")
        if fail[0]:
            raise RuntimeError("not today")

    said = len(slack.messages(channel))
    slack.post_event(message(channel))
    request = slack.until(lambda: InboxRequest.objects.filter(error__contains="not today").first())
    incident.refresh_from_db()
    assert incident.summary is None
    assert len(slack.messages(channel)) == said
    assert not TimelineEvent.objects.filter(event_type="text").exists()
    assert not TimelineEvent.objects.filter(metadata__update_type="incident_summary").exists()
    assert request.status == "pending"
    assert request.due > request.received + timedelta(seconds=4)
    # The other handlers of the event have done their part, and are not run again.
    assert UserStats.objects.get(user__external_id="U0SANDBOX02").message_count == 1

    fail[0] = False
    due_now()
    tick.minute()
    slack.settle()
    request.refresh_from_db()
    assert (request.status, request.attempts) == ("done", 2)
    incident.refresh_from_db()
    assert incident.summary == "changed by the handler"
    assert "said by the handler" in [m.text for m in slack.messages(channel)]
    assert UserStats.objects.get(user__external_id="U0SANDBOX02").message_count == 1


def test_delays_grow_and_at_the_end_it_is_parked(slack, settings, admin_client):
    settings.RESPONSE_INBOX_MAX_ATTEMPTS = 3
    _incident, channel = slack.incident_with_channel()
    fail = [True]

    @incident_command(["break"], helptext="Breaks")
    def broken(incident, user_id, message):
        if fail[0]:
            raise RuntimeError("always")
        return True, "mended"

    slack.people.say("bo", channel, "@incident break")
    waits = []
    for attempt in (1, 2):
        request = slack.until(
            lambda attempt=attempt: InboxRequest.objects.filter(
                attempts=attempt, claim="", type="app_mention"
            ).first()
        )
        waits.append((request.due - timezone.now()).total_seconds())
        due_now()
        tick.minute()
    assert waits[0] < 6 < 10 < waits[1]
    # A worker may be the one that has it.
    parked = InboxRequest.objects.filter(pk=request.pk, status="failed")
    assert "RuntimeError: always" in slack.until(parked.first).error
    slack.settle()
    assert "an administrator can retry it" in slack.whispers("bo")[-1]

    listed = admin_client.get("/admin/response/inboxrequest/", {"status": "failed"})
    assert "RuntimeError" in listed.content.decode()
    assert "RuntimeError: always" not in listed.content.decode()
    page = admin_client.get(f"/admin/response/inboxrequest/{request.pk}/change/").content.decode()
    assert "Traceback" in page
    fail[0] = False
    admin_client.post(
        "/admin/response/inboxrequest/", {"action": "retry", "_selected_action": [request.pk]}
    )
    slack.until(lambda: InboxRequest.objects.get(pk=request.pk).status == "done")
    slack.settle()
    assert slack.messages(channel)[-1].text == "mended"


def test_the_admin_shows_nothing_private(slack, admin_client):
    _incident, channel = slack.incident_with_channel()
    slack.post_event(message(channel, text="a private remark"))
    slack.settle()
    request = InboxRequest.objects.get(type="message", payload__contains="private remark")
    page = admin_client.get(f"/admin/response/inboxrequest/{request.pk}/change/").content.decode()
    assert "private remark" not in page
    assert "(16 characters)" in page


@pytest.mark.parametrize("fault", ["twice", "twice_other_id"])
def test_delivered_twice_counted_once(slack, fault):
    incident, channel = slack.incident_with_channel()
    slack.faults.add(fault, "message")
    slack.people.join("bo", channel)
    for _ in range(3):
        slack.people.say("bo", channel, "hello")
    slack.settle()
    stats = UserStats.objects.get(incident=incident, user__external_id="U0SANDBOX02")
    assert stats.message_count == 3


def test_sixteen_at_once_with_duplicates(slack):
    incident, channel = slack.incident_with_channel()
    events = [(f"Ev{n}", message(channel, n, user=f"U0SANDBOX0{n % 3 + 1}")) for n in range(60)]
    again = events[::4] + [(f"{i}-again", e) for i, e in events[::5]]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda e: slack.post_event(e[1], event_id=e[0])[0], events + again))
    assert set(answers) == {200}
    slack.settle()
    counted = UserStats.objects.filter(incident=incident).order_by("user__external_id")
    assert list(counted.values_list("message_count", flat=True)) == [20, 20, 20]


def test_acked_though_a_handler_is_still_thinking(slack):
    _incident, channel = slack.incident_with_channel()
    enough = threading.Event()

    @incident_command(["think"], helptext="Thinks")
    def think(incident, user_id, message):
        incident.comms_channel().post_in_channel("thinking…")
        Incident.objects.count()
        assert enough.wait(60)
        incident.summary = "thought"
        incident.save()
        return True, "done thinking"

    slack.people.say("bo", channel, "@incident think")
    slack.until(lambda: InboxRequest.objects.claimed().exists())
    for n in range(5):
        assert slack.post_event(message(channel, n))[0] == 200
    assert not enough.is_set()
    enough.set()
    slack.settle()
    assert [m.text for m in slack.messages(channel)][-2:] == ["thinking…", "done thinking"]


def test_acked_though_slack_hangs(slack, monkeypatch):
    incident, channel = slack.incident_with_channel()
    slack.settle()
    said = len(slack.calls("chat.update"))
    may_answer = threading.Event()
    monkeypatch.setattr(api_view, "wait", lambda seconds: may_answer.wait(60))
    slack.faults.add("latency", "chat.*", seconds=6, times=99)
    for n in range(5):
        assert slack.post_event(message(channel, n))[0] == 200
        incident.severity = str(n % 4 + 1)
        incident.save()
    assert len(slack.calls("chat.update")) == said
    slack.faults.clear()
    may_answer.set()


def test_a_form_that_cannot_be_opened_is_told_in_words(slack):
    slack.faults.add("latency", "views.open", seconds=4)
    with override_settings(RESPONSE_SLACK_REQUEST_TIMEOUT=2):
        result = slack.people.command("ada", "general", "/incident Everything <is> down")
    assert result.status == 200
    [told] = slack.whispers("ada")
    assert "nothing is lost" in told
    assert "Everything &lt;is&gt; down" in told
    slack.faults.clear()
    incident = slack.declare("Down")
    slack.faults.add("error", "views.open", error="expired_trigger_id")
    slack.people.press("ada", slack.headline(incident), "edit-incident-button")
    slack.settle()
    assert "please try again" in slack.whispers("ada")[-1]


def test_a_token_that_is_wrong_is_said_to_be(slack):
    slack.faults.add("error", "views.open", error="invalid_auth")
    slack.people.command("ada", "general", "/incident Down")
    [told] = slack.whispers("ada")
    assert "refused to open the form (invalid_auth)" in told
    assert "You had typed: Down" in told


def test_a_form_whose_check_takes_too_long_is_answered_and_told_later(slack, settings, monkeypatch):
    _incident, channel = slack.incident_with_channel()
    is_given_up = threading.Event()
    take = sync_responses._Handover.take

    def take_and_tell(handover, timeout):
        outcome = take(handover, timeout)
        is_given_up.set()
        return outcome

    monkeypatch.setattr(sync_responses._Handover, "take", take_and_tell)

    @action_handler("open-slow-form", opens_form=True)
    def open_form(context):
        Dialog("Slow", "Send", [Text(label="Name", name="name")]).send_open_dialog(
            "slow-form", context.trigger_id
        )

    @dialog_handler("slow-form")
    def slow(user_id, channel_id, submission, response_url, state):
        assert is_given_up.wait(60)
        raise FormError({"name": "That is no name."})

    slack.people.join("bo", channel)
    Message([Actions(elements=[Button("Go", "open-slow-form")])], "Go").send(channel)
    slack.people.press("bo", slack.messages(channel)[-1], "open-slow-form")
    form = slack.people.open_view("bo")
    settings.RESPONSE_SLACK_REQUEST_TIMEOUT = 0.5
    result = slack.people.submit("bo", form, {"name": "Zaphod"})
    assert result.ok
    slack.until(lambda: any("That is no name." in t for t in slack.whispers("bo")))
    assert "Zaphod" in slack.whispers("bo")[-1]


def test_a_claim_that_ran_out_is_taken_over(slack):
    incident, channel = slack.incident_with_channel()
    wait_for_workers()
    request = intake.accept(
        "event",
        "message",
        {"type": "event_callback", "event_id": "Ev1", "event": message(channel)},
        hold=True,
    )
    assert inbox.work_on_next() == 0
    InboxRequest.objects.filter(pk=request.pk).update(
        claimed_until=timezone.now() - timedelta(seconds=1)
    )
    assert inbox.work_on_next() == 1
    # The first worker wakes up after all; its work is refused.
    assert not inbox.work_on(request.pk, request.claim).done
    assert UserStats.objects.get(incident=incident, message_count__gt=0).message_count == 1


def test_a_claim_that_runs_out_between_two_looks_is_not_left_for_the_next_tick(slack, monkeypatch):
    _incident, channel = slack.incident_with_channel()
    wait_for_workers()
    event = {"type": "event_callback", "event_id": "Ev1", "event": message(channel)}
    request = intake.accept("event", "message", event, hold=True)
    look = inbox.work_on_next

    def look_a_moment_too_early():
        done = look()
        InboxRequest.objects.filter(status="pending").update(claimed_until=timezone.now())
        return done

    monkeypatch.setattr(inbox, "work_on_next", look_a_moment_too_early)
    tick.finish_inbox()
    request.refresh_from_db()
    assert request.status == "done"


def test_commands_of_one_channel_are_worked_on_in_order(slack):
    incident, channel = slack.incident_with_channel()
    for severity in ("critical", "major", "minor", "trivial") * 3:
        slack.people.say("bo", channel, f"@incident severity {severity}")
    slack.settle()
    incident.refresh_from_db()
    assert incident.severity == "4"
    entries = incident.timeline_events().filter(metadata__update_type="incident_severity")
    told = [e.metadata["new_value"]["text"] for e in entries]
    assert told == ["critical", "major", "minor", "trivial"] * 3


def accept_reactions(channel: str, *names: str) -> list[InboxRequest]:
    """Requests that wait, as if no worker had run for a minute."""
    accepted = [
        intake.accept(
            "event",
            "reaction_added",
            {
                "type": "event_callback",
                "event_id": f"Ev-{channel}-{name}",
                "event": {"type": "reaction_added", "user": "U0SANDBOX02", "reaction": name,
                          "item": {"channel": channel}},
            },
            ordering_key=channel,
        )
        for name in names
    ]  # fmt: skip
    InboxRequest.objects.update(received=timezone.now() - timedelta(minutes=1))
    return [request for request in accepted if request]


@pytest.fixture
def two_channels(transactional_db, handlers):
    """Two incidents' channels, and the reactions that a handler got, in order."""
    for n in (1, 2):
        incident = Incident.objects.create(report=f"Down {n}")
        CommsChannel.objects.create(incident=incident, channel_id=f"C{n}", channel_name=f"c{n}")
    got: list[str] = []
    slack_event("reaction_added")(lambda incident, event: got.append(event["reaction"]))
    return got


def test_order_holds_in_a_backlog_that_is_old(two_channels):
    one, two, *_ = accept_reactions("C1", "one", "two", "three")
    accept_reactions("C2", "four")
    token = InboxRequest.objects.waiting().claim(one.pk, begun=timezone.now())
    # Another worker is at the first; those behind it wait, however old they are.
    assert inbox.work_on_next() == 1
    assert two_channels == ["four"]
    assert inbox.work_on_next() == 0
    assert inbox.work_on(one.pk, token).done
    assert inbox.work_on_next() == 2
    assert two_channels == ["four", "one", "two", "three"]
    assert InboxRequest.objects.get(pk=two.pk).attempts == 1


def test_one_that_takes_too_long_holds_up_nobody(two_channels):
    one, *_ = accept_reactions("C1", "one", "two")
    begun = timezone.now() - timedelta(seconds=6)
    InboxRequest.objects.waiting().claim(one.pk, begun=begun)
    assert inbox.work_on_next() == 1
    assert two_channels == ["two"]


def test_one_that_fails_holds_up_nobody_and_takes_nobody_with_it(two_channels, handlers):
    def fail_at_two(incident, event):
        if event["reaction"] == "two":
            raise RuntimeError("not this one")

    slack_event("reaction_added")(fail_at_two)
    accept_reactions("C1", "one", "two", "three")
    assert inbox.work_on_next() == 3
    assert two_channels == ["one", "two", "three"]
    states = InboxRequest.objects.order_by("pk").values_list("status", "attempts")
    assert list(states) == [("done", 1), ("pending", 1), ("done", 1)]


def test_only_what_kills_its_worker_counts_as_tried(two_channels, monkeypatch):
    class Killed(BaseException):
        pass

    def die(incident, event):
        if event["reaction"] == "two":
            raise Killed

    slack_event("reaction_added")(die)
    accept_reactions("C1", "one", "two", "three")
    with pytest.raises(Killed):
        inbox.work_on_next()
    states = InboxRequest.objects.order_by("pk").values_list("status", "attempts")
    assert list(states) == [("done", 1), ("pending", 1), ("pending", 0)]


def test_a_worker_does_not_go_on_behind_what_another_has_taken_meanwhile(two_channels, monkeypatch):
    one, two, _three = accept_reactions("C1", "one", "two", "three")
    work = inbox._work

    def work_while_another_takes_the_next(request, token, *answer):
        outcome = work(request, token, *answer)
        if request.pk == one.pk:
            assert InboxRequest.objects.waiting().claim(two.pk, begun=timezone.now())
        return outcome

    monkeypatch.setattr(inbox, "_work", work_while_another_takes_the_next)
    assert inbox.work_on_next() == 1
    assert two_channels == ["one"]


def test_workers_at_once_keep_the_order_of_each_channel(two_channels):
    names = [f"{n}" for n in range(20)]
    for channel in ("C1", "C2"):
        accept_reactions(channel, *(f"{channel}-{name}" for name in names))

    def work(_number: int) -> None:
        try:
            while InboxRequest.objects.waiting().exists():
                inbox.work_on_next()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    for channel in ("C1", "C2"):
        assert [r for r in two_channels if r.startswith(channel)] == [
            f"{channel}-{name}" for name in names
        ]


def test_a_keyword_handler_that_fails_does_not_stop_the_counting(slack):
    incident, channel = slack.incident_with_channel()

    @keyword_handler(["boom"])
    def boom(comms_channel, user, keyword, text, ts):
        raise RuntimeError("boom")

    slack.post_event(message(channel, text="BOOM"))
    slack.until(lambda: InboxRequest.objects.filter(error__contains="boom").exists())
    assert UserStats.objects.get(incident=incident, message_count=1)


def test_finished_requests_are_purged_after_a_week(slack):
    _incident, channel = slack.incident_with_channel()
    slack.post_event(message(channel))
    slack.settle()
    assert tick.purge_inbox() == 0
    InboxRequest.objects.update(received=timezone.now() - timedelta(days=8))
    OutboxMessage.objects.update(finished=timezone.now() - timedelta(days=8))
    InboxRequest.objects.filter(type="message").update(status="failed")
    tick.minute()
    assert set(InboxRequest.objects.values_list("status", flat=True)) == {"failed"}
    assert not OutboxMessage.objects.filter(incident__isnull=False, status="sent").exists()


def test_workers_that_the_database_fails_go_home(slack, monkeypatch):
    def broken() -> int:
        raise OperationalError("gone away")

    workers = runners.Workers("test", broken, lambda began: None)
    workers.start()
    slack.until(lambda: not workers.busy)


def test_a_refusal_by_what_is_no_form_is_a_failure_and_not_forgotten(slack):
    _incident, channel = slack.incident_with_channel()

    @incident_command(["check"], helptext="Checks")
    def check(incident, user_id, message):
        raise FormError({"text": "not like this"})

    slack.people.say("bo", channel, "@incident check")
    request = slack.until(
        InboxRequest.objects.filter(type="app_mention", attempts=1, claim="").first
    )
    assert "FormError" in request.error


def test_discarded_requests_are_purged_and_none_within_the_hour(db, settings):
    settings.RESPONSE_INBOX_RETENTION_DAYS = 0
    for n, (status, age) in enumerate(
        [("done", 5), ("done", 90), ("discarded", 90), ("failed", 90)]
    ):
        intake.accept(
            "event", "message", {"event_id": f"Ev{n}", "event": {"type": "message", "ts": f"{n}"}}
        )
        InboxRequest.objects.filter(delivery=f"event:Ev{n}").update(
            status=status, received=timezone.now() - timedelta(minutes=age)
        )
    tick.purge_inbox()
    left = InboxRequest.objects.order_by("id").values_list("delivery", "status")
    assert list(left) == [("event:Ev0", "done"), ("event:Ev3", "failed")]


def test_a_request_done_on_arrival_is_stored_as_saving_stores_it(db):
    now = timezone.now()
    values = {
        "kind": "event",
        "type": "message",
        "ordering_key": "C1",
        "payload": '{"text": "100 %s"}',
        "received": now,
    }
    InboxRequest(
        **values, delivery="1", subject="1", due=now, finished=now,
        status=InboxRequest.DONE, attempts=1, handled_by=["a.b"],
    ).save()  # fmt: skip
    found = Statement("UPDATE response_inboxrequest SET attempts = 1 WHERE delivery = %s", ("1",))
    insert = InboxRequest.insert_done("default", delivery="2", subject="2", handler="a.b", **values)
    assert update_and_insert(found, insert, "default")
    saved, inserted = InboxRequest.objects.order_by("delivery")
    assert (inserted.delivery, inserted.subject) == ("2", "2")
    for field in InboxRequest._meta.concrete_fields:  # those to come as well
        if field.attname not in ("id", "delivery", "subject"):
            assert getattr(inserted, field.attname) == getattr(saved, field.attname), field.attname


def test_a_database_that_is_locked_is_a_503(slack, settings, monkeypatch):
    _incident, channel = slack.incident_with_channel()

    def locked(*args, **kwargs):
        with connection.wrap_database_errors:
            raise connection.Database.OperationalError("database is locked")

    monkeypatch.setattr(intake, "update_and_insert", locked)
    monkeypatch.setattr(InboxRequest, "save", locked)
    assert slack.post_event(message(channel))[0] == 503


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="Only SQLite has one writer.")
def test_waiting_for_sqlites_writer_in_vain_is_an_error_of_djangos(transactional_db):
    connection.ensure_connection()
    other = connection.copy()
    other.ensure_connection()
    other.connection.execute("BEGIN IMMEDIATE")
    connection.connection.execute("PRAGMA busy_timeout = 50")
    try:
        with pytest.raises(OperationalError, match="locked"), atomic():
            Incident.objects.create(report="Down")
    finally:
        other.connection.execute("ROLLBACK")
        other.close()
        connection.close()


def test_field_errors_come_at_once_also_with_a_transaction_around_each_request(slack):
    connections.databases["default"]["ATOMIC_REQUESTS"] = True
    connection.settings_dict["ATOMIC_REQUESTS"] = True
    try:
        slack.people.command("ada", "general", "/incident Down")
        # Past the limit of the request there would be no errors.
        result = slack.people.submit("ada", slack.people.open_view("ada"), {"report": "x" * 300})
        assert "A title can have 200" in result.errors["report"]
    finally:
        connections.databases["default"]["ATOMIC_REQUESTS"] = False
        connection.settings_dict["ATOMIC_REQUESTS"] = False


def test_a_tick_survives_the_database(monkeypatch, caplog):
    def gone(*args, **kwargs):
        raise InterfaceError("the connection is closed")

    for name in ("finish_inbox", "finish_outbox", "purge_work", "_is_time_for", "_note_run"):
        monkeypatch.setattr(tick, name, gone)
        getattr(tick, name).__name__ = name
    monkeypatch.setattr(tick, "RARELY", (gone,))
    monkeypatch.setattr(tick.reminders, "send_due", gone)
    monkeypatch.setattr(tick.connections, "close_all", lambda: None)
    tick.minute()
    assert caplog.text.count("the next tick tries again") == 7
