"""Names of channels. Pure.

Slack takes lowercase letters, digits, ``-`` and ``_``, 80 at most.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from response.slack.text.limits import CHANNEL_NAME


def slug(text: str) -> str:
    """``text`` as far as it can stand in a channel's name; empty if nothing of it can."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    plain = plain.lower().replace("'", "")
    return re.sub(r"[^a-z0-9_]+", "-", plain).strip("-_")


def for_incident(scheme: str, pk: int, title: str, day: date) -> str:
    """The name by a scheme like ``inc-{id}-{slug}``; ``{date}`` is the day it was declared.

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
    """``name`` as it is tried the ``number``-th time: the first time as it is, then ``-2``."""
    return name if number <= 1 else f"{name[: CHANNEL_NAME - 4]}-{number}"
