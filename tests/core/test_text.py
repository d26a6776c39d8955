"""Text on the way in and on the way out."""

from __future__ import annotations

import html as html_escapes
import time

import pytest
from django.test import override_settings
from django.utils.safestring import SafeString

from response.core import chat
from response.core.clean import sanitise, storable
from response.core.text import References, to_html, to_plain

NAMES = References({"U012ABC": "Anna *L* <b>", "WGUEST": "Guest"}, {"C042": "general"})


class Directory(chat.NoChat):
    """A chat tool that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[set[str]] = []

    def names(self, user_ids):
        self.asked.append(set(user_ids))
        return {i: f"Name of {i}" for i in user_ids if i != "UNOBODY"}

    def channel_names(self, channel_ids):
        self.asked.append(set(channel_ids))
        return {i: f"channel-{i}" for i in channel_ids}


@pytest.fixture
def directory(monkeypatch):
    found = Directory()
    monkeypatch.setattr(chat, "_chat", found)
    return found


# On the way in


def test_what_no_database_takes_is_dropped():
    assert sanitise("a\x00b\ud800c\r\nd\re\x07") == "abc\nd\ne"
    assert sanitise(None) is None


def test_nothing_is_escaped_on_the_way_in():
    assert sanitise("<b> & <@U012ABC>") == "<b> & <@U012ABC>"


@override_settings(RESPONSE_SANITIZE_USER_INPUT=False)
def test_without_sanitising_only_the_impossible_is_dropped():
    assert sanitise("a\x00b\r\n\x07") == "ab\r\n\x07"


def test_json_is_made_storable():
    value = {"a\x00": [float("nan"), {"b": "\ud800x"}], "c": (1, None)}
    assert storable(value) == {"a": ["nan", {"b": "x"}], "c": [1, None]}


# References


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<@U012ABC>", "@Anna *L* &lt;b&gt;"),
        ("<@U012ABC|old name>", "@Anna *L* &lt;b&gt;"),
        ("<@WGUEST>", "@Guest"),
        ("<@U777>", "@U777"),
        ("<@U777|fred>", "@fred"),
        ("<#C042>", "#general"),
        ("<#C042|>", "#general"),
        ("<#C777|ops>", "#ops"),
        ("<#G777>", "#G777"),
        ("<!subteam^S1|@oncall>", "@oncall"),
        ("<!subteam^S1>", "@S1"),
        ("<!here> <!channel|channel> <!everyone>", "@here @channel @everyone"),
        ("<!date^1700000000^{date_short}|Nov 14>", "Nov 14"),
        ("<!date^1700000000^{date_short}>", "2023-11-14 22:13 UTC"),
        ("<!date^99999999999^{date}>", "5138-11-16 09:46 UTC"),
    ],
)
def test_references_read_as_names(text, shown):
    assert to_html(text, NAMES) == f"<p>{shown}</p>"
    assert to_html(f"**x** {text}", NAMES) == f"<p><strong>x</strong> {shown}</p>"


@pytest.mark.parametrize(
    ("text", "href", "words"),
    [
        ("<https://a.example/b_c?x=1&y=2|*a*>", "https://a.example/b_c?x=1&amp;y=2", "*a*"),
        ("<https://a.example/__x__>", "https://a.example/__x__", "https://a.example/__x__"),
        ("<mailto:a@b.example|a@b.example>", "mailto:a@b.example", "a@b.example"),
        ("<!date^1700000000^{date}^https://a.example/|Nov 14>", "https://a.example/", "Nov 14"),
        ("https://a.example/__x__/y*z", "https://a.example/__x__/y", "https://a.example/__x__/y"),
        ("HTTPS://A.example/(x)", "HTTPS://A.example/(x)", "HTTPS://A.example/(x)"),
        ("[words](https://a.example/)", "https://a.example/", "words"),
    ],
)  # fmt: skip
def test_links(text, href, words):
    link = f'<a href="{href}" rel="noopener noreferrer nofollow">{words}</a>'
    assert link in to_html(text, NAMES)
    assert link in to_html(f"**x** {text}", NAMES)


def test_punctuation_after_a_url_is_not_part_of_it():
    html = to_html("(see https://a.example/b_(c)), or https://a.example.", NAMES)
    assert '"https://a.example/b_(c)"' in html
    assert '"https://a.example"' in html
    assert html.endswith("</a>.</p>")


def test_names_of_files_are_not_links():
    assert "<a" not in to_html("run manage.py in example.com", NAMES)


def test_code_is_left_as_it_was_typed():
    text = "`<@U012ABC> :fire: <https://a.example|b>`\n\n```\n<@U012ABC> :fire:\n```"
    html = to_html(text, NAMES)
    assert "<code>&lt;@U012ABC&gt; :fire: &lt;https://a.example|b&gt;</code>" in html
    assert "<pre><code>&lt;@U012ABC&gt; :fire:\n</code></pre>" in html


def test_the_names_of_a_page_cost_one_question_each_for_people_and_channels(directory):
    texts = ["<@U012ABC> and <#C042>", None, "", "no reference", "<@WGUEST|x> <@U012ABC>"]
    names = References.collect(texts)
    assert directory.asked == [{"U012ABC", "WGUEST"}, {"C042"}]
    for text in texts:
        to_html(text, names)
        to_plain(text, names)
    assert len(directory.asked) == 2


def test_a_text_alone_looks_its_names_up(directory):
    assert to_html("<@U012ABC> <@UNOBODY>") == "<p>@Name of U012ABC @UNOBODY</p>"
    assert to_plain("in <#C042>") == "in #channel-C042"
    assert to_plain("nobody is mentioned") == "nobody is mentioned"
    assert len(directory.asked) == 2


def test_plain_text():
    text = "**Down** :fire: for <@U012ABC>, see <https://a.example|graph> <https://b.example>\nnow"
    expected = "**Down** 🔥 for @Anna *L* <b>, see graph (https://a.example) https://b.example\nnow"
    assert to_plain(text, NAMES) == expected
    assert to_plain(" a\n\n b\t", NAMES, one_line=True) == "a b"
    assert not isinstance(to_plain("<b>", NAMES), SafeString)
    assert to_plain(None) == to_plain("") == ""


# Emoji and Markdown


def test_emoji():
    html = to_html(":fire: :white_check_mark: :+1: :wave::skin-tone-3: :tada::tada:", NAMES)
    assert html == "<p>🔥 ✅ 👍 👋🏼 🎉🎉</p>"
    assert to_html("at 10:30:45, :no_such_emoji:", NAMES) == "<p>at 10:30:45, :no_such_emoji:</p>"
    assert to_html(":fingerprint: :flag-cq: :simple_smile:", NAMES) == "<p>🫆 🇨🇶 🙂</p>"


def test_newlines_are_kept_as_typed():
    assert to_html("one\ntwo\n\nthree", NAMES) == "<p>one<br>\ntwo</p>\n<p>three</p>"
    assert to_html("*one*\ntwo", NAMES) == "<p><em>one</em><br>\ntwo</p>"


def test_markdown():
    html = to_html(
        "# T\n\n- a\n- b\n\n3. c\n\n> q\n\n|x|y|\n|-|-:|\n|1|2|\n\n---\n\n~~~\ncode\n~~~", NAMES
    )
    for piece in (
        "<h1>T</h1>", "<ul>\n<li>a</li>", '<ol start="3">', "<blockquote>", "<th>x</th>",
        '<td align="right">2</td>', "<hr>", "<pre><code>code\n</code></pre>",
    ):  # fmt: skip
        assert piece in html


def test_code_as_slack_writes_it():
    assert to_html("before ```a = 1\nb = 2``` after", NAMES) == (
        "<p>before </p>\n<pre><code>a = 1\nb = 2\n</code></pre>\n<p>after</p>"
    )
    assert to_html("```refused\nconnection\n```", NAMES) == (
        "<pre><code>refused\nconnection\n</code></pre>"
    )
    assert to_html("```python\nx = 1\n```", NAMES) == "<pre><code>x = 1\n</code></pre>"
    assert "one ``` two" in to_html("one ``` two **three**", NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "[error]: connection refused **now**",
        "List<String> **x** <- y <nobody@a.example>",
        "<!-- a comment --> **x**",
        "<![CDATA[ **x** ]]>",
        "<?php **x** ?>",
        "a < b && c > d **x**",
    ],
)
def test_nothing_that_was_typed_disappears(text):
    shown = html_escapes.unescape(
        to_html(text, NAMES).replace("<strong>", "**").replace("</strong>", "**")
    )
    assert shown == f"<p>{text}</p>"


def test_text_that_the_older_release_escaped_is_harmless():
    html = to_html("&lt;script&gt;alert(1)&lt;/script&gt; **x** &lt;@U012ABC&gt; &amp;", NAMES)
    assert html == (
        "<p>&lt;script&gt;alert(1)&lt;/script&gt; <strong>x</strong> &lt;@U012ABC&gt; &amp;</p>"
    )


def test_nothing_gives_nothing():
    assert to_html(None) == to_html("") == ""
    assert isinstance(to_html(None), SafeString)
    assert to_html(" \n\n ", NAMES).strip() == ""


# The whitelists


@override_settings(
    RESPONSE_IMAGE_HOSTS=["a.example"],
    MARKDOWN_FILTER_WHITELIST_TAGS=[
        "a",
        "p",
        "code",
        "h1",
        "h2",
        "ul",
        "li",
        "strong",
        "em",
        "img",
    ],
    MARKDOWN_FILTER_WHITELIST_ATTRIBUTES=["src", "style"],
    MARKDOWN_FILTER_WHITELIST_STYLES=["width"],
)
def test_the_settings_of_an_older_project_work():
    html = to_html(
        "# A\n\n### B\n\n1. one\n2. two\n\n> said\n\n|x|\n|-|\n|1|\n\n"
        "[l](https://a.example) <img src='https://a.example/i.png' style='width:9px;color:red'>",
        NAMES,
    )
    assert "<h1>A</h1>" in html
    assert "<h2>B</h2>" in html
    assert "1. one<br>\n2. two" in html
    assert "&gt; said" in html
    assert "|x|<br>" in html
    assert '<a href="https://a.example"' in html
    assert '<img src="https://a.example/i.png" style="width: 9px"' in html


@override_settings(MARKDOWN_FILTER_WHITELIST_TAGS=[])
def test_with_nothing_whitelisted_markdown_stays_as_typed():
    text = "**a** _b_ `c`\n# d\n- e [f](https://g.example) ![h](https://i.example) <u>"
    html = to_html(text, NAMES)
    assert html_escapes.unescape(html) == f"<p>{text}</p>".replace("\n", "<br>\n")


@override_settings(
    MARKDOWN_FILTER_WHITELIST_TAGS=["p", "u"], MARKDOWN_FILTER_WHITELIST_ATTRIBUTES={"u": ["lang"]}
)
def test_whitelisted_tags_and_attributes_by_tag():
    assert to_html('<u lang="de" title="x">a</u> <i>b</i>', NAMES) == (
        '<p><u lang="de">a</u> &lt;i&gt;b&lt;/i&gt;</p>'
    )


@override_settings(
    MARKDOWN_FILTER_WHITELIST_TAGS=["p", "script", "svg", "iframe", "style", "form", "a"],
    MARKDOWN_FILTER_WHITELIST_ATTRIBUTES=["onclick", "srcdoc", "href"],
)
def test_some_things_are_not_let_through_even_if_listed():
    html = to_html("<script>x</script><svg><iframe srcdoc=x><style><form><a onclick=x>y</a>", NAMES)
    for piece in ("<script", "<svg", "<iframe", "<style", "<form", " onclick="):
        assert piece not in html


@pytest.mark.parametrize(
    "style",
    ["background-color: url(https://evil.example)", "width: expression(alert(1))",
     "width: calc(1px)", "background-color: red\\0029", "position: fixed", "width: \"x\"",
     "-moz-binding: url(x)", "width: 1px !ie", "width:&#101;xpression(1)"],
)  # fmt: skip
def test_styles_that_load_or_compute_are_dropped(style):
    html = to_html(f"<p style='{style}; margin: 2px'>x</p>", NAMES)
    for piece in ("url(", "expression", "calc", "fixed", "\\", "binding"):
        assert piece not in html


# Texts that are made to keep a parser busy


@pytest.mark.parametrize(
    "unit",
    ["*", "_", "[", "![", "`", ">", "> ", "\n> ", "- ", "\n- ", "\n---", "a\n---\n", "\n# a",
     "[a](", "<", "<a ", "<ul><li>", "<li>\n\n", "&", "\\", "|", "a|b\n-|-\n|", "<@U", "http://",
     "```", "~~~a\n", "\n    a", "***a", "``a", ":a:", "\t", "(", "\n\n- a\n\n    b"],
)  # fmt: skip
def test_hostile_texts_are_shown_whole_and_soon(unit):
    text = unit * (100_000 // len(unit)) + "END"
    started = time.process_time()
    html = to_html(text, NAMES)
    assert time.process_time() - started < 5
    assert "END" in html


def test_a_long_report_is_still_formatted():
    text = "# Report\n\n" + "A paragraph with **bold** text, and `code`.\n\n- a\n- b\n\n" * 300
    text += "```\n" + "2026-03-01 [worker_1] (info) a_b_c = *x*\n" * 1_000 + "```"
    assert len(text) > 50_000
    html = to_html(text, NAMES)
    assert html.count("<strong>bold</strong>") == 300
    assert html.count("[worker_1] (info) a_b_c = *x*") == 1_000


def test_the_same_text_gives_the_same_after_a_text_that_was_too_deep():
    before = to_html("**a** <@U012ABC>", NAMES)
    to_html("\n".join("  " * n + "- x" for n in range(300)), NAMES)
    assert to_html("**a** <@U012ABC>", NAMES) == before
