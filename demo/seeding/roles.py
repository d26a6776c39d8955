"""The roles besides the lead with which the demo begins."""

from __future__ import annotations

from response.models import Role

ROLES = (
    {
        "key": "comms",
        "name": "Comms",
        "aliases": ["communications"],
        "rank": 10,
        "description": "Tells everyone outside the channel what is going on, and nothing else.",
    },
    {
        "key": "scribe",
        "name": "Scribe",
        "aliases": ["notes"],
        "rank": 20,
        "description": "Pins what matters and keeps the summary current, so that others need not.",
    },
)


def seed_roles() -> None:
    """Make the roles, unless there are any."""
    if not Role.objects.exists():
        for role in ROLES:
            Role.objects.create(**role)
