"""Threads that work on the two boxes until nothing is due."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from django.db import DatabaseError, InterfaceError, connection, connections
from django.utils import timezone

from response.jobs.models import OutboxMessage
from response.jobs.wake import without_response
from response.slack.inbound import inbox
from response.slack.models import InboxRequest
from response.worker import sending

logger = logging.getLogger(__name__)

#: How many threads of a process work on each of the two boxes at a time. More would only
#: wait for each other on SQLite, and keep requests waiting that are to be stored.
WORKERS, WORKERS_ON_SQLITE = 4, 3
#: Seconds: a worker that finds nothing due waits so long for what will be due soon.
PATIENCE = 2.0
#: Seconds: the last worker waits so long, since nobody else would look before the tick.
PATIENCE_OF_THE_LAST = 60.0
#: Seconds for which a worker stays that has nothing to do.
LINGER = 0.5


class Workers:
    """Some threads that repeat ``work`` until nothing is left.

    ``work`` returns how much it did, ``next_due`` in how many seconds more will be due (None
    if nothing will); it is given the time before the work began, so that what became due
    meanwhile is not overlooked. A start while all are busy is remembered: no worker goes home
    before it has looked again.

    ``most`` is how many threads there are at most, None for what suits the database. One that has
    nothing to do stays for ``linger`` seconds, with its connection, in case there is more.
    """

    def __init__(
        self, name: str, work: Callable[[], int], next_due: Callable[[datetime], float | None]
    ) -> None:
        self._name = name
        self._work = work
        self.next_due = next_due
        self.most: int | None = None
        self.linger = LINGER
        self._changed = threading.Condition()
        self._active = 0
        self._idle = 0
        self._called_back = 0
        self._calls = 0
        self._stopped = False

    @property
    def busy(self) -> bool:
        """Whether any thread is there."""
        return self._active > 0

    def start(self) -> None:
        """Have a thread look for work."""
        with self._changed:
            self._calls += 1
            if self._idle > self._called_back:
                self._called_back += 1
                self._changed.notify_all()
                return
            if self._stopped or self._active >= (self.most or _most_workers()):
                return
            self._active += 1
        threading.Thread(target=self._run, name=f"response-{self._name}").start()

    def stop(self) -> None:
        """Have the threads end when they are through with what they are at, and wait for them."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._active)
            self._stopped = False

    def _run(self) -> None:
        try:
            with without_response():
                while self._work_until_done():
                    pass
        finally:
            with self._changed:
                self._active -= 1
                self._changed.notify_all()
            connections.close_all()

    def _work_until_done(self) -> bool:
        """Work until nothing is due, and wait for more. False when it is time to go home."""
        while True:
            calls, began = self._calls, timezone.now()
            if self._stopped:
                return False
            if not self._work_safely():
                break
        wait = self._wait_for_more(began)
        if wait is not None and wait > max(self.linger, 1):
            connections.close_all()
        return self._wait(calls, wait)

    def _wait(self, calls: int, wait: float | None) -> bool:
        """Wait for a call, or until more is due. False if neither comes in time."""
        now = time.monotonic()
        leave = now + self.linger
        # After a second at the latest: it may have been done by others.
        look_again = now + min(max(wait or 0, 0.02), 1.0)
        with self._changed:
            if self._calls != calls:
                return True  # somebody called while we were looking
            self._idle += 1
            try:
                while not self._called_back:
                    patience = PATIENCE_OF_THE_LAST if self._active == 1 else PATIENCE
                    worth_waiting = wait is not None and wait <= patience
                    until = look_again if worth_waiting else leave
                    now = time.monotonic()
                    if now >= until:
                        return worth_waiting
                    if self._stopped or not threading.main_thread().is_alive():
                        return False
                    # In steps: a process whose main thread ends tells nobody, and waits for us.
                    self._changed.wait(min(until - now, 1.0))
                self._called_back -= 1
                return True
            finally:
                self._idle -= 1

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
    if InboxRequest.objects.free().exists():
        return 0.1  # it waits for the one before it in its channel
    return _seconds_until(InboxRequest.objects.next_due(after=began))


def _work_outbox() -> int:
    return sending.send_next()


def _outbox_next_due(began: datetime) -> float | None:
    return _seconds_until(OutboxMessage.objects.next_due(after=began))


def _seconds_until(moment: datetime | None) -> float | None:
    return (moment - timezone.now()).total_seconds() if moment else None


inbox_workers = Workers("inbox", _work_inbox, _inbox_next_due)
outbox_workers = Workers("outbox", _work_outbox, _outbox_next_due)


def start_workers() -> None:
    """Have both boxes looked through."""
    inbox_workers.start()
    outbox_workers.start()
