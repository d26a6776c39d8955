"""Runs work in threads of this process, which end when nothing is due."""

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

#: The number of threads per process for each of the inbox and the outbox. On SQLite more of
#: them would only wait for each other and delay the storing of requests.
WORKERS, WORKERS_ON_SQLITE = 4, 3
#: How long a worker that finds nothing due waits for what is due soon, in seconds.
PATIENCE = 2.0
#: The same for the last worker, in seconds, since only the tick would look after it.
PATIENCE_OF_THE_LAST = 60.0
#: How long an idle worker stays, in seconds.
LINGER = 0.5


class Workers:
    """A group of threads that repeat ``work`` until nothing is left.

    ``work`` returns how much it did. ``next_due`` returns in how many seconds more work is due
    (None if there is none); it gets the time before the work began, so that what became due
    meanwhile is not overlooked. A start while all threads are busy is remembered: no thread
    ends before it has looked again.

    ``most`` is the maximum number of threads, None for what suits the database. An idle thread
    stays for ``linger`` seconds, with its connection, in case there is more to do.
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
        """Return whether any thread is running."""
        return self._active > 0

    def start(self) -> None:
        """Have a thread look for work; start one if needed."""
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
        """Stop the threads after their current piece of work, and wait for them to end."""
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
        """Work until nothing is due, then wait for more. Return False if the thread should end."""
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
        """Wait for a call or until more is due. Return False if neither happens in time."""
        now = time.monotonic()
        leave = now + self.linger
        # For a second at most: other processes may have done the work by then.
        look_again = now + min(max(wait or 0, 0.02), 1.0)
        with self._changed:
            if self._calls != calls:
                return True  # start() was called while we were looking
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
                    # In steps: a process whose main thread has ended waits for this thread
                    # without notifying it.
                    self._changed.wait(min(until - now, 1.0))
                self._called_back -= 1
                return True
            finally:
                self._idle -= 1

    def _work_safely(self) -> int:
        try:
            return self._work()
        except (DatabaseError, InterfaceError):
            logger.warning("The database is unavailable; the next tick tries again", exc_info=True)
            connections.close_all()
            return 0
        except Exception:
            logger.exception("A worker of the %s failed; the next tick tries again", self._name)
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
        return 0.1  # it waits for an earlier request of its channel
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
    """Start threads that work on the inbox and the outbox."""
    inbox_workers.start()
    outbox_workers.start()


class AfterResponseRunner(Runner):
    """Works in threads of this process, once the request has been answered."""

    def wake(self) -> None:
        if expects_no_response():
            start_workers()
        elif not any(entry[0] is start_workers for entry in list(function_queue)):
            # Connect once only: without a response (in a command or a shell), calls must not
            # pile up.
            start_workers.after_response()
