"""Alerts that were reported as resolved before they were reported as firing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.db import models
from django.utils import timezone

from response.core.models.dedup import MAX_KEY

#: The number of rows written in one statement.
BATCH = 300


class ResolvedAlertManager(models.Manager["ResolvedAlert"]):
    """Notes and finds alerts by the key of their group and their identity."""

    def note(self, key: str, identities: Collection[str]) -> None:
        """Store that these alerts are over. Those that are stored already stay."""
        self.bulk_create(
            (ResolvedAlert(key=key, identity=identity) for identity in identities),
            batch_size=BATCH,
            ignore_conflicts=True,
        )

    def among(self, key: str, identities: Collection[str]) -> set[str]:
        """Return those of the identities that are stored with this key."""
        if not identities:
            return set()
        found = self.filter(key=key, identity__in=identities)
        return set(found.values_list("identity", flat=True))

    def purge(self, days: float) -> int:
        """Delete what was received more than ``days`` days ago; return the number of rows."""
        before = timezone.now() - timedelta(days=days)
        return self.filter(received__lt=before).delete()[0]


class ResolvedAlert(models.Model):
    """An alert that was told as resolved while no open incident had its group's key.

    Messages can overtake each other: one that says that such an alert is firing comes too late,
    and declares nothing. ``identity`` is as in :class:`~response.core.models.Alert`.
    """

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=MAX_KEY)
    identity = models.CharField(max_length=64)
    received = models.DateTimeField(default=timezone.now, db_index=True)

    objects = ResolvedAlertManager()

    class Meta:
        app_label = "response"
        constraints = [
            models.UniqueConstraint(fields=["key", "identity"], name="response_resolved_once")
        ]

    def __str__(self) -> str:
        return f"{self.identity[:12]} (resolved)"
