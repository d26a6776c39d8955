"""Cells of CSV files, as spreadsheets can open them without running anything.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-`` or ``@`` for a formula, and some
look behind a tab or a line break first (OWASP, "CSV Injection").
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from response.core.clean import without_controls

#: What makes a spreadsheet compute, also in the full-width form that some fold.
_FORMULA = ("=", "+", "-", "@")


def safe_cell(value: Any) -> str:
    """Return ``value`` as the text of a cell that no spreadsheet runs.

    ``None`` is an empty cell, a time is written with its offset. A text that begins with
    ``= + - @`` or with a character that cannot be seen gets an apostrophe before it, which
    spreadsheets take for "this is text". Numbers are written as they are, unless they are
    negative.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        aware = value if timezone.is_aware(value) else timezone.make_aware(value)
        return aware.isoformat(timespec="seconds")
    if isinstance(value, date | int | float | Decimal):
        text = str(value)
    else:
        text = without_controls(str(value))
    return f"'{text}" if _is_risky(text) else text


def lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Yield each of ``rows`` as a line of CSV, made of safe cells. For a streamed answer."""
    writer = csv.writer(_Echo())
    for row in rows:
        yield writer.writerow([safe_cell(value) for value in row])


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _is_risky(text: str) -> bool:
    if not text:
        return False
    first = unicodedata.normalize("NFKC", text[0])
    return first[:1] in _FORMULA or unicodedata.category(text[0])[0] in "CZ"
