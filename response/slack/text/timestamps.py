"""Slack's times.

A ``ts`` is a string: seconds since the epoch, a dot, and digits that make it unique in its
channel. It is compared as text of equal length, never as a float.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

_TS = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,12}))?", re.ASCII)


def _read(ts: Any) -> tuple[int, str] | None:
    """Return the seconds and twelve digits of the fraction; None if it is not a ``ts``."""
    match = _TS.fullmatch(str(ts)) if isinstance(ts, str | int | float) else None
    return (int(match[1]), (match[2] or "").ljust(12, "0")) if match else None


def parse_ts(ts: Any) -> datetime:
    """Return the time of a ``ts``, or now if it is not one. Naive if ``USE_TZ`` is False."""
    read = _read(ts)
    try:
        if read is None:
            return timezone.now()
        moment = datetime.fromtimestamp(read[0], UTC).replace(microsecond=int(read[1][:6]))
    except (ValueError, OverflowError, OSError):
        return timezone.now()
    return moment if settings.USE_TZ else timezone.make_naive(moment, _zone())


def _zone() -> Any:
    return timezone.get_default_timezone()


def is_later(one: str, other: str) -> bool:
    """Return whether ``one`` is a later ``ts`` than ``other``; False if it is not a ``ts``."""
    first, second = _read(one), _read(other)
    return first is not None and (second is None or first > second)
