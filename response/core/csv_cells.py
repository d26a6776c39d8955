"""Cells of CSV files that spreadsheets do not take for formulas."""

from __future__ import annotations

import unicodedata
from typing import Any

#: Spreadsheets read a cell that begins with one of these as a formula (OWASP, “CSV injection”).
_FORMULA = frozenset("=+-@＝＋－＠")


def safe_cell(value: Any) -> str:
    """Return ``value`` as the text of a cell that no spreadsheet runs.

    None is an empty cell. A text that begins with ``=``, ``+``, ``-`` or ``@`` (also in their
    full-width forms), with or without white space before it, or with a control character, gets
    an apostrophe in front. NUL characters are dropped: readers of CSV stop at them.
    """
    text = "" if value is None else str(value).replace("\x00", "")
    if not text:
        return ""
    begins = text.lstrip()[:1]
    if begins in _FORMULA or unicodedata.category(text[0]) in ("Cc", "Cf"):
        return f"'{text}"
    return text
