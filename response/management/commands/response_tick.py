"""``manage.py response_tick``: periodic work, such as reminders, once or every minute."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from response.worker import process, status, tick


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
            if trouble := status.unusable():
                raise CommandError(trouble)
            tick.minute()
            return
        with process.until_told_to_stop() as stop:
            process.run(stop, interval=options["interval"], poll=1)
