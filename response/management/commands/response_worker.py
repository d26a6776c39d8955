"""``manage.py response_worker``: a process that runs queued work until it is stopped."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand

from response.worker import process
from response.worker.runners import threads

#: Seconds for which a thread with nothing to do keeps its connection to the database.
LINGER = 30.0


class Command(BaseCommand):
    """Does the work, so that web processes only answer."""

    help = (
        "Does all the work until it is told to stop (SIGTERM or Ctrl-C): works on requests, sends "
        "messages, and every minute the regular work. Run as many of these as you like, and set "
        "RESPONSE_RUNNER to response.worker.runners.WorkerRunner for the web processes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define ``--threads``, ``--poll`` and ``--interval``."""
        parser.add_argument(
            "--threads",
            type=_at_least_one,
            default=4,
            metavar="NUMBER",
            help="Threads for requests, and as many for messages (4).",
        )
        parser.add_argument(
            "--poll",
            type=float,
            default=0.1,
            metavar="SECONDS",
            help="How often to look for waiting work (0.1).",
        )
        parser.add_argument(
            "--interval",
            type=float,
            default=60,
            metavar="SECONDS",
            help="How long between two ticks (60).",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until told to stop."""
        for workers in (threads.inbox_workers, threads.outbox_workers):
            workers.most, workers.linger = options["threads"], LINGER
        with process.until_told_to_stop() as stop:
            process.run(stop, interval=options["interval"], poll=options["poll"])


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text} is not a number of threads")
    return int(text)
