"""The abstract model for rows that one worker at a time works on."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.utils import timezone

#: Seconds after which a claim expires unless its worker renews it. A killed worker loses its
#: rows after this time; a live one renews well before (see ``response/jobs/leases.py``).
LEASE = 10


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
