"""Slack's times.

A ``ts`` is a string: seconds since the epoch, a dot, and digits that make it unique in its
channel. It is compared as text of equal length, never as a float.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.utils import timezone


def parse_ts(ts: Any) -> datetime:
    """Return the time of a ``ts``, or now if it is not one. Naive if ``USE_TZ`` is False."""
    try:
        seconds = Decimal(str(ts))
        moment = datetime.fromtimestamp(int(seconds), UTC).replace(
            microsecond=int(seconds % 1 * 1_000_000)
        )
    except (InvalidOperation, ValueError, OverflowError, OSError):
        return timezone.now()
    return moment if settings.USE_TZ else timezone.make_naive(moment, _zone())


def _zone() -> Any:
    return timezone.get_default_timezone()


def is_later(one: str, other: str) -> bool:
    """Return whether ``one`` is a later ``ts`` than ``other``."""
    try:
        return Decimal(one) > Decimal(other)
    except InvalidOperation:
        return one > other
