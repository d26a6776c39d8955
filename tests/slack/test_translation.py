"""Markdown into mrkdwn and back: one translation each way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.slack.text.translation import to_markdown, to_mrkdwn


@pytest.mark.parametrize(
    ("stored", "sent"),
    [
        ("**b** *i* _i_ ***bi*** __s__ ~~x~~", "*b* _i_ _i_ *_bi_* *s* ~x~"),
        ("[the page](https://a.example/b_(c))", "<https://a.example/b_(c)|the page>"),
        ("[https://good.example](https://bad.example)",
         "https://good.example (https://bad.example)"),
        ("# Title\n- one\n* two", "*Title*\n• one\n• two"),
        ("`**x**` ```py\n**y** <\n```", "`**x**` ```\n**y** &lt;\n```"),
        (r"a \*b\* \<!here> &lt;c&gt;", "a *b* &lt;!here&gt; &lt;c&gt;"),
        ("snake_case_x 2*3*4 https://a.example/b_c_d", "snake_case_x 2*3*4 https://a.example/b_c_d"),
        ("<@U012ABC> <#C012ABC|x> <!channel>", "<@U012ABC> <#C012ABC|x> &lt;!channel&gt;"),
        ("a\u202eb", "ab"),
        (None, ""),
    ],
)  # fmt: skip
def test_markdown_in_slack(stored, sent):
    assert to_mrkdwn(stored) == sent


@pytest.mark.parametrize(
    ("received", "stored"),
    [
        ("*b* _i_ ~x~ `*c*` a*b*c", "**b** _i_ ~~x~~ `*c*` a*b*c"),
        ("<https://a.example|a page> &lt;", "[a page](https://a.example) <"),
        ("```*x* &amp;```", "```*x* &```"),
        ("*<@U012ABC>* * no *", "**<@U012ABC>** * no *"),
        ("", ""),
    ],
)
def test_mrkdwn_in_the_record(received, stored):
    assert to_markdown(received) == stored


@given(st.text())
def test_nothing_pings_and_nothing_fails(text):
    sent = to_mrkdwn(text)
    for ping in ("<!channel", "<!here", "<!everyone", "<!subteam"):
        assert ping not in sent
    assert isinstance(to_markdown(text), str)
