"""Cells of CSV files."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.core.csv_cells import safe_cell


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        ("", ""),
        ("plain", "plain"),
        (12, "12"),
        (-5, "'-5"),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("@sum", "'@sum"),
        ("  =1", "'  =1"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("＝1", "'＝1"),
        ("\x00=1", "'=1"),
        ("a=1", "a=1"),
    ],
)
def test_a_cell(value, cell):
    assert safe_cell(value) == cell


@given(st.text(max_size=30))
def test_no_cell_begins_with_what_a_spreadsheet_runs(text):
    cell = safe_cell(text)
    assert cell[:1] not in {*"=+-@", *map(chr, range(1, 32)), "\x7f"}
    assert cell.removeprefix("'") in (text.replace("\x00", ""), text.replace("\x00", "")[1:])
    written = io.StringIO(newline="")
    csv.writer(written).writerow([cell, "end"])
    [read] = csv.reader(io.StringIO(written.getvalue(), newline=""))
    assert read == [cell, "end"]
