"""No text, whatever is in it, puts anything active on a page."""

from __future__ import annotations

import re

import html5lib
import pytest
from django.test import override_settings
from hypothesis import example, given
from hypothesis import strategies as st

from response.core.text import References, as_typed, markdown, to_html
from response.core.text.sanitiser import NEVER_TAGS, Whitelist, is_safe_url

# Ideas from the public cheat sheets on cross-site scripting.
ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=https://evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<<script>alert(1)//<</script>",
    "<script/x>alert(1)</script\n>",
    "<script\x0c>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=x:x onerror\n=alert(1)//",
    '<img """><script>alert(1)</script>">',
    "<img/src=`x`onerror=alert(1)>",
    "<img src='x' style='background-color:url(javascript:alert(1))'>",
    "<img src=javascript:alert(1)> <img src='data:image/svg+xml,<svg onload=alert(1)>'>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href=' &#14;  javascript:alert(1)'>x</a>",
    "<a href='jav\tascript:alert(1)'>x</a> <a href='jav&#x0A;ascript:alert(1)'>x</a>",
    "<a href='&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)'>x</a>",
    "<a href='javascript&colon;alert(1)'>x</a> <a href='java&Tab;script:alert(1)'>x</a>",
    "<a href='&#0000106avascript:alert(1)'>x</a>",
    "<a href='vbscript:x'>x</a> <a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='ｊavascript:alert(1)'>x</a> <a href='ⓙavascript:alert(1)'>x</a>",
    "<a href='java\u200bscript:alert(1)'>x</a> <a href='\u2028javascript:alert(1)'>x</a>",
    "<a href=\"x\" onmouseover=\"alert(1)\" style=\"position:fixed;top:0;width:100%\">x</a>",
    "<p style='width:expression(alert(1))'>x</p> <p style='-moz-binding:url(x)'>x</p>",
    "<p style=\"width:1px;\\62 ackground:url('javascript:alert(1)')\">x</p>",
    "<svg onload=alert(1)> <svg><script>alert(1)</script></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<math><mi//xlink:href='data:x,<script>alert(4)</script>'>",
    "<p><noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<table><td><svg><desc><td></desc></svg><a title='</td><img src=x onerror=alert(1)>'>",
    "<listing>&lt;img onerror=alert(1) src&gt;</listing><plaintext><xmp>",
    "<iframe src=javascript:alert(1)> <iframe srcdoc='<script>alert(1)</script>'>",
    "<object data=javascript:alert(1)> <embed src=javascript:alert(1)> <applet code=x>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'> <base href=//evil.example/>",
    "<link rel=stylesheet href=//evil.example/x.css> <style>@import '//evil.example'</style>",
    "<form action=javascript:alert(1)><button formaction=javascript:alert(1)>x</button></form>",
    "<input autofocus onfocus=alert(1)> <video><source onerror=alert(1)> <details ontoggle=x open>",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]--> <!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]> <?xml ?><script>alert(1)</script>",
    "[x](javascript:alert(1)) [x](JaVaScRiPt:alert(1)) [x](  javascript:alert(1))",
    "[x](<javascript:alert(1)>) [x](java&#115;cript:alert(1)) [x](java\\script:alert(1))",
    "[x](j&#97v&#97script&#x3A;&#97lert(1)) [x](\x01javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=) [x](vbscript:x) [x](file:///etc/passwd)",
    "[x](https://a.example/\"onmouseover=\"alert(1)) [x](https://a.example 'a\" onclick=\"x')",
    "![x](javascript:alert(1)) ![x\" onerror=\"alert(1)](x) ![x](x \"y\\\" onerror=\\\"z\")",
    "[x]: javascript:alert(1)\n\n[x] ![x]",
    "<javascript:alert(1)> <javascript:alert(1)|click> <data:text/html,x|y>",
    "<https://a.example/\"onclick=\"alert(1)|x> <https://a.example|<img src=x onerror=alert(1)>>",
    "<mailto:\"><script>alert(1)</script>|x> <!date^1^{x}^javascript:alert(1)|x>",
    "<@U1|<script>alert(1)</script>> <#C1|\"><img src=x onerror=alert(1)>>",
    "https://a.example/\"onmouseover=\"alert(1) https://a.example/'><script>alert(1)</script>",
    "`<script>alert(1)</script>` ``</code><script>alert(1)</script>``",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "```<script>\nalert(1)\n``` ~~~{onclick=alert(1)}\n~~~",
    "# <script>alert(1)</script> {onclick=alert(1)}",
    "|<script>|\n|-|\n|<img src=x onerror=alert(1)>|",
    "\x02wzxhzdk:0\x03 \x02klzzwxh:0000\x03 <b>\x02wzxhzdk:0\x03</b>",
    "&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt;script&amp;gt;",
    ":<script>: :fire\"onclick=alert(1): :\"><img src=x onerror=alert(1)>:",
    "*<a href='javascript:alert(1)'>*x* </a>* **<img src=x** onerror=alert(1)>",
    "<em title='**'onclick=alert(1)//**'>x</em> <em title=`<img src=x onerror=alert(1)>`>",
]  # fmt: skip

NAMES = References(
    {"U1": "<img src=x onerror=alert(1)>", "U2": "</p><script>x</script>"},
    {"C1": '"onclick="alert(1)', "C2": "*x* \x02klzzwxh:0001\x03 [x](javascript:x)"},
)
SCHEMES = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)
ATTRIBUTES = {
    "href", "src", "alt", "title", "rel", "loading", "referrerpolicy", "style", "align", "start",
}  # fmt: skip
TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "hr", "img", "li", "ol",
    "p", "pre", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip


def assert_inert(html: str) -> None:
    """That a browser's parser finds nothing in ``html`` but what is known to be harmless."""
    tree = html5lib.HTMLParser(namespaceHTMLElements=False).parseFragment(html)
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag == "DOCUMENT_FRAGMENT":
            continue
        assert element.tag in TAGS, html
        for name, value in element.attrib.items():
            assert name in ATTRIBUTES, html
            if name in ("href", "src"):
                bare = re.sub(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\ufeff]", "", value)
                assert ":" not in re.split("[/?#]", bare)[0] or SCHEMES.match(bare), html
            if name == "style":
                assert not re.search(r"url|expression|binding|@|\\|position", value), html


@pytest.mark.parametrize("attack", ATTACKS)
def test_known_attacks(attack):
    for text in (attack, f"**x** {attack}", f"> - {attack}\n", f"|a|\n|-|\n|{attack}|"):
        assert_inert(to_html(text, NAMES))


@pytest.mark.parametrize("attack", ATTACKS)
@override_settings(
    MARKDOWN_FILTER_WHITELIST_TAGS=[*sorted(TAGS), *sorted(NEVER_TAGS)],
    MARKDOWN_FILTER_WHITELIST_ATTRIBUTES=[*sorted(ATTRIBUTES), "onclick", "onerror", "srcdoc"],
)
def test_known_attacks_on_a_project_that_lists_too_much(attack):
    assert_inert(to_html(attack, NAMES))


PIECES = st.sampled_from(
    [
        *ATTACKS, "<", ">", "\"", "'", "`", "```\n", "*", "**", "_", "[", "](", ")", "![", "\\",
        "&", "&#", ";", ":", "|", "\n", "\n\n", "    ", "\t", "> ", "- ", "1. ", "# ", "\n|-|\n",
        "<a href=", "<p style=", "<img src=", "<em>", "</em>", "<table>", "<td>", "</p>",
        "javascript:",
        "http://", "https://a.example", "<@U1>", "<@U2|", "<#C1>", "<#C2>", "<!here>",
        "<!date^1^", "^",
        ":fire:", "onerror=", "\x00", "\x02", "\x03", "\u2028", "\ufeff", "klzzwxh:0000",
        "wzxhzdk:0", "a", " ",
    ]
)  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=14).map("".join)


@given(text=TEXTS)
@example(text="")
def test_no_text_puts_anything_active_on_a_page(text):
    assert_inert(to_html(text, NAMES))


@given(text=TEXTS)
def test_a_text_shown_as_typed_is_as_safe(text):
    assert_inert(as_typed.to_paragraphs(text, NAMES, Whitelist.current()))


@given(
    text=st.text(st.sampled_from("abc :.,;!?()/'\"@%$12\n"), max_size=40).map(
        lambda t: re.sub(r" +", " ", t)
    )
)
def test_the_way_without_the_parser_gives_the_same(text):
    if markdown._MARKDOWN.search(text):
        return
    whitelist = Whitelist.current()
    with_parser = markdown.with_markdown(text, NAMES, whitelist)

    def normal(html: str) -> str:
        return (
            re.sub(r"\s+", " ", html.replace("\n", ""))
            .replace(" </p>", "</p>")
            .replace(" <br>", "<br>")
        )

    assert normal(to_html(text, NAMES)) == normal(with_parser)


URL_PIECES = st.sampled_from(
    [
        "java", "script", ":", "\t", "\n", "\x01", " ", "&#58;", "JAVA", "\uff53", "\u200b", "/",
        "//",
        "#", "?", "data", "x",
    ]
)  # fmt: skip


@given(url=st.lists(URL_PIECES, max_size=8).map("".join))
def test_only_addresses_are_safe_urls(url):
    if is_safe_url(url):
        browser_sees = re.sub(r"[\x00-\x20]", "", url).lower()
        assert not browser_sees.startswith(("javascript:", "data:"))


@override_settings(RESPONSE_IMAGE_HOSTS=["a.example"])
def test_images_and_links_tell_nothing_about_the_page():
    html = to_html("![x](https://a.example/i.png) [y](https://a.example)", NAMES)
    assert 'referrerpolicy="no-referrer"' in html
    assert 'rel="noopener noreferrer nofollow"' in html


def test_the_parser_of_these_tests_is_a_browsers():
    with pytest.raises(AssertionError):
        assert_inert("<p onclick=x>")
    with pytest.raises(AssertionError):
        assert_inert("<a href='java\tscript:x'>")
