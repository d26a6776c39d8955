"""Rows that stand for a piece of work: what the inbox and the outbox have in common."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.utils import timezone


class WorkQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Finds pieces of work by how far they are, and changes that for many at once.

    For models with the fields ``status``, ``attempts``, ``due`` and ``finished``, and with the
    stored values of a status as ``WAITING``, ``DONE``, ``FAILED`` and ``DISCARDED``.
    """

    #: Field by which old rows are recognised.
    age_field = "finished"

    @property
    def _statuses(self) -> Any:
        return self.model  # whose WAITING, DONE, FAILED and DISCARDED are the stored values

    def waiting(self) -> Self:
        """Those that are still to be done, now or later."""
        return self.filter(status=self._statuses.WAITING)

    def retry(self, **changes: Any) -> int:
        """Have failed or discarded ones done after all; return how many there are."""
        stopped = self.filter(status__in=[self._statuses.FAILED, self._statuses.DISCARDED])
        return stopped.update(
            status=self._statuses.WAITING, attempts=0, due=timezone.now(), finished=None, **changes
        )

    def discard(self, **changes: Any) -> int:
        """Give up those that wait or have failed; return how many there are."""
        stopped = self.filter(status__in=[self._statuses.WAITING, self._statuses.FAILED])
        return stopped.update(status=self._statuses.DISCARDED, finished=timezone.now(), **changes)

    def purge(self, days: float, batch: int = 1000) -> int:
        """Delete done and discarded ones that are older than ``days``, ``batch`` at a time.

        Failed ones stay until a person decides about them. Returns how many were deleted.
        """
        before = timezone.now() - timedelta(days=days)
        old = self.filter(
            status__in=[self._statuses.DONE, self._statuses.DISCARDED],
            **{f"{self.age_field}__lt": before},
        )
        deleted = 0
        while keys := list(old.values_list("pk", flat=True)[:batch]):
            deleted += self.model._default_manager.filter(pk__in=keys).delete()[0]
        return deleted
