"""Connect the signal receivers that run with ``migrate``."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_migrate, pre_migrate

from response.upgrade import published, sqlite_counters


def connect(app: Any) -> None:
    """Refuse older databases, and preserve SQLite's counters, at each ``migrate``.

    ``app`` is Response's ``AppConfig``: Django sends the signals once for each app.
    """
    for signal, receiver in (
        (pre_migrate, published.refuse_older_release),
        (pre_migrate, sqlite_counters.note),
        (post_migrate, sqlite_counters.restore),
    ):
        signal.connect(receiver, sender=app, dispatch_uid=f"response.upgrade.{receiver.__name__}")
