"""Runs work in threads of this process."""

from __future__ import annotations

import after_response
from after_response.store import function_queue

from response.jobs.wake import expects_no_response
from response.worker import threads
from response.worker.runners.base import Runner


class AfterResponseRunner(Runner):
    """Works in threads of this process, once the request has been answered."""

    def wake(self) -> None:
        if expects_no_response():
            threads.start_workers()
        elif not any(entry[0] is start_workers for entry in list(function_queue)):
            # Connect once only: without a response (in a command or a shell), calls must not
            # pile up.
            start_workers.after_response()


@after_response.enable
def start_workers() -> None:
    """Start threads that work on the inbox and the outbox."""
    threads.start_workers()
