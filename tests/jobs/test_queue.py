"""The durable queue by itself: its own job handlers, and no Slack anywhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from response.jobs import job_handlers, outbox
from response.jobs.errors import GiveUp, RetryLater
from response.jobs.models import OutboxMessage, OutboxQueue
from response.worker import sending

pytestmark = pytest.mark.django_db


@pytest.fixture
def done() -> list[str]:
    """What the job handler of this file was given, in order."""
    return []


@pytest.fixture
def outcomes() -> dict[str, Callable[[OutboxMessage], None]]:
    """What the job handler does for a job called so; nothing unless it is here."""
    return {}


@pytest.fixture(autouse=True)
def failures(monkeypatch, done, outcomes) -> list[str]:
    """The jobs for which ``on_failure`` was called."""
    failed: list[str] = []
    monkeypatch.setattr(job_handlers, "_handlers", dict(job_handlers._handlers))
    monkeypatch.setattr(job_handlers, "_on_failure", dict(job_handlers._on_failure))

    @job_handlers.job_handler("test.note")
    def note(row: OutboxMessage) -> None:
        name = row.arguments["name"]
        done.append(name)
        if name in outcomes:
            outcomes[name](row)

    @job_handlers.on_failure("test.note")
    def note_failure(row: OutboxMessage, error: Exception) -> None:
        failed.append(f"{row.arguments['name']}: {error}")

    return failed


def queue(*names: str, queue: str = "Q1", **options: object) -> None:
    for name in names:
        outbox.enqueue("test.note", queue=queue, name=name, **options)


def job(name: str) -> OutboxMessage:
    return OutboxMessage.objects.get(arguments__name=name)


def raising(error: Exception) -> Callable[[OutboxMessage], None]:
    def fail(row: OutboxMessage) -> None:
        raise error

    return fail


def end_pauses() -> None:
    """As if the time had passed for which queues and jobs have to wait."""
    OutboxQueue.objects.update(paused_until=None)
    OutboxMessage.objects.filter(status="waiting").update(due=timezone.now())


def test_one_queue_is_done_in_order(done):
    queue("one", "two", "three")
    assert sending.send_all_due() == 1
    assert done == ["one", "two", "three"]
    assert [m.status for m in OutboxMessage.objects.order_by("id")] == ["sent"] * 3


def test_a_long_queue_lets_others_have_their_turn(done):
    queue(*(f"a{n}" for n in range(sending.AT_A_TIME + 1)))
    queue("b", queue="Q2")
    sending.send_next()
    assert done == [f"a{n}" for n in range(sending.AT_A_TIME)]
    sending.send_all_due()
    assert sorted(done[-2:]) == [f"a{sending.AT_A_TIME}", "b"]


def test_what_is_rolled_back_was_never_queued(done):
    with transaction.atomic():
        queue("one")
        transaction.set_rollback(True)
    assert sending.send_all_due() == 0
    assert done == []


def test_collected_jobs_are_written_at_the_flush_in_order(done):
    with outbox.collected():
        queue("one", "two")
        assert not OutboxMessage.objects.exists()
        outbox.flush()
        queue("never flushed")
    sending.send_all_due()
    assert done == ["one", "two"]


def test_a_retry_holds_up_its_own_queue_and_no_other(done, outcomes):
    outcomes["one"] = raising(RetryLater("away", 30))
    queue("one", "two")
    queue("other", queue="Q2")
    began = timezone.now()
    sending.send_all_due()
    assert done == ["one", "other"]
    paused = OutboxQueue.objects.get(name="Q1").paused_until
    assert began <= paused - timedelta(seconds=30) <= timezone.now()
    assert (job("one").status, job("one").attempts, job("one").error) == ("waiting", 1, "away")
    del outcomes["one"]
    end_pauses()
    sending.send_all_due()
    assert done == ["one", "other", "one", "two"]


def test_the_waits_grow_and_have_an_end(outcomes):
    outcomes["one"] = raising(RetryLater("away"))
    queue("one")
    for wait in (1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300):
        end_pauses()
        began = timezone.now()
        sending.send_all_due()
        paused = OutboxQueue.objects.get().paused_until
        assert began <= paused - timedelta(seconds=wait) <= timezone.now()


def test_what_waits_too_long_fails_and_the_queue_goes_on(done, outcomes, failures, settings):
    settings.RESPONSE_OUTBOX_GIVE_UP_HOURS = 1
    outcomes["one"] = raising(RetryLater("away"))
    queue("one", "two")
    OutboxMessage.objects.update(created=timezone.now() - timedelta(hours=2))
    sending.send_all_due()
    assert done == ["one", "two"]
    assert (job("one").status, job("two").status) == ("failed", "sent")
    assert failures == ["one: away"]


def test_an_attempt_that_came_too_early_does_not_count(outcomes):
    outcomes["one"] = raising(RetryLater("too early", 30, counts=False))
    queue("one")
    for _ in range(3):
        end_pauses()
        sending.send_all_due()
    assert (job("one").status, job("one").attempts, job("one").error) == ("waiting", 0, "")


def test_giving_up_fails_at_once(done, outcomes, failures):
    outcomes["one"] = raising(GiveUp("no such channel"))
    queue("one", "two")
    sending.send_all_due()
    assert done == ["one", "two"]
    assert (job("one").status, job("one").error) == ("failed", "no such channel")
    assert failures == ["one: no such channel"]


def test_a_handler_with_a_bug_is_tried_so_often_and_then_fails(done, outcomes, failures):
    outcomes["one"] = raising(KeyError("oops"))
    queue("one", "two")
    for _ in range(sending.MAX_CRASHES):
        end_pauses()
        sending.send_all_due()
    assert done == ["one"] * sending.MAX_CRASHES + ["two"]
    assert job("one").status == "failed"
    assert "KeyError: 'oops'" in job("one").error
    assert len(failures) == 1


def test_a_failed_job_can_be_done_after_all(done, outcomes):
    outcomes["one"] = raising(GiveUp("no such channel"))
    queue("one")
    sending.send_all_due()
    del outcomes["one"]
    assert OutboxMessage.objects.retry() == 1
    sending.send_all_due()
    assert done == ["one", "one"]
    assert (job("one").status, job("one").attempts) == ("sent", 1)


def test_a_job_that_this_process_does_not_know_is_left_to_another(done):
    outbox.enqueue("test.of another process", queue="Q1", name="unknown")
    queue("one", queue="Q2")
    sending.send_all_due()
    assert done == ["one"]
    assert (job("unknown").status, job("unknown").attempts) == ("waiting", 0)


def test_a_job_keeps_how_far_it_got(outcomes):
    def in_steps(row: OutboxMessage) -> None:
        row.progress["steps"] = row.progress.get("steps", 0) + 1
        row.save(update_fields=["progress"])
        if row.progress["steps"] < 3:
            raise RetryLater("the next step")

    outcomes["one"] = in_steps
    queue("one")
    for _ in range(3):
        end_pauses()
        sending.send_all_due()
    assert (job("one").status, job("one").progress) == ("sent", {"steps": 3})


def test_while_a_job_waits_another_with_its_key_is_none(done):
    queue("first", coalesce="K", delay=60)
    queue("second", coalesce="K")
    assert OutboxMessage.objects.count() == 1
    # The one that waits is brought forward to when the other would have been done.
    sending.send_all_due()
    assert done == ["first"]
    queue("third", coalesce="K")
    sending.send_all_due()
    assert done == ["first", "third"]


def test_what_changes_while_a_job_is_done_is_another_job(done, outcomes):
    outcomes["first"] = lambda row: queue("second", coalesce="K")
    queue("first", coalesce="K")
    sending.send_all_due()
    assert done == ["first", "second"]


def test_a_low_priority_lets_the_others_go_first(done):
    with outbox.low_priority():
        queue("reminder")
    queue("answer", queue="Q2")
    sending.send_all_due()
    assert done == ["answer", "reminder"]


def test_one_worker_at_a_time(done, outcomes):
    queue("one", "two")
    token = OutboxQueue.objects.claim(OutboxQueue.objects.get().pk)
    assert token
    assert OutboxQueue.objects.claim(OutboxQueue.objects.get().pk) is None
    assert sending.send_all_due() == 0
    # The worker dies, and its lease runs out.
    OutboxQueue.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert sending.send_all_due() == 1
    assert done == ["one", "two"]


def test_a_worker_that_lost_its_lease_stops(done, outcomes):
    def taken_over(row: OutboxMessage) -> None:
        OutboxQueue.objects.update(claim="another")

    outcomes["one"] = taken_over
    queue("one", "two")
    sending.send_queue(OutboxQueue.objects.get().pk)
    assert done == ["one"]
    assert OutboxQueue.objects.get().claim == "another"


def test_old_jobs_are_forgotten_and_failed_ones_kept(outcomes):
    outcomes["failed"] = raising(GiveUp("no"))
    queue("done", "failed")
    sending.send_all_due()
    queue("waiting", delay=60)
    OutboxMessage.objects.exclude(status="waiting").update(
        finished=timezone.now() - timedelta(days=8)
    )
    assert OutboxMessage.objects.purge(7) == 1
    left = OutboxMessage.objects.order_by("id").values_list("arguments__name", flat=True)
    assert list(left) == ["failed", "waiting"]


# Whatever a row is like


@pytest.mark.parametrize("name", ["C" * 256, "x" * 10_000, "a\x00b", "🔥" * 300])
def test_any_name_of_a_queue_and_any_key_can_be_queued(done, name):
    queue("one", "two", queue=name, coalesce=name)
    queue("three", queue=f"{name}, another", coalesce=f"{name}, another")
    assert all(len(row.name) <= 255 for row in OutboxQueue.objects.all())
    assert sending.send_all_due() == 2
    assert done == ["one", "three"]


def test_what_cannot_be_stored_of_a_failure_is_left_out(done, outcomes, failures):
    outcomes["odd"] = raising(GiveUp("Slack said \x00 \ud800"))
    outcomes["again"] = raising(RetryLater("Slack said \x00", 60))
    queue("odd", "again")
    sending.send_all_due()
    assert (job("odd").status, job("odd").error) == (OutboxMessage.FAILED, "Slack said  ")
    assert job("again").error == "Slack said "


def test_a_job_fails_even_if_what_follows_from_its_failure_does(done, outcomes, monkeypatch):
    outcomes["bad"] = raising(GiveUp("no"))

    def worse(row: OutboxMessage, error: Exception) -> None:
        OutboxQueue.objects.create(name="half of what follows")
        raise ValueError("and this went wrong, too")

    monkeypatch.setitem(job_handlers._on_failure, "test.note", worse)
    queue("bad", "next")
    sending.send_all_due()
    assert job("bad").status == OutboxMessage.FAILED
    assert not OutboxQueue.objects.filter(name="half of what follows").exists()
    assert done == ["bad", "next"]


class Died(BaseException):
    """The process is gone: nothing that follows is done."""


def test_a_job_that_kills_its_process_is_given_up(done, outcomes, failures):
    outcomes["deadly"] = raising(Died())  # type: ignore[arg-type]
    queue("deadly", "next")
    for _death in range(sending.MAX_CRASHES):
        with pytest.raises(Died):
            sending.send_all_due()
    sending.send_all_due()
    assert done == ["deadly"] * sending.MAX_CRASHES + ["next"]
    assert job("deadly").status == OutboxMessage.FAILED
    assert failures == [f"deadly: {job('deadly').error}"]


def test_only_deaths_in_a_row_count(done, outcomes):
    queue("slow")
    for _try in range(sending.MAX_CRASHES + 3):
        outcomes["slow"] = raising(Died())  # type: ignore[arg-type]
        with pytest.raises(Died):
            sending.send_all_due()
        outcomes["slow"] = raising(RetryLater("not yet", 60))
        sending.send_all_due()
        end_pauses()
    assert job("slow").status == OutboxMessage.WAITING
    assert job("slow").progress == {}


# What is known of a queue's jobs from one look at it


def test_a_low_priority_job_that_is_put_off_keeps_its_place(done, outcomes):
    outcomes["one"] = raising(RetryLater("too early", 30, counts=False))
    with outbox.low_priority():
        queue("one", "two")
    sending.send_all_due()
    assert done == ["one"]
    del outcomes["one"]
    end_pauses()
    sending.send_all_due()
    assert done == ["one", "one", "two"]


def test_a_job_that_is_discarded_while_another_is_done_is_not_done(done, outcomes):
    outcomes["one"] = lambda row: OutboxMessage.objects.filter(arguments__name="two").discard()
    queue("one", "two", "three")
    sending.send_all_due()
    assert done == ["one", "three"]
    assert job("two").attempts == 0


def test_a_job_that_becomes_urgent_while_another_is_done_is_not_done_twice(done, outcomes):
    outcomes["one"] = lambda row: queue("two again", coalesce="key")
    queue("one")
    queue("two", coalesce="key")
    sending.send_all_due()
    assert done == ["one", "two"]


def test_what_is_queued_while_a_queue_is_worked_on_comes_last(done, outcomes):
    outcomes["one"] = lambda row: queue("three")
    queue("one", "two")
    sending.send_all_due()
    assert done == ["one", "two", "three"]


def test_an_urgent_job_goes_before_other_queues_soon(done, outcomes, monkeypatch):
    monkeypatch.setattr(sending, "FRESH", 0.0)
    outcomes["one"] = lambda row: queue("urgent", queue="Q3")
    with outbox.low_priority():
        queue("one")
        queue("two", queue="Q2")
    sending.send_all_due()
    assert done == ["one", "urgent", "two"]
