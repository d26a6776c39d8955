"""The base class of runners, and those that start nothing themselves."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from django.db import connections

logger = logging.getLogger(__name__)


class Runner:
    """Starts due work soon, outside the calling thread."""

    def wake(self) -> None:
        """Start the due work. Called after the commit that created it; must return at once."""
        raise NotImplementedError


class TickRunner(Runner):
    """Leaves all work to the tick: run ``response_tick --forever`` as well."""

    def wake(self) -> None:
        """Do nothing."""


class WorkerRunner(Runner):
    """Leaves all work to the ``response_worker`` processes, which poll for it."""

    def wake(self) -> None:
        """Do nothing."""


class InBackground:
    """Runs ``publish`` in a thread, once for all calls that arrive while it is running.

    An unreachable broker may take seconds to fail, and a request from Slack must not wait for
    that. Wake-up calls in quick succession are merged into one.
    """

    def __init__(self, publish: Callable[[], object], name: str) -> None:
        self._publish = publish
        self._name = name
        self._lock = threading.Lock()
        self._calls = 0
        self._running = False

    def __call__(self) -> None:
        """Run ``publish`` in a thread soon."""
        with self._lock:
            self._calls += 1
            if self._running:
                return
            self._running = True
        try:
            threading.Thread(target=self._run, name=self._name).start()
        except RuntimeError:  # no more threads: the next call or the tick does it
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
