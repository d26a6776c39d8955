"""Spans of time in words."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def short(span: timedelta) -> str:
    """Return ``span`` in its two largest units, as short as can be: “14 d 22 h”; never negative."""
    seconds = max(int(span.total_seconds()), 0)
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes = rest // 60
    parts = [
        (days, _("%d d")),
        (hours, _("%d h")),
        (minutes, _("%d min")),
    ]
    first = next((i for i, (amount, _words) in enumerate(parts) if amount), None)
    if first is None:
        return _("under 1 min")
    return " ".join(words % amount for amount, words in parts[first : first + 2] if amount)


def in_words(span: timedelta) -> str:
    """Return ``span`` in its two largest units, for instance “2 days 3 hours”; never negative."""
    seconds = max(int(span.total_seconds()), 0)
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, seconds = divmod(rest, 60)
    parts = [
        (days, ngettext("%d day", "%d days", days)),
        (hours, ngettext("%d hour", "%d hours", hours)),
        (minutes, ngettext("%d minute", "%d minutes", minutes)),
        (seconds, ngettext("%d second", "%d seconds", seconds)),
    ]
    first = next((i for i, (amount, _words) in enumerate(parts) if amount), None)
    if first is None:
        return _("less than a second")
    return " ".join(words % amount for amount, words in parts[first : first + 2] if amount)
