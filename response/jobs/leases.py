"""Leases: the claim of the one worker that is on a row, taken with an UPDATE and renewed.

A claim lasts :data:`LEASE` seconds, so that the rows of a killed process are soon free again.
One thread per process renews all of the claims that it holds.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Self

from django.db import DatabaseError, InterfaceError, connections, models
from django.utils import timezone

logger = logging.getLogger(__name__)

#: Seconds after which a claim expires unless its worker renews it. A killed worker loses its
#: rows after this time; a live one renews well before.
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


class LostLease(Exception):
    """The claim was not renewed in time and another worker has taken over."""


class _Renewer:
    """Renews all claims of this process, a few times per lease."""

    def __init__(self) -> None:
        self._held: dict[str, type[Leased]] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def add(self, model: type[Leased], token: str) -> None:
        with self._changed:
            self._held[token] = model
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._run, name="response-claims", daemon=True
                )
                self._thread.start()

    def remove(self, token: str) -> None:
        with self._changed:
            self._held.pop(token, None)
            self._changed.notify()

    def _run(self) -> None:
        try:
            while True:
                with self._changed:
                    if not self._changed.wait_for(lambda: not self._held, timeout=LEASE / 4):
                        held = dict(self._held)
                    elif not self._changed.wait_for(lambda: bool(self._held), timeout=LEASE / 4):
                        self._thread = None
                        return
                    else:
                        continue
                self._renew(held)
        finally:
            connections.close_all()

    def _renew(self, held: dict[str, type[Leased]]) -> None:
        until = timezone.now() + timedelta(seconds=LEASE)
        for model in set(held.values()):
            tokens = [token for token, of in held.items() if of is model]
            try:
                model._default_manager.filter(claim__in=tokens).update(claimed_until=until)
            except (DatabaseError, InterfaceError):
                # There is another attempt before the lease ends. If that fails too, another
                # worker takes over and the result of our own work is rejected.
                logger.warning("Could not renew %d claims", len(tokens), exc_info=True)
                connections.close_all()


_renewer = _Renewer()


@contextlib.contextmanager
def renewed(model: type[Leased], token: str) -> Iterator[None]:
    """Keep the claim ``token`` renewed while the block runs."""
    _renewer.add(model, token)
    try:
        yield
    finally:
        _renewer.remove(token)
