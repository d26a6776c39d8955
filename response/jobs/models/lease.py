"""Rows that one worker at a time works on."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.utils import timezone

#: Seconds for which a claim holds unless its worker renews it. A worker that was killed
#: loses its rows after so long; one that is alive renews well before (see ``claims.py``).
LEASE = 10


class LeaseQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Finds rows nobody works on, and takes them."""

    def unclaimed(self) -> Self:
        """Rows that are free, or whose worker has not been heard of for too long."""
        return self.filter(
            models.Q(claimed_until__isnull=True) | models.Q(claimed_until__lte=timezone.now())
        )

    def claimed(self) -> Self:
        """Rows on which a worker is busy, as far as we know."""
        return self.filter(claimed_until__gt=timezone.now())

    def claim(self, pk: int, token: str = "", **changes: Any) -> str | None:
        """Take the row ``pk`` if it is free and in this queryset, and make ``changes`` to it.

        Returns the token of the claim (``token``, or a new one), or None if another worker was
        faster. One update decides, in any database.
        """
        claim = self.new_claim(token)
        taken = self.unclaimed().filter(pk=pk).update(**claim, **changes)
        return str(claim["claim"]) if taken else None

    @staticmethod
    def new_claim(token: str = "") -> dict[str, Any]:
        """The fields of a fresh claim, for a row that is being made."""
        until = timezone.now() + timedelta(seconds=LEASE)
        return {"claim": token or new_token(), "claimed_until": until}


def new_token() -> str:
    """Return a token that no other worker has."""
    return uuid.uuid4().hex


class Leased(models.Model):
    """Something that one worker at a time works on, with a lease that runs out."""

    claim = models.CharField(max_length=32, blank=True, default="", db_default="")
    claimed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
