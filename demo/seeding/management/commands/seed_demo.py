"""``manage.py seed_demo``."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from demo.seeding.people import seed_people
from demo.seeding.roles import seed_roles


class Command(BaseCommand):
    """Makes what the sandbox begins with; what is there stays."""

    help = "Makes the sandbox's channels and people, two roles, and the account demo / demo."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the demo's data."""
        seed_people()
        seed_roles()
