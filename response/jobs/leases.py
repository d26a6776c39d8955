"""Keeping a claim while we work on it.

A claim lasts :data:`~response.jobs.models.lease.LEASE` seconds, so that what a killed
process held is free again soon. One thread per process renews the claims of those who are
still at work.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from datetime import timedelta

from django.db import DatabaseError, InterfaceError, connections
from django.utils import timezone

from response.jobs.models.lease import LEASE, Leased

logger = logging.getLogger(__name__)


class LostLease(Exception):
    """Another worker has taken over, because we were silent for too long."""


class _Renewer:
    """Renews all claims that this process holds, a few times per lease."""

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
                # It is tried again before the lease ends; if that fails too, another worker
                # takes over, and our own work is refused at its end.
                logger.warning("Could not renew %d claims", len(tokens), exc_info=True)
                connections.close_all()


_renewer = _Renewer()


@contextlib.contextmanager
def renewed(model: type[Leased], token: str) -> Iterator[None]:
    """Hold on to the claim ``token`` for as long as the block runs."""
    _renewer.add(model, token)
    try:
        yield
    finally:
        _renewer.remove(token)
