"""Texts that 0.5.1 escaped are found and restored, and no others are touched."""

from __future__ import annotations

import json
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.upgrade.escaped_text import as_html, as_typed
from response.upgrade.old_sanitiser import TAGS, can_have_left
from tests.upgrade import old_html
from tests.upgrade.old_database import unpacked

#: Text before and after the sanitiser of 0.5.1, recorded by running it.
RECORDED: list[list[str]] = json.loads(unpacked("sanitised.json"))


def is_exempt(text: str) -> bool:
    """Whether a text is of the two kinds that only look as if they had been cleaned.

    Apostrophes around an attribute with quotation marks, of which the sanitiser escaped the
    ampersands at each save again; and headings right inside headings, which it left in texts
    that were nested wrongly only.
    """
    return bool(
        re.search(r"""='[^'<]*"[^'<]*'""", text) or re.search(r"<h[1-6][^>]*>.*<h[1-6]", text, re.S)
    )


def test_the_lists_are_those_of_the_release():
    assert TAGS == old_html.TAGS


def test_the_description_is_right():
    """What the tests take for 0.5.1's sanitiser does what 0.5.1's sanitiser did."""
    known = "&(?!(?:amp|lt|gt|copy|nbsp|hellip|bogus|#60|#x3c);)[^\\s;&<=]*;"
    same = [
        (text, stored)
        for text, stored in RECORDED
        if not re.search("<[a-zA-Z/][^>]*(<|$)", text) and not re.search(known, text)
    ]
    assert len(same) > 2000
    for text, stored in same:
        assert old_html.cleaned(text) == stored


def test_whatever_the_release_stored_is_recognised():
    for _text, stored in RECORDED:
        assert can_have_left(stored), stored


def test_nothing_else_is():
    for text, stored in RECORDED:
        if text != stored and not is_exempt(text):
            assert not can_have_left(text), text
            assert as_typed(text) == text


# Written by hand


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("a &amp;&amp; b &lt;z&gt; 5 &gt; 3", "a && b <z> 5 > 3"),
        ("&lt;@U123ABC&gt; in &lt;#C123|general&gt;", "<@U123ABC> in <#C123|general>"),
        ("<b>bold</b> &lt;script&gt;", "<b>bold</b> <script>"),
        ("<h1>Title</h1>\n<p>x &lt; y<br></p><hr>", "<h1>Title</h1>\n<p>x < y<br></p><hr>"),
        ("<div>a &amp; b <span>c</span></div>", "<div>a & b <span>c</span></div>"),
        ("<ul><li>a<ul><li>&lt;</li></ul></li></ul>", "<ul><li>a<ul><li><</li></ul></li></ul>"),
        ('<img alt="x > y" src="/?a&amp;b"> &lt;', '<img alt="x > y" src="/?a&b"> <'),
        ("<a title='say \"x\"'>&lt;</a>", "<a title='say \"x\"'><</a>"),
        ("H<sub>2</sub>O &amp; <tt>x</tt>", "H<sub>2</sub>O & <tt>x</tt>"),
        ("&amp;lt;", "&lt;"),
        ("&copy; &amp; &#60; &amp;bogus;", "&copy; & &#60; &bogus;"),
        # Stored while the sanitiser was off:
        ("raw <script> &lt;b&gt;", None),
        ("raw & &amp;", None),
        ("&bogus; &lt;b&gt;", None),
        ("&hellip &lt;b&gt;", None),
        ("<u>x</u> &lt;", None),
        ("<b>never closed &lt;", None),
        ("</b> &lt;", None),
        ("<b><i>x</b></i> &lt;", None),
        ("<p>a<p>b &lt;</p></p>", None),
        ("<p><div>x</div></p> &lt;", None),
        ("<li>a<li>b</li></li> &lt;", None),
        ("<a>x<b><a>y</a></b></a> &lt;", None),
        ("<BR> &lt;", None),
        ("<br/> &lt;", None),
        ("<br></br> &lt;", None),
        ('<b class="x">y</b> &lt;', None),
        ("<b id=x>y</b> &lt;", None),
        ("<b id='x'>y</b> &lt;", None),
        ('<a href="javascript:x()">y</a> &lt;', None),
        ('<a href="java&#115;cript:x()">y</a> &lt;', None),
        ('<a title="x" href="y">z</a> &lt;', None),
        ('<a title="x < y">z</a> &lt;', None),
        ('<a title="x & y">z</a> &lt;', None),
        ("<!-- x --> &lt;", None),
        ("a\r\nb &lt;", None),
        ("bell\x07 &lt;", None),
        ("nothing to do", None),
        ("", None),
    ],
)  # fmt: skip
def test_by_hand(stored, typed):
    assert as_typed(stored) == (stored if typed is None else typed)


# Properties

WORDS = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="&<>") | st.just("\n"),
    max_size=8,
)
SPECIAL = st.sampled_from(["& ", "< ", ">", "a && b", "x > y", "<script>", "</u>", "<@U123>"])
ENTITY = st.sampled_from(["&copy;", "&nbsp;", "&#233;", "&hellip;"])
VALUE = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="&<\"'"), max_size=8
)
INLINE = st.sampled_from(["b", "i", "em", "strong", "tt", "code", "span", "sub", "sup"])
BLOCK = st.sampled_from(["h1", "h2", "h3", "h4", "h5", "h6", "p", "dd", "dt"])
OUTER = st.sampled_from(["div", "blockquote"])


@st.composite
def element(draw, tags, inside):
    tag = draw(tags)
    id_ = draw(st.none() | VALUE)
    attribute = "" if id_ is None else f' id="{id_}"'
    return f"<{tag}{attribute}>{''.join(draw(st.lists(inside, max_size=3)))}</{tag}>"


@st.composite
def void(draw):
    title = draw(VALUE)
    return draw(st.sampled_from(["<br>", f'<img alt="{title}" src="/x.png">']))


PLAIN = WORDS | SPECIAL | ENTITY | void()
PHRASES = PLAIN | element(INLINE, PLAIN)
BLOCKS = element(BLOCK, PHRASES)
LISTS = st.lists(element(st.just("li"), PHRASES | BLOCKS), max_size=3).map(
    lambda items: f"<ul>{''.join(items)}</ul>"
)
DOCUMENTS = st.lists(
    PHRASES | BLOCKS | LISTS | element(OUTER, PHRASES | BLOCKS | LISTS), max_size=5
)


@given(DOCUMENTS.map("".join))
def test_what_was_typed_comes_back(typed):
    """Plain text, characters of HTML, and elements that were let pass, written in full."""
    assert as_typed(old_html.cleaned(typed)) == typed


@given(st.text())
def test_everything_escaped_comes_back(text):
    assert as_typed(as_html(text)) == text or as_html(text) == text
    if not re.search("[\x00-\x08\x0b-\x1f]", text):
        assert as_typed(as_html(text)) == text


PIECES = st.sampled_from(
    [f"<{end}{tag}>" for tag in sorted(TAGS) for end in ("", "/")]
    + [
        "&lt;", "&amp;", "&copy;", "&bogus;", "&", "<", ">", "<u>", '<b id="x">', "<b id=x>",
        '<a href="y">', '<a href="javascript:y">', '<a title="x > y">', "x", "\n", '"', "<br/>",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=12).map("".join))
def test_only_what_the_sanitiser_can_have_written_is_touched(text):
    text += "&lt;>" if re.search("<[^>]*$", text) else "&lt;"
    if is_exempt(text):
        return
    assert as_typed(text) == old_html.typed(text)


@pytest.mark.many
@pytest.mark.parametrize(
    "piece",
    [
        "&lt;", "<b>", "<div><li></li>", "<a title='", '<a title="x"', "<span ", "&#", "&a",
        "<p></p>", '<a title="', "<", "&lt;b id=",
    ],
)  # fmt: skip
def test_time_is_linear(piece):
    def seconds(times: int) -> float:
        text = "&amp;" + piece * times
        best = float("inf")
        for _ in range(3):
            started = time.thread_time()
            as_typed(text)
            best = min(best, time.thread_time() - started)
        return best

    assert seconds(40_000) < 50 * max(seconds(4_000), 0.0005)
