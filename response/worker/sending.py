"""Doing the jobs that wait in the outbox.

One worker at a time works on a queue, in the order in which it was filled. A job that cannot
be done now holds up its queue until it can; one that can never be done is marked failed and
the queue goes on. Queues with an urgent job come first, and the jobs before it in its queue
are done with it.
"""

from __future__ import annotations

import logging
import traceback
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from response import log_context
from response.conf import settings
from response.db import atomic
from response.jobs import in_flight, job_handlers, leases
from response.jobs.errors import GiveUp, JobError, RetryLater
from response.jobs.models import OutboxMessage, OutboxQueue
from response.jobs.signals import message_sent

logger = logging.getLogger(__name__)

#: Seconds: the longest wait between two tries.
LONGEST_WAIT = 300
#: How often a job is tried whose handler crashes.
MAX_CRASHES = 12
#: Seconds after which a job is looked at again that this process has no handler for.
UNKNOWN_WAIT = 60
#: How many messages of one queue are sent before the worker looks whether another is more
#: urgent.
AT_A_TIME = 10


def send_all_due() -> int:
    """Send what is due, the most urgent first. Returns how many queues were worked on."""
    worked = 0
    while send_next():
        worked += 1
    return worked


def send_next(among: int = 8) -> int:
    """Send from the queue that is next and that nobody else takes. Returns 1 if any."""
    in_flight.give_way()
    return int(any(send_queue(pk) for pk in OutboxQueue.objects.next_due(among)))


def send_queue(pk: int) -> int:
    """Send what is due in one queue, unless somebody else does. Returns 1 if we did."""
    token = OutboxQueue.objects.free().claim(pk)
    if token is None:
        return 0
    with leases.renewed(OutboxQueue, token):
        try:
            for _ in range(AT_A_TIME):
                in_flight.give_way()
                message = _next(pk)
                if message is None or not _held(pk, token):
                    break
                with log_context.working_on(**_extra(message)):
                    wait = _send(message)
                if wait is not None:
                    _mine(pk, token).update(paused_until=timezone.now() + timedelta(seconds=wait))
                    break
        finally:
            _mine(pk, token).update(claim="", claimed_until=None)
    return 1


def _next(queue: int) -> OutboxMessage | None:
    """The message whose turn it is, if its time has come; ``urgent`` is then what it counts as.

    One that is in no hurry and waits for its time is sent at once if somebody waits for
    one behind it. Otherwise those behind it that are in no hurry wait as well.
    """
    waiting = OutboxMessage.objects.waiting().filter(queue=queue)
    now = timezone.now()
    # What is kept back to be merged with later changes keeps nobody waiting.
    first = waiting.exclude(coalesce__isnull=False, due__gt=now).order_by("id").first()
    if first is None:
        return None
    if not first.urgent:
        first.urgent = waiting.filter(urgent=True, due__lte=now).exists()
    if first.due <= now or first.urgent:
        return first
    waiting.filter(urgent=False, due__lt=first.due).update(due=first.due)
    return None


def _mine(pk: int, token: str) -> models.QuerySet[OutboxQueue]:
    return OutboxQueue.objects.filter(pk=pk, claim=token)


def _held(pk: int, token: str) -> bool:
    return _mine(pk, token).exists()


def _send(message: OutboxMessage) -> float | None:
    """Do one job. Returns seconds to wait before the queue goes on, or None."""
    message.attempts += 1
    message.coalesce = None  # from here on, a further change is a further job
    message.save(update_fields=["attempts", "coalesce"])
    began = timezone.now()
    wait: float | None = None
    try:
        _handler_of(message)(message)
    except RetryLater as error:
        if not error.counts:
            return _put_off(message, error.after or 0)
        wait = _retry(message, error)
    except GiveUp as error:
        _fail(message, error)
    except Exception:
        logger.exception("Sending %s failed", message, extra=_extra(message))
        bug = RetryLater(traceback.format_exc())
        if message.attempts < MAX_CRASHES:
            wait = _retry(message, bug)
        else:
            _fail(message, bug)
    else:
        _finish(message, OutboxMessage.DONE, "")
    _tell_metrics(message, began)
    return wait


def _handler_of(message: OutboxMessage) -> job_handlers.Handler:
    handler = job_handlers.find(message.method)
    if handler is None:
        why = f"This process has no handler for the job {message.method}"
        logger.warning("%s; it is left to one that has", why, extra=_extra(message))
        raise RetryLater(why, UNKNOWN_WAIT, counts=False)
    return handler


def _tell_metrics(message: OutboxMessage, began: datetime) -> None:
    outcome = "retry" if message.status == OutboxMessage.WAITING else message.status
    message_sent.send_robust(
        OutboxMessage,
        outbox_id=message.pk,
        method=message.method,
        incident_id=message.incident_id,
        outcome=outcome,
        seconds=(timezone.now() - began).total_seconds(),
        waited=(began - message.due).total_seconds(),
        attempts=message.attempts,
    )


def _put_off(message: OutboxMessage, wait: float) -> float | None:
    """Give the job a later time without counting the attempt.

    An urgent job keeps its queue waiting for that long. Another keeps its place for later, and
    lets urgent ones that come meanwhile go first.
    """
    message.attempts -= 1
    if message.urgent:
        message.save(update_fields=["attempts"])
        return wait
    message.due = timezone.now() + timedelta(seconds=wait)
    message.save(update_fields=["attempts", "due"])
    return None


def _retry(message: OutboxMessage, error: RetryLater) -> float | None:
    """Note why the job has to wait, and return for how long; fail it if it has waited enough."""
    give_up = message.created + timedelta(hours=settings.RESPONSE_OUTBOX_GIVE_UP_HOURS)
    if timezone.now() >= give_up:
        _fail(message, error)
        return None
    wait = error.after
    if wait is None:
        wait = float(min(2 ** min(message.attempts - 1, 10), LONGEST_WAIT))
    if wait:
        message.error, message.blocked = str(error), error.configuration
        message.save(update_fields=["error", "blocked"])
    logger.warning("%s; trying again in %.0f s", error, wait, extra=_extra(message))
    return wait


def _fail(message: OutboxMessage, error: JobError) -> None:
    logger.error("%s; given up", error, extra=_extra(message))
    with atomic():
        _finish(message, OutboxMessage.FAILED, str(error))
        # What went wrong in the first place says more than the queue's word for it.
        cause = error.__cause__
        job_handlers.failed(message, cause if isinstance(cause, Exception) else error)


def _finish(message: OutboxMessage, status: str, error: str) -> None:
    message.status, message.error, message.finished = status, error, timezone.now()
    message.blocked = False
    message.save(update_fields=["status", "error", "finished", "blocked"])


def _extra(message: OutboxMessage) -> dict[str, object]:
    return {"outbox_id": message.pk, "incident_id": message.incident_id}
