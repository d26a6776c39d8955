"""Work in threads of this process."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

import after_response
from after_response.store import function_queue
from django.db import DatabaseError, InterfaceError, connection, connections
from django.utils import timezone

from response.jobs.models import OutboxMessage
from response.jobs.wake import expects_no_response, without_response
from response.slack.inbound import inbox
from response.slack.models import InboxRequest
from response.worker import sending
from response.worker.runners.base import Runner

logger = logging.getLogger(__name__)

#: How many threads of a process work on each of the two boxes at a time. More would only
#: wait for each other on SQLite, and keep requests waiting that are to be stored.
WORKERS, WORKERS_ON_SQLITE = 8, 3
#: Seconds: a worker that finds nothing due waits so long for what will be due soon.
PATIENCE = 2.0
#: Seconds: the last worker waits so long, since nobody else would look before the tick.
PATIENCE_OF_THE_LAST = 60.0


class AfterResponseRunner(Runner):
    """Works in threads of this process, once the request has been answered."""

    def wake(self) -> None:
        if expects_no_response():
            inbox_workers.start()
            outbox_workers.start()
        elif not any(entry[0] is start_workers for entry in list(function_queue)):
            # Once is enough; and where no response ever comes (a command, a shell), calls
            # must not pile up.
            start_workers.after_response()


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
        with without_response():
            self._work_until_done()

    def _work_until_done(self) -> None:
        try:
            while True:
                calls, began = self._calls, timezone.now()
                if self._work_safely():
                    continue
                wait = self._wait_for_more(began)
                with self._lock:
                    if self._calls == calls and not self._worth_waiting(wait):
                        self._active -= 1
                        return
                self._sleep(wait or 0)
        except BaseException:
            with self._lock:
                self._active -= 1
            raise
        finally:
            connections.close_all()

    def _worth_waiting(self, wait: float | None) -> bool:
        patience = PATIENCE_OF_THE_LAST if self._active == 1 else PATIENCE
        return wait is not None and wait <= patience and threading.main_thread().is_alive()

    def _sleep(self, seconds: float) -> None:
        if seconds >= 1:
            connections.close_all()
        # Not longer than a second: a process that is told to stop waits for its threads.
        time.sleep(min(max(seconds, 0.02), 1.0))

    def _work_safely(self) -> int:
        try:
            return self._work()
        except (DatabaseError, InterfaceError):
            logger.warning(
                "The database is not to be had; the next tick tries again", exc_info=True
            )
            connections.close_all()
            return 0

    def _wait_for_more(self, began: datetime) -> float | None:
        try:
            return self.next_due(began)
        except (DatabaseError, InterfaceError):
            return None


def _most_workers() -> int:
    return WORKERS_ON_SQLITE if connection.vendor == "sqlite" else WORKERS


def _work_inbox() -> int:
    return inbox.work_on_next()


def _inbox_next_due(began: datetime) -> float | None:
    if InboxRequest.objects.free().exists():  # it waits for the one before it in its channel
        return 0.1
    return _seconds_until(InboxRequest.objects.next_due(after=began))


def _work_outbox() -> int:
    return sending.send_next()


def _outbox_next_due(began: datetime) -> float | None:
    return _seconds_until(OutboxMessage.objects.next_due(after=began))


def _seconds_until(moment: datetime | None) -> float | None:
    return (moment - timezone.now()).total_seconds() if moment else None


inbox_workers = Workers("inbox", _work_inbox, _inbox_next_due)
outbox_workers = Workers("outbox", _work_outbox, _outbox_next_due)


@after_response.enable
def start_workers() -> None:
    """Have both boxes looked through."""
    inbox_workers.start()
    outbox_workers.start()
