"""Sending what waits in the outbox.

One worker at a time sends from a queue, in the order in which it was filled. A message that
Slack cannot take now holds up its queue until it can; one that Slack will never take is
marked failed and the queue goes on. Queues with something urgent come first, and what stands
before it there is sent with it.
"""

from __future__ import annotations

import logging
import traceback
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from response import log_context
from response.conf import settings
from response.core.db import atomic
from response.slack import claims, pacing, procedures, signals
from response.slack.client import SlackError, get_client
from response.slack.models import OutboxMessage, OutboxQueue

logger = logging.getLogger(__name__)

#: Seconds: the longest wait between two tries.
LONGEST_WAIT = 300
#: How often a message is tried that Slack keeps refusing for no good reason of its own.
MAX_REFUSALS = 12
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
    return int(any(send_queue(pk) for pk in OutboxQueue.objects.next_due(among)))


def send_queue(pk: int) -> int:
    """Send what is due in one queue, unless somebody else does. Returns 1 if we did."""
    token = OutboxQueue.objects.free().claim(pk)
    if token is None:
        return 0
    with claims.renewed(OutboxQueue, token):
        try:
            for _ in range(AT_A_TIME):
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
    """Send one message. Returns seconds to wait before the queue goes on, or None."""
    message.attempts += 1
    message.coalesce = None  # from here on, a further change is a further message
    message.save(update_fields=["attempts", "coalesce"])
    began = timezone.now()
    try:
        with pacing.paced(urgent=message.urgent):
            procedure = procedures.find(message.method)
            if procedure:
                procedure(message)
            else:
                get_client().api_call(message.method, **message.arguments)
    except SlackError as error:
        if error.slack_error == pacing.PACED:
            return _put_off(message, error.retry_after or 0)
        wait = _refused(message, error)
    except Exception:
        logger.exception("Sending %s failed", message, extra=_extra(message))
        wait = _refused(message, SlackError(traceback.format_exc(), "internal_error"))
    else:
        wait = None
        _finish(message, OutboxMessage.SENT, "")
    _tell_metrics(message, began)
    return wait


def _tell_metrics(message: OutboxMessage, began: datetime) -> None:
    outcome = "retry" if message.status == OutboxMessage.WAITING else message.status
    signals.message_sent.send_robust(
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
    """It was not its turn among all that we say: that is no failed attempt.

    What is urgent keeps its queue waiting for the moment that it takes. What is not keeps
    its place for later, and lets urgent things that come meanwhile through.
    """
    message.attempts -= 1
    if message.urgent:
        message.save(update_fields=["attempts"])
        return wait
    message.due = timezone.now() + timedelta(seconds=wait)
    message.save(update_fields=["attempts", "due"])
    return None


def _refused(message: OutboxMessage, error: SlackError) -> float | None:
    if error.slack_error in _DONE_ANYWAY:
        _finish(message, OutboxMessage.SENT, str(error))
        return None
    if error.slack_error in _BLOCKS and "blocks" in message.arguments:
        logger.error("%s; it is sent as text", error, extra=_extra(message))
        del message.arguments["blocks"]
        message.save(update_fields=["arguments"])
        return 0
    if error.too_often and error.method:
        pacing.rest(error.method, error.retry_after or 1)
    if _may_work_later(message, error):
        message.error = str(error)
        message.save(update_fields=["error"])
        wait = error.retry_after
        if wait is None:
            wait = float(min(2 ** min(message.attempts - 1, 10), LONGEST_WAIT))
        logger.warning("%s; trying again in %.0f s", error, wait, extra=_extra(message))
        return wait
    logger.error("%s; given up", error, extra=_extra(message))
    with atomic():
        _finish(message, OutboxMessage.FAILED, str(error))
        procedures.gave_up(message, error)
    return None


def _may_work_later(message: OutboxMessage, error: SlackError) -> bool:
    give_up = message.created + timedelta(hours=settings.RESPONSE_OUTBOX_GIVE_UP_HOURS)
    if timezone.now() >= give_up or not (error.transient or error.misconfigured):
        return False
    if error.slack_error in _MISSING_RIGHT and message.method in _DECORATION:
        return False
    if error.slack_error in ("internal_error", "fatal_error"):
        return message.attempts < MAX_REFUSALS
    return True


#: Slack's words for “it is already as you want it”.
_DONE_ANYWAY = frozenset(
    {"already_reacted", "no_reaction", "already_pinned", "already_in_channel", "already_archived"}
)
#: A reaction that we may not make must not keep the words behind it waiting.
_DECORATION = frozenset({"reactions.add", "bookmarks.add", "pins.add"})
_MISSING_RIGHT = frozenset({"missing_scope", "no_permission"})
_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format"})


def _finish(message: OutboxMessage, status: str, error: str) -> None:
    message.status, message.error, message.finished = status, error, timezone.now()
    message.save(update_fields=["status", "error", "finished"])


def _extra(message: OutboxMessage) -> dict[str, object]:
    return {"outbox_id": message.pk, "incident_id": message.incident_id}
