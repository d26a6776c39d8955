"""``Retry-After``, in both of its forms."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: The longest wait that is understood, in seconds.
LONGEST = 86_400.0
_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", re.ASCII)
_MANY_SECONDS = re.compile(r"[0-9]{10,50}", re.ASCII)


def seconds(value: str | None) -> float | None:
    """Parse a ``Retry-After`` header into seconds from now.

    RFC 9110 allows a number of seconds and a date (``Thu, 26 Nov 2026 05:00:00 GMT``). None for
    a header that is missing or says neither; at most :data:`LONGEST`, at least 0.
    """
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), LONGEST)
    if _MANY_SECONDS.fullmatch(text):
        return LONGEST
    if not 8 <= len(text) <= 64:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:  # “-0000”, or the asctime form of old, which is GMT
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - datetime.now(UTC)).total_seconds(), 0.0), LONGEST)
