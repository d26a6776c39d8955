"""``manage.py response_status``: waiting and failed work, and what is wrong."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from response.worker import status

EXIT_CODES = {status.OK: 0, status.DEGRADED: 1, status.DOWN: 2}


class Command(BaseCommand):
    """Prints the status of the installation; the exit code says whether there are problems."""

    help = (
        "Says what waits, since when, and what is wrong. Exit code 0: all is well, 1: something "
        "needs attention, 2: the database cannot be reached."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--json``."""
        parser.add_argument("--json", action="store_true", help=_("Print JSON, for programs."))
        parser.add_argument(
            "--reachable",
            action="store_true",
            help="Exit code 0 unless the database cannot be reached: for container health checks.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print, and end with the exit code."""
        found = status.gather()
        if options["json"]:
            self.stdout.write(json.dumps(found.as_dict(), indent=2))
        else:
            self._print(found)
        code = EXIT_CODES[found.verdict]
        if code and not (options["reachable"] and found.verdict != status.DOWN):
            sys.exit(code)

    def _print(self, found: status.Status) -> None:
        style = self.style.SUCCESS if found.verdict == status.OK else self.style.ERROR
        self.stdout.write(style(found.verdict))
        for problem in found.problems:
            self.stdout.write(f"  {problem}")
        if found.verdict == status.DOWN:
            return
        for label, value in (
            (_("Requests waiting"), _box(found.inbox)),
            (_("Requests failed for good"), found.inbox.failed),
            (_("Messages waiting"), _box(found.outbox)),
            (_("Held up by configuration"), found.outbox.blocked),
            (_("Messages given up, last day"), found.outbox.failed),
            (_("Paused queues"), found.paused_queues),
            (_("Last tick"), _ago(found.last_tick)),
            (_("Last daily work"), _ago(found.last_daily)),
        ):
            self.stdout.write(f"{label + ':':<30}{value}")


def _box(box: status.Box) -> str:
    if not box.oldest:
        return f"{box.waiting}"
    values = {"number": box.waiting, "seconds": f"{box.oldest:.0f}"}
    return _("%(number)d, the oldest for %(seconds)s s") % values


def _ago(seconds: float | None) -> str:
    if seconds is None:
        return _("never")
    return _("%(seconds)s s ago") % {"seconds": f"{seconds:.0f}"}
