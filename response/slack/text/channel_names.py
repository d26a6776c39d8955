"""Names of channels. Pure.

Slack takes lowercase letters, digits, ``-`` and ``_``, 80 at most.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from response.slack.text.limits import CHANNEL_NAME


def slug(text: str) -> str:
    """Return the part of ``text`` that a channel's name can hold, possibly nothing."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    plain = plain.lower().replace("'", "")
    return re.sub(r"[^a-z0-9_]+", "-", plain).strip("-_")


def for_incident(scheme: str, pk: int, title: str, day: date) -> str:
    """Return a name by a scheme like ``inc-{id}-{slug}``; ``{date}`` is the day of declaration.

    Cut at a word if it is too long. Raises ``KeyError``, ``IndexError`` or ``ValueError`` for
    a scheme that cannot be filled in.
    """
    without = slug(scheme.format(id=pk, slug="", date=day.isoformat()))
    room = CHANNEL_NAME - 4 - len(without)
    words = slug(title)
    if len(words) > min(room, 40):
        words = words[: min(room, 40)]
        words = words.rsplit("-", 1)[0] if "-" in words else words
    return slug(scheme.format(id=pk, slug=words, date=day.isoformat()))[: CHANNEL_NAME - 4]


def with_suffix(name: str, number: int) -> str:
    """Return ``name`` for the ``number``-th try: unchanged the first time, then with ``-2`` …"""
    return name if number <= 1 else f"{name[: CHANNEL_NAME - 4]}-{number}"
