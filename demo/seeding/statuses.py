"""A status of the demo's own, besides those that there are at first."""

from __future__ import annotations

from response.models import Status

WORKED_AROUND = "worked-around"


def seed_statuses() -> None:
    """Make the status, unless it is there."""
    Status.objects.get_or_create(
        key=WORKED_AROUND,
        defaults={
            "name": "worked around",
            "category": "closed",
            "emoji": "🩹",
            "rank": 55,
            "description": "Nothing is broken any more, but the cause is still there.",
        },
    )
