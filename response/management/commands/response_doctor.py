"""``manage.py response_doctor``: does the real setup work, and what is to be done?"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from response.setup.doctor import examination
from response.setup.doctor.finding import FAIL, OK, WARN, Finding

MARKS = {OK: "✓", WARN: "!", FAIL: "✗"}


class Command(BaseCommand):
    """Examines the setup; the exit status says whether anything has to be fixed."""

    help = (
        "Examines the setup, step by step, and says what to do: Slack's token and scopes, the "
        "channels, the addresses, the database, the workers. Changes nothing in Slack, unless "
        "--post-test. Exit status 0: it works, 1: something does not."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the options."""
        parser.add_argument("--json", action="store_true", help="For programs.")
        parser.add_argument(
            "--post-test", action="store_true", help="Post a message in the incidents channel."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Examine, print, and end with the exit status."""
        found = examination.examine(post_test=options["post_test"])
        failed = examination.has_failed(found)
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {"ok": not failed, "findings": [f.as_dict() for f in found]},
                    indent=2,
                    ensure_ascii=False,
                )
            )
        else:
            for finding in found:
                self._print(finding)
            self._sum_up(found)
        if failed:
            sys.exit(1)

    def _print(self, finding: Finding) -> None:
        styles = {OK: self.style.SUCCESS, WARN: self.style.WARNING, FAIL: self.style.ERROR}
        self.stdout.write(f"{styles[finding.verdict](MARKS[finding.verdict])} {finding.what}")
        if finding.remedy:
            self.stdout.write(f"    → {finding.remedy}")

    def _sum_up(self, found: list[Finding]) -> None:
        number = sum(1 for finding in found if finding.verdict == FAIL)
        self.stdout.write("")
        if number:
            self.stdout.write(
                ngettext(
                    "%(number)d problem needs to be fixed.",
                    "%(number)d problems need to be fixed.",
                    number,
                )
                % {"number": number}
            )
        else:
            self.stdout.write(_("Everything works."))
