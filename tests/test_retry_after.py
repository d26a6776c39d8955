"""Retry-After, in both forms."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from response.retry_after import LONGEST, seconds


@pytest.mark.parametrize(
    ("value", "wait"),
    [("5", 5), (" 1.5 ", 1.5), ("0", 0), ("999999999", LONGEST), ("9" * 20, LONGEST),
     ("-1", None), ("", None),
     (None, None), ("inf", None), ("nan", None), ("9" * 5000, None), ("soon", None),
     ("Thu, 99 Nov 2026 05:00:00 GMT", None), ("Thu, 01 Jan 1970 00:00:00 GMT", 0)],
)  # fmt: skip
def test_values(value, wait):
    assert seconds(value) == wait


def test_a_date():
    assert 110 < (seconds(formatdate(time.time() + 120, usegmt=True)) or 0) <= 121
