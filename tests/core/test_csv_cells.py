"""Cells that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.core.csv_cells import lines, safe_cell


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (True, "true"),
        (5, "5"),
        (-5, "'-5"),
        ("Down", "Down"),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1+1", "'＝1+1"),  # full-width
        ("\t=1", "'\t=1"),
        ("\r\n=1", "'\n=1"),
        ("\x00=1", "'=1"),
        ("\u200b=1", "'\u200b=1"),
        (datetime(2026, 3, 1, 14, 5, tzinfo=UTC), "2026-03-01T14:05:00+00:00"),
    ],
)
def test_cells(value, cell):
    assert safe_cell(value) == cell


@given(st.lists(st.text(), min_size=1))
def test_no_cell_begins_like_a_formula_and_all_come_back(texts):
    line = "".join(lines([texts]))
    [row] = csv.reader(io.StringIO(line, newline=""))
    assert len(row) == len(texts)
    for cell in row:
        assert not cell.startswith(("=", "+", "-", "@"))
        assert not cell or ord(cell[0]) >= 32
