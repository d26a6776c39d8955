"""What every runner is."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from django.db import connections

logger = logging.getLogger(__name__)


class Runner:
    """Something that has the due work done, soon and elsewhere."""

    def wake(self) -> None:
        """Called after the commit that made work. Must return at once."""
        raise NotImplementedError


class TickRunner(Runner):
    """Leaves everything to the tick: run ``response_tick --forever`` beside it."""

    def wake(self) -> None:
        """Does nothing."""


class WorkerRunner(Runner):
    """Leaves everything to the processes of ``response_worker``, which look for work themselves."""

    def wake(self) -> None:
        """Does nothing."""


class InBackground:
    """Runs ``publish`` in a thread, once for all calls that come while it is busy.

    A broker that cannot be reached may take seconds to say so, and Slack's request must not
    wait for that. Many wake-up calls within a moment are one.
    """

    def __init__(self, publish: Callable[[], object], name: str) -> None:
        self._publish = publish
        self._name = name
        self._lock = threading.Lock()
        self._calls = 0
        self._running = False

    def __call__(self) -> None:
        """Have it run, after this call and soon."""
        with self._lock:
            self._calls += 1
            if self._running:
                return
            self._running = True
        try:
            threading.Thread(target=self._run, name=self._name).start()
        except RuntimeError:  # no more threads: the next call, or the tick
            self._running = False
            raise

    def _run(self) -> None:
        while True:
            calls = self._calls
            try:
                self._publish()
            except Exception as error:
                logger.warning(
                    "%s could not publish a wake-up call; the next tick does the work: %s",
                    self._name,
                    error,
                )
            finally:
                connections.close_all()
            with self._lock:
                if self._calls == calls:
                    self._running = False
                    return
