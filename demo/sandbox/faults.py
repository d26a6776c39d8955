"""Failing on purpose, for people and for tests.

Sides: ``api`` (what the app calls; ``pattern`` is matched with the method's name) and
``delivery`` (what is posted to the app; ``pattern`` with the event's or interaction's type).

Kinds on the side of the API: ``latency`` (``seconds``), ``429`` (Retry-After ``seconds``),
``500``, ``drop`` (the connection is closed without an answer), ``error`` (``error`` names
it). With ``after_effect`` the call has its effect, and only the answer fails.
Kinds on the side of delivery: ``twice`` (the same again), ``twice_other_id`` (again under
another event id), ``delay`` (``seconds``).
"""

from __future__ import annotations

import fnmatch
import random

from django.db.models import F, Q

from demo.sandbox.models import Fault

API_KINDS = ("latency", "429", "500", "drop", "error")
DELIVERY_KINDS = ("twice", "twice_other_id", "delay")


def add(
    kind: str,
    pattern: str = "*",
    *,
    times: int | None = None,
    seconds: float = 0,
    error: str = "",
    probability: float = 1,
    after_effect: bool = False,
) -> Fault:
    """Fail ``times`` times (None: until :func:`clear`), with a probability. See above."""
    if kind not in API_KINDS + DELIVERY_KINDS:
        raise ValueError(f"{kind!r} is none of {', '.join(API_KINDS + DELIVERY_KINDS)}")
    return Fault.objects.create(
        side=Fault.API if kind in API_KINDS else Fault.DELIVERY,
        kind=kind,
        pattern=pattern,
        left=times,
        seconds=seconds,
        error=error,
        probability=probability,
        after_effect=after_effect,
    )


def clear() -> None:
    """End all faults: everything works again."""
    Fault.objects.all().delete()


def due(side: str, name: str) -> list[Fault]:
    """Return the faults that strike now; those with a count are counted down, exactly."""
    struck = []
    for fault in Fault.objects.filter(Q(left__gt=0) | Q(left__isnull=True), side=side):
        if not fnmatch.fnmatchcase(name, fault.pattern) or random.random() > fault.probability:
            continue
        if fault.left is not None:
            mine = Fault.objects.filter(pk=fault.pk, left__gt=0).update(left=F("left") - 1)
            if not mine:
                continue
        struck.append(fault)
    return struck
