"""Queue jobs in the transaction of the change that they belong to.

Queueing writes a row in the caller's transaction; a worker runs the job after the commit. A
job is urgent, because a person is waiting for it, unless it was queued in :func:`low_priority`.
"""

from __future__ import annotations

import contextlib
import contextvars
import hashlib
import itertools
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models.functions import Least
from django.utils import timezone

from response.db import atomic, storable
from response.jobs.models import OutboxMessage, OutboxQueue
from response.jobs.wake import wake

logger = logging.getLogger(__name__)

#: The longest that the name of a queue, or a key, can be: what its column holds.
LONGEST_NAME = 255


@dataclass
class _Draft:
    queue: str
    method: str
    arguments: dict[str, Any]
    incident: int | None = None
    coalesce: str | None = None
    due: datetime = field(default_factory=timezone.now)
    urgent: bool = True

    def message(self, queue: int) -> OutboxMessage:
        """Return the row for it in the queue with this primary key."""
        return OutboxMessage(
            queue_id=queue,
            method=self.method,
            arguments=self.arguments,
            incident_id=self.incident,
            coalesce=self.coalesce,
            due=self.due,
            urgent=self.urgent,
        )


_drafts: contextvars.ContextVar[list[_Draft] | None] = contextvars.ContextVar(
    "response_outbox_drafts", default=None
)
_urgent: contextvars.ContextVar[bool] = contextvars.ContextVar("response_urgent", default=True)


# Queueing


def enqueue(
    method: str,
    *,
    queue: str,
    incident: int | None = None,
    coalesce: str | None = None,
    delay: float = 0,
    **arguments: Any,
) -> None:
    """Queue the job ``method`` with ``arguments`` (JSON values; None values are left out).

    Jobs of one ``queue`` (for messages, the channel's id) run in order, this one no earlier
    than in ``delay`` seconds. While a job with the same ``coalesce`` key is waiting, a second
    one is not queued. ``incident`` is the primary key of the incident that it is about.
    """
    draft = _Draft(
        queue=_fitting(queue),
        method=method,
        arguments=storable({k: v for k, v in arguments.items() if v is not None}),
        incident=incident,
        coalesce=coalesce if coalesce is None else _fitting(coalesce),
        due=timezone.now() + timedelta(seconds=delay),
        urgent=_urgent.get(),
    )
    drafts = _drafts.get()
    if drafts is None:
        with atomic():
            _write(draft)
            transaction.on_commit(wake)
    else:
        drafts.append(draft)


@contextlib.contextmanager
def low_priority() -> Iterator[None]:
    """Give the jobs queued in the block a low priority: other jobs go first."""
    token = _urgent.set(False)
    try:
        yield
    finally:
        _urgent.reset(token)


@contextlib.contextmanager
def collected() -> Iterator[None]:
    """Keep jobs queued in the block in memory until :func:`flush`, which the block must call.

    A handler that queues something and then takes a while therefore holds no database lock
    meanwhile.
    """
    token = _drafts.set([])
    try:
        yield
    finally:
        _drafts.reset(token)


def flush() -> None:
    """Write the jobs held by the surrounding :func:`collected`, in order."""
    drafts = _drafts.get()
    if drafts:
        keys = _keys_of_queues(draft.queue for draft in drafts)
        for merged, group in itertools.groupby(drafts, lambda draft: draft.coalesce is not None):
            if merged:
                for draft in group:
                    _write_once(draft.message(keys[draft.queue]))
            else:
                OutboxMessage.objects.bulk_create(
                    draft.message(keys[draft.queue]) for draft in group
                )
        transaction.on_commit(wake)
        drafts.clear()


def _fitting(name: str) -> str:
    """Return ``name`` cut to the size of its column: the beginning and a hash if it is too long.

    Queueing must not fail because of the length of an id or a key.
    """
    name = storable(name)
    if len(name) <= LONGEST_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()
    return f"{name[: LONGEST_NAME - len(digest) - 1]} {digest}"


def _write(draft: _Draft) -> None:
    message = draft.message(_keys_of_queues([draft.queue])[draft.queue])
    if draft.coalesce is None:
        message.save()
    else:
        _write_once(message)


def _keys_of_queues(names: Iterable[str]) -> dict[str, int]:
    """Return the primary keys of queues by name; missing queues are created."""
    wanted = set(names)
    queues = OutboxQueue.objects.filter(name__in=wanted).values_list("name", "pk")
    found = dict(queues)
    if missing := wanted - found.keys():
        new = [OutboxQueue(name=name) for name in sorted(missing)]
        OutboxQueue.objects.bulk_create(new, ignore_conflicts=True)
        found = dict(queues.all())
    return found


def _write_once(message: OutboxMessage) -> None:
    """Insert the message unless one with the same coalesce key is waiting; lock that one instead.

    The update locks the waiting row until our commit, so that a worker that is about to
    claim it sees our changes.
    """
    waiting = OutboxMessage.objects.filter(coalesce=message.coalesce)
    touch: dict[str, Any] = {"due": Least(models.F("due"), models.Value(message.due))}
    if message.urgent:
        touch["urgent"] = True
    while not waiting.update(**touch):
        OutboxMessage.objects.bulk_create([message], ignore_conflicts=True)
