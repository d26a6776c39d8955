"""``manage.py seed_year``."""

from __future__ import annotations

import re
import time
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from demo.seeding.people import seed_people
from demo.seeding.year import AlreadyThere, seed_year
from response.models import Review

MOST = 5000


class Command(BaseCommand):
    """Fills the demo with a year of invented incidents."""

    help = "Fills the lists and charts of the demo with a year of invented incidents."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--seed``, ``--incidents``, ``--until``."""
        parser.add_argument(
            "--seed", default="1", help="Any text; the same one makes the same year (1)."
        )
        parser.add_argument(
            "--incidents", default="120", help=f"How many incidents, from 3 to {MOST} (120)."
        )
        parser.add_argument(
            "--until", default="", help="The last day of the year, like 2030-01-31 (today)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, or say why not."""
        count = _count(options["incidents"])
        until = _until(options["until"])
        began = time.monotonic()
        seed_people()
        try:
            made = seed_year(seed=options["seed"], count=count, until=until)
        except AlreadyThere as error:
            raise CommandError(str(error)) from None
        seconds = max(1, round(time.monotonic() - began))
        self.stdout.write(
            f"{made} invented incidents of the year before {until:%Y-%m-%d}. "
            f"Their reviews: {Review.objects.count()}. It took {seconds} s."
        )


def _count(given: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", given) or not 3 <= int(given) <= MOST:
        raise CommandError(f"--incidents is {given!r}. It must be a whole number from 3 to {MOST}.")
    return int(given)


def _until(given: str) -> datetime:
    now = timezone.now().replace(second=0, microsecond=0)
    if not given:
        return now
    try:
        day = datetime.strptime(given, "%Y-%m-%d")
    except ValueError:
        raise CommandError(f"--until is {given!r}. It must be a day like 2030-01-31.") from None
    end = day.replace(hour=17)
    return timezone.make_aware(end) if timezone.is_aware(now) else end
