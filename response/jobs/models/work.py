"""The queryset that the inbox and the outbox share."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.utils import timezone


class WorkQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Finds pieces of work by status, and changes the status of many at once.

    For models with the fields ``status``, ``attempts``, ``due`` and ``finished``, and with the
    constants ``WAITING``, ``DONE``, ``FAILED`` and ``DISCARDED`` for the values of ``status``.
    """

    #: The field that tells how old a row is.
    age_field = "finished"

    @property
    def _statuses(self) -> Any:
        return self.model  # it has the constants WAITING, DONE, FAILED and DISCARDED

    def waiting(self) -> Self:
        """Return the rows that are still to be done, now or later."""
        return self.filter(status=self._statuses.WAITING)

    def retry(self, **changes: Any) -> int:
        """Put failed or discarded rows back in the queue; return their number."""
        stopped = self.filter(status__in=[self._statuses.FAILED, self._statuses.DISCARDED])
        return stopped.update(
            status=self._statuses.WAITING, attempts=0, due=timezone.now(), finished=None, **changes
        )

    def discard(self, **changes: Any) -> int:
        """Discard waiting or failed rows; return their number."""
        stopped = self.filter(status__in=[self._statuses.WAITING, self._statuses.FAILED])
        return stopped.update(status=self._statuses.DISCARDED, finished=timezone.now(), **changes)

    def purge(self, days: float, batch: int = 1000) -> int:
        """Delete done and discarded rows older than ``days`` days, ``batch`` at a time.

        Failed rows stay until a person retries or discards them. Returns the number deleted.
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
