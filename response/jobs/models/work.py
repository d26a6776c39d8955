"""What rows of work have in common: a status, and a lease for the one worker that is on them."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.utils import timezone

#: Seconds after which a claim expires unless its worker renews it. A killed worker loses its
#: rows after this time; a live one renews well before (see ``response/jobs/leases.py``).
LEASE = 10
#: The fields of a row that no worker has, for an update.
UNCLAIMED: dict[str, Any] = {"claim": "", "claimed_until": None}


class LeaseQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Finds free rows and claims them."""

    def unclaimed(self) -> Self:
        """Return the rows that are free or whose claim has expired."""
        return self.filter(
            models.Q(claimed_until__isnull=True) | models.Q(claimed_until__lte=timezone.now())
        )

    def claimed(self) -> Self:
        """Return the rows with a claim that has not expired."""
        return self.filter(claimed_until__gt=timezone.now())

    def claim(self, pk: int, token: str = "", **changes: Any) -> str | None:
        """Claim the row ``pk`` if it is free and in this queryset, and apply ``changes`` to it.

        Returns the token of the claim (``token``, or a new one), or None if another worker was
        faster. A single UPDATE decides, on every database.
        """
        claim = self.new_claim(token)
        taken = self.unclaimed().filter(pk=pk).update(**claim, **changes)
        return str(claim["claim"]) if taken else None

    @staticmethod
    def new_claim(token: str = "") -> dict[str, Any]:
        """Return the fields of a new claim, for a row that is being created."""
        until = timezone.now() + timedelta(seconds=LEASE)
        return {"claim": token or new_token(), "claimed_until": until}


def new_token() -> str:
    """Return a new unique token."""
    return uuid.uuid4().hex


class Leased(models.Model):
    """A row that one worker at a time works on, under a lease that expires."""

    claim = models.CharField(max_length=32, blank=True, default="", db_default="")
    claimed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


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
