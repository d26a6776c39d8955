"""Names of channels."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.slack.text import channel_names

DAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Checkout is down", "inc-7-checkout-is-down"),
        ("  Größe & Café's <b>!", "inc-7-groe-cafes-b"),
        ("Сайт упал", "inc-7"),
        ("🔥🔥", "inc-7"),
        ("A" * 200, "inc-7-" + "a" * 40),
        ("word " * 40, "inc-7-word-word-word-word-word-word-word-word"),
    ],
)
def test_a_name_says_what_it_is_about(title, name):
    assert channel_names.for_incident("inc-{id}-{slug}", 7, title, DAY) == name


def test_other_schemes():
    assert channel_names.for_incident("{date}-{slug}", 7, "Down", DAY) == "2026-03-01-down"
    with pytest.raises(KeyError):
        channel_names.for_incident("{severity}", 7, "Down", DAY)


@given(st.text(), st.integers(min_value=1, max_value=2**31), st.integers(1, 99))
def test_slack_takes_every_name(title, pk, number):
    name = channel_names.for_incident("inc-{id}-{slug}", pk, title, DAY)
    assert re.fullmatch(r"[a-z0-9_-]{1,80}", channel_names.with_suffix(name, number))
    assert channel_names.with_suffix(name, 1) == name
