"""Renew the claims that this process holds on rows it is working on.

A claim lasts :data:`~response.jobs.models.work.LEASE` seconds, so that the rows of a killed
process are soon free again. One thread per process renews all of the process's claims.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from datetime import timedelta

from django.db import DatabaseError, InterfaceError, connections
from django.utils import timezone

from response.jobs.models.work import LEASE, Leased

logger = logging.getLogger(__name__)


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
