"""JSON from outside is within bounds and can be stored, however it was written."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.core import clean
from response.core.clean import MAX_INTEGER, MAX_NESTING, load_json
from response.db import storable

TEXTS = st.text(st.characters() | st.sampled_from("\x00\ud800\udfff{}[]\\u0e9"), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=20,
)


REFUSED = r"too (deeply|large)|not JSON"


def looked_through(text: str) -> Any:
    """What is left of JSON if every value is looked at."""
    value = json.loads(text)
    look_at(value, MAX_NESTING)
    return storable(value)


def look_at(value: Any, levels: int) -> None:
    """Raise ``ValueError`` for what is nested too deeply in ``value``, or a number too large."""
    if isinstance(value, dict | list):
        if not levels:
            raise ValueError
        for inner in value.values() if isinstance(value, dict) else value:
            look_at(inner, levels - 1)
    elif (isinstance(value, int) and abs(value) > MAX_INTEGER) or (
        isinstance(value, float) and math.isinf(value)
    ):
        raise ValueError


@given(VALUES, st.booleans())
def test_bytes_are_read_as_if_every_value_were_looked_at(value: Any, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    body = text.encode("utf-8", "surrogatepass")
    try:
        expected = looked_through(text)
    except ValueError:
        with pytest.raises(ValueError, match=REFUSED):
            load_json(body)
    else:
        assert load_json(body) == expected


@pytest.mark.parametrize(
    "text",
    [
        str(MAX_INTEGER + 1),
        str(-MAX_INTEGER - 1),
        "1e309",
        "1E+309",
        "-0.1e310",
        "9" * 400,
        "9" * 400 + ".0",
        "0." + "0" * 5 + "1e400",
        "[" * (MAX_NESTING + 1) + "]" * (MAX_NESTING + 1),
        '{"a":' * (MAX_NESTING + 1) + "1" + "}" * (MAX_NESTING + 1),
        "[" * 100_000,
        "NaN",
        "-Infinity",
    ],
)
def test_what_is_out_of_bounds_is_refused(text: str) -> None:
    for written in (f"[{text}]", text):
        with pytest.raises(ValueError, match=REFUSED):
            load_json(written.encode())
        with pytest.raises(ValueError, match=REFUSED):
            load_json(written.encode("utf-8-sig"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_what_cannot_be_stored_is_dropped_in_every_encoding(encoding: str) -> None:
    written = json.dumps({"a\x00": ["b\x00c", "\ud800d", "🔥"]})
    assert load_json(written.encode(encoding)) == {"a": ["bc", "d", "🔥"]}


@pytest.mark.parametrize("text", ['{"id": "Ev7E123"}', '["8e999", "x"]', '{"a": "1.5e308"}'])
def test_ids_are_not_taken_for_numbers(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clean, "storable", None)  # not called
    assert load_json(text.encode()) == json.loads(text)


def test_limits_are_within() -> None:
    text = "[" * MAX_NESTING + "]" * MAX_NESTING
    assert load_json(f"[{MAX_INTEGER}, 1e308]".encode()) == [MAX_INTEGER, 1e308]
    assert load_json(text.encode()) == json.loads(text)
