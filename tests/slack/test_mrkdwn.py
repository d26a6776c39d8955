"""Text into and out of Slack."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.slack.text import mrkdwn


@pytest.mark.parametrize(
    ("stored", "sent"),
    [
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("<!channel> help", "&lt;!channel&gt; help"),
        ("<!here|x> <!everyone>", "&lt;!here|x&gt; &lt;!everyone&gt;"),
        ("<!subteam^S012345|@ops>", "&lt;!subteam^S012345|@ops&gt;"),
        ("ask <@U06B7HJKLM9>", "ask <@U06B7HJKLM9>"),
        ("ask <@W06B7HJKLM9|mira>", "ask <@W06B7HJKLM9|mira>"),
        ("in <#C06D2TUVWX8|ops>", "in <#C06D2TUVWX8|ops>"),
        ("in <#C06D2TUVWX8|>", "in <#C06D2TUVWX8|>"),
        ("<https://evil.example|https://bank.example>",
         "&lt;https://evil.example|https://bank.example&gt;"),
        ("&lt;b&gt;", "&amp;lt;b&amp;gt;"),
        (None, ""),
    ],
)  # fmt: skip
def test_outgoing_is_literal_but_for_people_and_channels(stored, sent):
    assert mrkdwn.outgoing(stored) == sent


@pytest.mark.parametrize(
    ("received", "stored"),
    [
        ("4 &gt; 3 &amp; 2 &lt; 3", "4 > 3 & 2 < 3"),
        ("&amp;lt;", "&lt;"),
        ("<@U06B7HJKLM9|tomas> look", "<@U06B7HJKLM9|tomas> look"),
        ("<https://a.example/x>", "https://a.example/x"),
        ("<https://a.example|a.example>", "https://a.example"),
        ("<http://a.example|the page>", "[the page](http://a.example)"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("<!here> all", "@here all"),
        ("<!subteam^S0AB|@ops>", "@ops"),
        ("<!subteam^S0AB>", "<!subteam^S0AB>"),
        ("<!date^1^{date}|today>", "today"),
        ("line\ntwo", "line\ntwo"),
        ("", ""),
        (None, ""),
    ],
)
def test_incoming_is_what_was_meant(received, stored):
    assert mrkdwn.incoming(received) == stored


@given(st.text())
def test_what_goes_out_never_pings_and_comes_back(text):
    sent = mrkdwn.outgoing(text)
    for ping in ("<!channel", "<!here", "<!everyone", "<!subteam"):
        assert ping not in sent
    assert mrkdwn.unescape(sent) == mrkdwn.unescape(mrkdwn.outgoing(mrkdwn.unescape(sent)))


@given(st.text(), st.integers(min_value=1, max_value=50))
def test_truncate_keeps_the_limit(text, limit):
    cut = mrkdwn.truncate(text, limit)
    assert mrkdwn.length(cut) <= limit
    if mrkdwn.length(text) <= limit:
        assert cut == text
    else:
        assert cut.endswith("…")


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("short", 5, "short"),
        ("longer text", 7, "longer…"),
        ("a &amp; b", 5, "a…"),
        ("see <@U06B7HJKLM9> now", 12, "see…"),
        ("🔥🔥🔥", 4, "🔥…"),
    ],
)
def test_truncate_cuts_nothing_in_two(text, limit, cut):
    assert mrkdwn.truncate(text, limit) == cut


def test_link_takes_any_label_and_address():
    assert mrkdwn.link("https://a.example/?q=<x>|y", "a > b | c") == (
        "<https://a.example/?q=%3Cx%3E%7Cy|a &gt; b / c>"
    )
