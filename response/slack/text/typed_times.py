"""Times as people type them behind a command. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

#: The longest text that is read as a time, in characters.
LONGEST = 60

_NOW = frozenset({"", "now", "just now", "right now"})
_SPAN = re.compile(
    r"(?:(\d{1,3}) ?(?:d|days?) ?)?(?:(\d{1,3}) ?(?:h|hrs?|hours?) ?)?"
    r"(?:(\d{1,4}) ?(?:m|mins?|minutes?))?",
    re.ASCII,
)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?: ?(am|pm))?", re.ASCII)
_DAY_AND_CLOCK = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})[ t]+(\d{1,2}):(\d{2})(?::(\d{2}))? ?(z|utc|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)


def read(text: str, now: datetime) -> datetime | None:
    """Parse a time as people type it, in the zone of ``now``; None if ``text`` is not one.

    Understood are nothing or ``now``, ``20 minutes ago`` or ``1h30m``, ``14:05`` (today, or
    yesterday if that is still to come), ``yesterday 14:05``, and ``2026-03-01 14:05``, with an
    offset or ``UTC`` behind it if wanted. The answer is naive if ``now`` is.
    """
    words = " ".join(text[: LONGEST + 1].casefold().split()).strip(" .!,")
    words = words.removeprefix("at ").removeprefix("since ")
    if len(text.strip()) > LONGEST:
        return None
    if words in _NOW:
        return now
    for reader in (_ago, _clock, _full):
        found = reader(words, now)
        if found is not None:
            return found
    return None


def _ago(words: str, now: datetime) -> datetime | None:
    match = _SPAN.fullmatch(words.removesuffix(" ago"))
    if match is None or not any(match.groups()):
        return None
    days, hours, minutes = (int(part or 0) for part in match.groups())
    return now - timedelta(days=days, hours=hours, minutes=minutes)


def _clock(words: str, now: datetime) -> datetime | None:
    yesterday = words.startswith("yesterday ")
    match = _CLOCK.fullmatch(words.removeprefix("yesterday ").removeprefix("at "))
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2])
    if match[3]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match[3] == "pm" else 0)
    if hour > 23 or minute > 59:
        return None
    moment = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return moment - timedelta(days=1) if yesterday or moment > now else moment


def _full(words: str, now: datetime) -> datetime | None:
    match = _DAY_AND_CLOCK.fullmatch(words)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    offset = match[7]
    written = f"{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"
    try:
        if offset is None:
            return datetime.fromisoformat(written).replace(tzinfo=now.tzinfo)
        moment = datetime.fromisoformat(f"{written}{_offset(offset)}")
        # Without a zone it is the process's own, which Django sets to the site's.
        local = moment.astimezone(now.tzinfo)
        return local if now.tzinfo else local.replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def _offset(written: str) -> str:
    return "+00:00" if written in ("z", "utc") else written
