"""What we have to say to Slack: queued with the change it belongs to, sent in order.

Queueing writes a row in the caller's transaction; ``sending.py`` sends it. Urgent is what
somebody waits for: everything, unless it was queued :func:`in_no_hurry`.
"""

from __future__ import annotations

import contextlib
import contextvars
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models.functions import Least
from django.utils import timezone

from response.conf import settings
from response.core.db import atomic
from response.slack import runners
from response.slack.limits import MESSAGE_TEXT
from response.slack.models import OutboxMessage, OutboxQueue
from response.slack.mrkdwn import truncate

logger = logging.getLogger(__name__)


@dataclass
class _Draft:
    queue: str
    method: str
    arguments: dict[str, Any]
    incident: int | None = None
    coalesce: str | None = None
    due: datetime = field(default_factory=timezone.now)
    urgent: bool = True


_drafts: contextvars.ContextVar[list[_Draft] | None] = contextvars.ContextVar(
    "response_outbox_drafts", default=None
)
_hurry: contextvars.ContextVar[bool] = contextvars.ContextVar("response_hurry", default=True)


# Queueing


def call(
    method: str,
    *,
    queue: str,
    incident: int | None = None,
    coalesce: str | None = None,
    delay: float = 0,
    **arguments: Any,
) -> None:
    """Queue a call of the Web API, or of one of our procedures.

    Sent in the order of ``queue`` (for messages, the channel's id), at the earliest after
    ``delay`` seconds. While a call with the same ``coalesce`` key waits, a second one is
    not queued.
    """
    draft = _Draft(
        queue=queue,
        method=method,
        arguments={k: v for k, v in arguments.items() if v is not None},
        incident=incident,
        coalesce=coalesce,
        due=timezone.now() + timedelta(seconds=delay),
        urgent=_hurry.get(),
    )
    drafts = _drafts.get()
    if drafts is None:
        with atomic():
            _write(draft)
            transaction.on_commit(runners.wake)
    else:
        drafts.append(draft)


def post(channel: str, text: str, *, incident: int | None = None, **message: Any) -> None:
    """Queue a message of mrkdwn ``text`` to a channel, or to a person by their user id."""
    call(
        "chat.postMessage",
        queue=channel,
        incident=incident,
        channel=channel,
        text=truncate(text, MESSAGE_TEXT),
        **message,
    )


def react(channel: str, ts: str, name: str, *, incident: int | None = None) -> None:
    """Queue a reaction (an emoji's name without colons) to a message.

    Slack allows far fewer reactions than messages, so no words wait behind them.
    """
    call(
        "reactions.add",
        queue=f"reactions {channel}",
        incident=incident,
        channel=channel,
        timestamp=ts,
        name=name,
    )


@contextlib.contextmanager
def in_no_hurry() -> Iterator[None]:
    """What is queued in the block nobody waits for; it lets everything else pass."""
    token = _hurry.set(False)
    try:
        yield
    finally:
        _hurry.reset(token)


@contextlib.contextmanager
def collected() -> Iterator[None]:
    """Keep what is queued in the block until :func:`flush`, which must be called in it.

    A handler that says something and then takes its time must not hold a lock of the
    database meanwhile.
    """
    token = _drafts.set([])
    try:
        yield
    finally:
        _drafts.reset(token)


def flush() -> None:
    """Write what the surrounding :func:`collected` holds, in order."""
    drafts = _drafts.get()
    if drafts:
        for draft in drafts:
            _write(draft)
        transaction.on_commit(runners.wake)
        drafts.clear()


def _write(draft: _Draft) -> None:
    queues = OutboxQueue.objects.filter(name=draft.queue).values_list("pk", flat=True)
    queue = queues.first()
    if queue is None:
        OutboxQueue.objects.bulk_create([OutboxQueue(name=draft.queue)], ignore_conflicts=True)
        queue = queues.get()
    message = OutboxMessage(
        queue_id=queue,
        method=draft.method,
        arguments=draft.arguments,
        incident_id=draft.incident,
        coalesce=draft.coalesce,
        due=draft.due,
        urgent=draft.urgent,
    )
    if draft.coalesce is None:
        message.save()
    else:
        _write_once(message)


def _write_once(message: OutboxMessage) -> None:
    """Insert, unless one with the same key waits; then hold on to that one.

    The update locks the waiting row until our commit, so that a worker that is about to
    take it up sees what we have changed.
    """
    waiting = OutboxMessage.objects.filter(coalesce=message.coalesce)
    touch: dict[str, Any] = {"due": Least(models.F("due"), models.Value(message.due))}
    if message.urgent:
        touch["urgent"] = True
    while not waiting.update(**touch):
        OutboxMessage.objects.bulk_create([message], ignore_conflicts=True)


# Afterwards


def retry(messages: models.QuerySet[OutboxMessage]) -> int:
    """Have failed or discarded messages sent after all."""
    now = timezone.now()
    return messages.filter(status__in=[OutboxMessage.FAILED, OutboxMessage.DISCARDED]).update(
        status=OutboxMessage.WAITING, attempts=0, created=now, due=now, finished=None
    )


def discard(messages: models.QuerySet[OutboxMessage]) -> int:
    """Give up on messages that wait or have failed."""
    return messages.filter(status__in=[OutboxMessage.FAILED, OutboxMessage.WAITING]).update(
        status=OutboxMessage.DISCARDED, coalesce=None, finished=timezone.now()
    )


def purge(batch: int = 1000) -> int:
    """Delete what was sent or discarded longer ago than the retention, in small batches."""
    before = timezone.now() - timedelta(days=settings.RESPONSE_INBOX_RETENTION_DAYS)
    old = OutboxMessage.objects.filter(
        status__in=[OutboxMessage.SENT, OutboxMessage.DISCARDED], finished__lt=before
    )
    deleted = 0
    while keys := list(old.values_list("pk", flat=True)[:batch]):
        deleted += OutboxMessage.objects.filter(pk__in=keys).delete()[0]
    return deleted
