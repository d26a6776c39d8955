"""A process that runs queued and periodic work until it is stopped."""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
import time
from collections.abc import Iterator

from django.db import DatabaseError, InterfaceError, connections

from response.jobs.models import OutboxQueue
from response.slack.models import InboxRequest
from response.worker import tick
from response.worker.runners import threads

logger = logging.getLogger(__name__)


@contextlib.contextmanager
def until_told_to_stop() -> Iterator[threading.Event]:
    """Yield an event that SIGTERM and SIGINT (Ctrl-C) set."""
    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run(stop: threading.Event, *, interval: float, poll: float) -> None:
    """Work until ``stop`` is set, then finish the work that has begun.

    The tick runs every ``interval`` seconds in a thread of its own, and the database is
    checked for due work every ``poll`` seconds.
    """
    ticking = threading.Thread(target=_tick, args=(stop, interval), name="response-tick")
    ticking.start()
    try:
        while not stop.wait(poll):
            _wake_workers()
    finally:
        stop.set()
        finish_work()
        ticking.join()
        connections.close_all()


def finish_work() -> None:
    """Let the worker threads finish their current work; other processes do the rest."""
    threads.inbox_workers.stop()
    threads.outbox_workers.stop()


def _wake_workers() -> None:
    try:
        if InboxRequest.objects.free().exists():
            threads.inbox_workers.start()
        if OutboxQueue.objects.due().exists():
            threads.outbox_workers.start()
    except (DatabaseError, InterfaceError):
        logger.warning("The database is unavailable; trying again in a second", exc_info=True)
        connections.close_all()
        time.sleep(1)


def _tick(stop: threading.Event, interval: float) -> None:
    while not stop.is_set():
        began = time.monotonic()
        tick.minute(alone=False)
        connections.close_all()
        stop.wait(max(began + interval - time.monotonic(), 0))
