"""Text of machines is shown as it is."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.core.clean import is_visible, load_json, sanitise
from response.core.text import References, to_html
from response.core.text.literal import literal
from response.slack.text.translation import to_mrkdwn

NAMES = References({"U1": "anna"})


def shown(text):
    page = to_html(literal(text), NAMES).replace("<br>\n", "\n")
    return html.unescape(re.sub(r"<[^>]+>", "", page)).replace("\u00a0", " ")


@pytest.mark.parametrize(
    "text",
    ["path=/files/{*rest}/parts/*", "cron=*/5 * 1-7 * *", "job=__meta__x", r"C:\dir\*.log", "`a`",
     "<@U1> <!here>", ":fire:", "# no heading", "- no list", "1. no list", "> no quote", "a &lt; b",
     "~~x~~", "[a](b)", "```\nx", "a\n===", "x | y\n--|--"],
)  # fmt: skip
def test_as_it_is(text):
    assert shown(text).strip() == text


def test_in_slack_as_well():
    assert to_mrkdwn(literal("cron=*/5 <!here> a_b")) == "cron=*/5 &lt;!here&gt; a_b"


@given(st.text(st.sampled_from("abc *_`~#<>[]()|\\&:;-+1.=!@"), max_size=30))
def test_any_line(text):
    assert " ".join(shown(text).split()) == " ".join(text.split())


def test_invisible_and_turned_around():
    for nothing in ("", " ", "\u200b\u200e", "\u3164", "\u2800\u00a0"):
        assert not is_visible(nothing)
    assert is_visible("ok")
    assert is_visible("🔥")
    assert sanitise("a\u202eb\u2066c") == "abc"


@pytest.mark.parametrize(
    "text", ["[" * 10_000, '{"a":' * 60 + "1" + "}" * 60, "9" * 5_000, "1e999", "NaN", str(2**70)]
)
def test_json_that_is_not_worked_with(text):
    with pytest.raises(ValueError, match=r"."):
        load_json(text)
