"""What wakes the work that is waiting in the inbox and the outbox.

A runner only wakes: the rows in the database are the truth, and a wake-up call that gets
lost costs time, never work, since the tick looks as well. ``RESPONSE_RUNNER`` names the
class to use; one has to implement :meth:`Runner.wake` and nothing else.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import after_response
from django.db import DatabaseError, connection, connections
from django.utils import timezone
from django.utils.module_loading import import_string

from response.conf import settings

logger = logging.getLogger(__name__)

#: How many threads of a process work on each of the two boxes at a time. More would only
#: wait for each other on SQLite, and keep requests waiting that are to be stored.
WORKERS, WORKERS_ON_SQLITE = 8, 3
#: Seconds: a worker that finds nothing due waits so long for what will be due soon.
PATIENCE = 2.0


class Runner:
    """Something that has the due work done, soon and elsewhere."""

    def wake(self) -> None:
        """Called after the commit that made work. Must return at once and never raise."""
        raise NotImplementedError


class AfterResponseRunner(Runner):
    """Works in threads of this process, once the request has been answered."""

    def wake(self) -> None:
        if _in_worker():
            inbox_workers.start()
            outbox_workers.start()
        else:
            start_workers.after_response()


class TickRunner(Runner):
    """Leaves everything to the tick: run ``response_tick --forever`` beside it."""

    def wake(self) -> None:
        """Does nothing."""


def wake() -> None:
    """Wake whoever ``RESPONSE_RUNNER`` names."""
    runner: Runner = import_string(settings.RESPONSE_RUNNER)()
    try:
        runner.wake()
    except Exception:
        logger.exception("Waking %s failed; the next tick does the work", settings.RESPONSE_RUNNER)


class Workers:
    """Some threads that repeat ``work`` until nothing is left.

    ``work`` returns how much it did, ``next_due`` in how many seconds more will be due (None
    if nothing will); it is given the time before the work began, so that what became due
    meanwhile is not overlooked. A start while all are busy is remembered: no worker goes home
    before it has looked again.
    """

    def __init__(
        self, name: str, work: Callable[[], int], next_due: Callable[[datetime], float | None]
    ) -> None:
        self._name = name
        self._work = work
        self.next_due = next_due
        self._lock = threading.Lock()
        self._active = 0
        self._calls = 0

    @property
    def busy(self) -> bool:
        """Whether any thread is at work."""
        return self._active > 0

    def start(self) -> None:
        """Have a thread look for work."""
        with self._lock:
            self._calls += 1
            if self._active >= _most_workers():
                return
            self._active += 1
        threading.Thread(target=self._run, name=f"response-{self._name}").start()

    def _run(self) -> None:
        with as_worker():
            self._work_until_done()

    def _work_until_done(self) -> None:
        try:
            while True:
                calls, began = self._calls, timezone.now()
                if self._work_safely():
                    continue
                wait = self._wait_for_more(began)
                if wait is not None:
                    time.sleep(wait)
                    continue
                with self._lock:
                    if self._calls == calls:
                        self._active -= 1
                        return
        except BaseException:
            with self._lock:
                self._active -= 1
            raise
        finally:
            connections.close_all()

    def _work_safely(self) -> int:
        try:
            return self._work()
        except DatabaseError:
            logger.warning(
                "The database is not to be had; the next tick tries again", exc_info=True
            )
            connections.close_all()
            return 0

    def _wait_for_more(self, began: datetime) -> float | None:
        try:
            wait = self.next_due(began)
        except DatabaseError:
            return None
        return max(wait, 0.02) if wait is not None and wait <= PATIENCE else None


def _most_workers() -> int:
    return WORKERS_ON_SQLITE if connection.vendor == "sqlite" else WORKERS


_worker = threading.local()


@contextlib.contextmanager
def as_worker() -> Iterator[None]:
    """Wake-up calls of this thread are answered at once: no response is to be waited for."""
    before = _in_worker()
    _worker.active = True
    try:
        yield
    finally:
        _worker.active = before


def _in_worker() -> bool:
    return getattr(_worker, "active", False)


def _work_inbox() -> int:
    from response.slack import inbox

    return inbox.work_on_next()


def _inbox_next_due(began: datetime) -> float | None:
    from response.slack.models import InboxRequest

    # A retry is never due so soon, but what waits for the one before it in its channel is.
    return 0.1 if InboxRequest.objects.held_back().exists() else None


def _work_outbox() -> int:
    from response.slack import outbox

    return outbox.send_all_due()


def _outbox_next_due(began: datetime) -> float | None:
    from response.slack.models import OutboxMessage, OutboxQueue

    now = timezone.now()
    soon = now + timedelta(seconds=PATIENCE)
    waiting = OutboxMessage.objects.filter(status=OutboxMessage.WAITING)
    times = [
        waiting.filter(due__gt=began, due__lte=soon).order_by("due").values_list("due").first(),
        OutboxQueue.objects.filter(paused_until__gt=began, paused_until__lte=soon)
        .order_by("paused_until")
        .values_list("paused_until")
        .first(),
    ]
    return min(((t[0] - now).total_seconds() for t in times if t and t[0]), default=None)


inbox_workers = Workers("inbox", _work_inbox, _inbox_next_due)
outbox_workers = Workers("outbox", _work_outbox, _outbox_next_due)


@after_response.enable
def start_workers() -> None:
    """Have both boxes looked through."""
    inbox_workers.start()
    outbox_workers.start()
