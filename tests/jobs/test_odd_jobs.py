"""No row of the outbox ends a worker, and none is tried for ever."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from response.jobs import job_handlers, outbox
from response.jobs.errors import GiveUp
from response.jobs.models import OutboxMessage, OutboxQueue
from response.worker import sending

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(handlers: None) -> list[int]:
    """The jobs that were done."""
    found: list[int] = []
    job_handlers.job_handler("test.job")(lambda message: found.append(message.pk))
    return found


def next_life() -> None:
    """Time passes: leases run out, and pauses end."""
    OutboxQueue.objects.update(claim="", claimed_until=None, paused_until=None)


@pytest.mark.parametrize("progress", [[], "text", 7, {"unfinished attempts": "many"}])
def test_a_job_whose_progress_is_odd_is_done(done: list[int], progress: Any) -> None:
    outbox.enqueue("test.job", queue="q")
    odd = OutboxMessage.objects.get()
    OutboxMessage.objects.update(progress=progress)
    sending.send_all_due()
    odd.refresh_from_db()
    assert (odd.status, done) == (OutboxMessage.DONE, [odd.pk])


def test_a_row_that_cannot_be_read_holds_up_its_own_queue_only(done: list[int]) -> None:
    outbox.enqueue("test.job", queue="odd")
    odd = OutboxMessage.objects.get()
    outbox.enqueue("test.job", queue="other")
    other = OutboxMessage.objects.exclude(pk=odd.pk).get()
    read = sending._next

    def next_(queue: int, count: int) -> Iterator[OutboxMessage]:
        if queue == odd.queue_id:
            raise ValueError("Expecting value: line 1 column 1 (char 0)")
        yield from read(queue, count)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sending, "_next", next_)
        began = timezone.now()
        sending.send_all_due()
    assert done == [other.pk]
    assert OutboxQueue.objects.get(pk=odd.queue_id).paused_until > began


def test_what_stands_before_a_row_that_cannot_be_read_is_done(done: list[int]) -> None:
    for _ in range(3):
        outbox.enqueue("test.job", queue="odd")
    first, second, odd = OutboxMessage.objects.order_by("pk")
    read = sending._next

    def next_(queue: int, count: int) -> Iterator[OutboxMessage]:
        messages = list(read(queue, count))
        if odd in messages:
            raise ValueError("Expecting value: line 1 column 1 (char 0)")
        yield from messages

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sending, "_next", next_)
        began = timezone.now()
        sending.send_all_due()
    assert done == [first.pk, second.pk]
    assert OutboxQueue.objects.get().paused_until > began


def test_giving_up_does_not_depend_on_a_database_that_refuses_what_follows(handlers: None) -> None:
    @job_handlers.job_handler("test.refused")
    def refused(message: OutboxMessage) -> None:
        raise GiveUp("never")

    @job_handlers.on_failure("test.refused")
    def follow(message: OutboxMessage, error: Exception) -> None:
        raise OperationalError("a packet bigger than max_allowed_packet")

    outbox.enqueue("test.refused", queue="q")
    for _attempt in range(sending.MAX_CRASHES):  # the database may only be away
        with pytest.raises(OperationalError):
            sending.send_all_due()
        next_life()
    sending.send_all_due()
    message = OutboxMessage.objects.get()
    assert message.status == OutboxMessage.FAILED
    assert connection.is_usable()
