"""``manage.py response_tick``."""

from __future__ import annotations

import signal
import threading
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections

from response.worker import runners, tick


class Command(BaseCommand):
    """Sends reminders, finishes what was left, cleans up."""

    help = (
        "Does the regular work: sends reminders, takes up what a killed process left, sends "
        "what waits, cleans up. Run it every minute from cron, or once with --forever."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--forever`` and ``--interval``."""
        parser.add_argument(
            "--forever",
            action="store_true",
            help="Go on until stopped (SIGTERM or Ctrl-C), looking for waiting work each second.",
        )
        parser.add_argument(
            "--interval",
            type=float,
            default=60,
            metavar="SECONDS",
            help="With --forever: how long between two ticks (60).",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run once, or until told to stop."""
        if not options["forever"]:
            tick.minute()
            return
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        self._forever(stop, options["interval"])

    def _forever(self, stop: threading.Event, interval: float) -> None:
        next_tick = time.monotonic()
        while not stop.is_set():
            if time.monotonic() >= next_tick:
                next_tick = time.monotonic() + interval
                tick.minute(alone=False)
                connections.close_all()
            # Threads that look through both boxes, and do not hold each other up.
            runners.start_workers()
            stop.wait(1)
