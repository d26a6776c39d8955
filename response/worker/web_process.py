"""Background work in web processes, for project handlers that only they may have imported."""

from __future__ import annotations

import logging
import threading
from typing import Any

from django.core.signals import request_started
from django.db import connections

from response.jobs.wake import without_response
from response.slack.decorators.registry import project_handler_added
from response.slack.features import known_handlers, reminders

logger = logging.getLogger(__name__)

#: Seconds between two checks.
EVERY = 60.0


class OwnHandlers:
    """A thread in a process that has reminders or headline buttons of the project.

    Every minute it announces these handlers and sends the reminders that no tick sends.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    def start(self) -> None:
        """Start the thread unless it is running or has nothing to do."""
        if self._thread is not None and self._thread.is_alive():
            return
        if not known_handlers.has_some():
            return
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._stopped.clear()
                self._thread = threading.Thread(
                    target=self._run, name="response-own-handlers", daemon=True
                )
                self._thread.start()

    def stop(self) -> None:
        """Stop the thread and wait for it to end."""
        with self._lock:  # a request may be starting it: what has not started cannot be waited for
            self._stopped.set()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while known_handlers.has_some():
            try:
                with without_response():
                    reminders.send_own()
            except Exception:
                logger.exception("The project's own reminders failed; trying again in a minute")
            finally:
                connections.close_all()
            if self._stopped.wait(EVERY):
                return


own_handlers = OwnHandlers()


def connect() -> None:
    """Start the thread at the first request, in a process with handlers of the project's own.

    Called once, when Django is ready. Handlers may be registered before and after that.
    """
    project_handler_added.connect(_start_with_request, dispatch_uid="response.own_handlers.added")
    _start_with_request(None)


def _start_with_request(sender: Any, **kwargs: Any) -> None:
    # Not at once: a server may yet fork, and no thread survives that.
    if known_handlers.has_some():
        request_started.connect(_on_request, dispatch_uid="response.own_handlers")


def _on_request(sender: Any, **kwargs: Any) -> None:
    own_handlers.start()
