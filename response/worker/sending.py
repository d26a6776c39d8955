"""Run the jobs that wait in the outbox.

One worker at a time works on a queue, in the order in which jobs were queued. A job that
cannot be done now holds up its queue until it can; one that can never be done is marked as
failed and the queue continues. Queues with an urgent job come first, and the jobs ahead of it
in its queue are run with it.
"""

from __future__ import annotations

import logging
import time
import traceback
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, models
from django.utils import timezone

from response import log_context
from response.conf import settings
from response.db import atomic, storable
from response.jobs import job_handlers, leases
from response.jobs.errors import GiveUp, JobError, RetryLater
from response.jobs.models import OutboxMessage, OutboxQueue
from response.jobs.signals import message_sent
from response.jobs.wake import give_way

logger = logging.getLogger(__name__)

#: The longest wait between two attempts, in seconds.
LONGEST_WAIT = 300
#: The number of attempts for a job whose handler crashes.
MAX_CRASHES = 12
#: How much of what went wrong is kept, in characters.
LONGEST_ERROR = 100_000
#: The key in a job's progress that counts attempts of which only the beginning was noted.
_UNFINISHED = "unfinished attempts"
#: Seconds until the next attempt at a job for which this process has no handler.
UNKNOWN_WAIT = 60
#: The number of messages sent from one queue before the worker checks for a more urgent one.
AT_A_TIME = 10
#: How many queues are looked at together, and how many seconds it is known which is most urgent.
AMONG, FRESH = 8, 0.5


def send_all_due() -> int:
    """Run all due jobs, the most urgent first. Returns the number of queues worked on."""
    worked = 0
    while queues := OutboxQueue.objects.next_due(AMONG):
        looked = time.monotonic()
        done = 0
        for pk in queues:
            give_way()
            done += send_queue(pk)
            # A job that has become urgent must not wait for all of them.
            if done and time.monotonic() - looked > FRESH:
                break
        if not done:
            break
        worked += done
    return worked


def send_next() -> int:
    """Work on the most urgent of the :data:`AMONG` next queues that can be claimed.

    Returns 1 if a queue was worked on, else 0.
    """
    give_way()
    return int(any(send_queue(pk) for pk in OutboxQueue.objects.next_due(AMONG)))


def send_queue(pk: int) -> int:
    """Run the due jobs of one queue unless another worker has it. Returns 1 if we did, else 0."""
    token = OutboxQueue.objects.free().claim(pk)
    if token is None:
        return 0
    with leases.renewed(OutboxQueue, token):
        try:
            for message in _next_safely(pk, token):
                give_way()
                if not _begin(message, token):
                    break
                with log_context.working_on(**_extra(message)):
                    wait = _send_safely(message)
                if wait is not None:
                    _mine(pk, token).update(paused_until=timezone.now() + timedelta(seconds=wait))
                if message.status == OutboxMessage.WAITING:
                    break  # it keeps its place: those behind it wait as well
        finally:
            _mine(pk, token).update(claim="", claimed_until=None)
    return 1


def _next_safely(queue: int, token: str) -> list[OutboxMessage]:
    """Return the next messages of a queue. A queue with a row that cannot be read is paused.

    What is ahead of that row is returned one by one.
    """
    for most in (AT_A_TIME, 1):
        try:
            return list(_next(queue, most))
        except (InterfaceError, OperationalError):
            raise
        except Exception:
            if most == 1:
                logger.exception("Queue %d has a message that cannot be read; it waits", queue)
    until = timezone.now() + timedelta(seconds=LONGEST_WAIT)
    _mine(queue, token).update(paused_until=until)
    return []


def _next(queue: int, most: int) -> list[OutboxMessage]:
    """Return the next messages of a queue that are due, with ``urgent`` as it counts now.

    A low-priority message that is not due yet is sent at once if an urgent one is behind it.
    Otherwise the low-priority messages behind it wait as well.
    """
    unsent = OutboxMessage.objects.waiting()
    waiting = unsent.filter(queue=queue)
    now = timezone.now()
    urgent = unsent.filter(
        queue=models.OuterRef("queue"), urgent=True, due__lte=now, pk__gt=models.OuterRef("pk")
    )
    # A message that is held back to be merged with later changes does not block others.
    rows = waiting.exclude(coalesce__isnull=False, due__gt=now).order_by("id")
    found: list[OutboxMessage] = []
    for message in rows.annotate(before_urgent=models.Exists(urgent))[:most]:
        message.urgent = message.urgent or message.before_urgent
        if message.due > now and not message.urgent:
            behind = waiting.filter(urgent=False, due__lt=message.due, pk__gt=message.pk)
            behind.update(due=message.due)
            break
        found.append(message)
    return found


def _mine(pk: int, token: str) -> models.QuerySet[OutboxQueue]:
    return OutboxQueue.objects.filter(pk=pk, claim=token)


def _begin(message: OutboxMessage, token: str) -> bool:
    """Note an attempt. Returns whether it may be made: we have the queue, and the job waits.

    The attempt is noted before the work, so that what kills its process is given up as well.
    """
    message.attempts += 1
    message.coalesce = None  # from here on, a further change is a further job
    if not isinstance(message.progress, dict):
        message.progress = {}  # changed by hand: it may be anything
    message.progress = {**message.progress, _UNFINISHED: _deaths(message) + 1}
    mine = _mine(message.queue_id, token).values("pk")
    ours = OutboxMessage.objects.waiting().filter(pk=message.pk, queue__in=mine)
    return bool(
        ours.update(attempts=message.attempts, coalesce=message.coalesce, progress=message.progress)
    )


def _send_safely(message: OutboxMessage) -> float | None:
    """Run one job; an error in its row does not stop its queue or the worker."""
    try:
        return _send(message)
    except (InterfaceError, OperationalError):
        raise  # the database is away: that is not the row's fault
    except Exception:
        logger.exception("%s could not be worked on; given up", message, extra=_extra(message))
        _finish(message, OutboxMessage.FAILED, traceback.format_exc())
        return None


def _send(message: OutboxMessage) -> float | None:
    """Run one job. Returns the seconds to wait before the queue continues, or None."""
    began = timezone.now()
    wait: float | None = None
    try:
        if _deaths(message) > MAX_CRASHES:
            raise GiveUp("Each process that worked on it has died")
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
    _send_metrics(message, began)
    return wait


def _deaths(message: OutboxMessage) -> int:
    """Return how often in a row an attempt was begun without a recorded end."""
    deaths = message.progress.get(_UNFINISHED)
    return deaths if isinstance(deaths, int) else 0


def _handler_of(message: OutboxMessage) -> job_handlers.Handler:
    handler = job_handlers.find(message.method)
    if handler is None:
        why = f"This process has no handler for the job {message.method}"
        logger.warning("%s; another process has to run it", why, extra=_extra(message))
        raise RetryLater(why, UNKNOWN_WAIT, counts=False)
    return handler


def _send_metrics(message: OutboxMessage, began: datetime) -> None:
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
    """Postpone the job by ``wait`` seconds without counting the attempt.

    An urgent job holds up its queue for that long. A low-priority job keeps its place, and
    urgent jobs that are queued meanwhile go first.
    """
    message.attempts -= 1
    message.progress.pop(_UNFINISHED, None)
    if message.urgent:
        message.save(update_fields=["attempts", "progress"])
        return wait
    message.due = timezone.now() + timedelta(seconds=wait)
    message.save(update_fields=["attempts", "due", "progress"])
    return None


def _retry(message: OutboxMessage, error: RetryLater) -> float | None:
    """Store why the job has to wait and return for how long; fail it after too long a time."""
    give_up = message.created + timedelta(hours=settings.RESPONSE_OUTBOX_GIVE_UP_HOURS)
    if timezone.now() >= give_up:
        _fail(message, error)
        return None
    wait = error.after
    if wait is None:
        wait = float(min(2 ** min(message.attempts - 1, 10), LONGEST_WAIT))
    message.progress.pop(_UNFINISHED, None)
    if wait:
        message.error = storable(str(error))[:LONGEST_ERROR]
        message.blocked = error.configuration
    message.save(update_fields=["error", "blocked", "progress"])
    logger.warning("%s; trying again in %.0f s", error, wait, extra=_extra(message))
    return wait


def _fail(message: OutboxMessage, error: JobError) -> None:
    logger.error("%s; given up", error, extra=_extra(message))
    deaths = _deaths(message)
    try:
        with atomic():
            _finish(message, OutboxMessage.FAILED, str(error))
            # What went wrong in the first place says more than the queue's word for it.
            cause = error.__cause__
            job_handlers.failed(message, cause if isinstance(cause, Exception) else error)
    except Exception as failure:
        away = isinstance(failure, InterfaceError | OperationalError)
        if away and deaths <= MAX_CRASHES:
            raise  # the next attempt may reach the database
        logger.exception("What follows from the failure failed as well", extra=_extra(message))
        _finish(message, OutboxMessage.FAILED, str(error))


def _finish(message: OutboxMessage, status: str, error: str) -> None:
    message.status, message.finished = status, timezone.now()
    message.error, message.blocked = storable(error)[:LONGEST_ERROR], False
    message.progress.pop(_UNFINISHED, None)
    message.save(update_fields=["status", "error", "finished", "blocked", "progress"])


def _extra(message: OutboxMessage) -> dict[str, object]:
    return {"outbox_id": message.pk, "incident_id": message.incident_id}
