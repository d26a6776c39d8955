"""What a web process does by itself for handlers of the project's that only it may have."""

from __future__ import annotations

import logging
import threading
from typing import Any

from django.core.signals import request_started
from django.db import connections

from response.jobs.wake import without_response
from response.slack.features import known_handlers, reminders

logger = logging.getLogger(__name__)

#: Seconds between two looks.
EVERY = 60.0


class OwnHandlers:
    """A thread in a process that has reminders or headline buttons of the project's.

    Every minute it says so, and sends the reminders that no tick sends.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    def start(self) -> None:
        """Have the thread run, unless it does or has nothing to do."""
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
        """End the thread, and wait for that."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while known_handlers.has_some():
            try:
                with without_response():
                    reminders.send_own()
            except Exception:
                logger.exception("The project's own reminders failed; tried again in a minute")
            finally:
                connections.close_all()
            if self._stopped.wait(EVERY):
                return


own_handlers = OwnHandlers()


def connect() -> None:
    """Called once, when Django is ready: the first request starts the thread."""
    request_started.connect(_on_request, dispatch_uid="response.own_handlers")


def _on_request(sender: Any, **kwargs: Any) -> None:
    own_handlers.start()
