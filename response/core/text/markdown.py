"""Text that people typed, as HTML that is safe to put on a page.

The only module that knows markdown. Two independent fences stand between a text and the
page: everything that is not Markdown or a whitelisted tag is escaped while the HTML is made
here, and ``sanitiser.py`` then cleans what was made. Markdown whose tag is not listed stays
as it was typed. Without Markdown in it, a text goes through ``as_typed.py`` alone.
"""

from __future__ import annotations

import logging
import re
import threading
import xml.etree.ElementTree as ElementTree
from typing import Any

import markdown
from django.utils.safestring import SafeString, mark_safe
from markdown.inlinepatterns import HtmlInlineProcessor, InlineProcessor, SimpleTagInlineProcessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import INLINE_PLACEHOLDER_RE, AtomicString

from response.core.clean import without_controls
from response.core.text.as_typed import EMOJI, URL, replace_emoji, to_paragraphs, trim_url
from response.core.text.fences import Fences
from response.core.text.references import PATTERN, References
from response.core.text.sanitiser import Whitelist, allowed_hosts, clean, link_images

logger = logging.getLogger(__name__)

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
#: On a page with a title and headings of its sections, those of a text come below both.
BELOW_SECTIONS = 2
_HEADING = re.compile(r"(</?h)([1-6])(?=[\s>])")

# A text in which none of these is found reads the same with and without Markdown, and
# most entries of a timeline are such: they are spared the parser.
_MARKDOWN = re.compile(
    r"[\\`*_\[\]<>#&|~=\t\x02\x03]|^[ ]|[ ]{2}|^\d+[.)]|^[-+:]|\n[ ]*+\n|!\[", re.M
)


def to_html(
    text: str | None, names: References | None = None, *, images: bool = True, below: int = 0
) -> SafeString:
    """Return ``text`` as safe HTML: block elements, without a wrapper.

    ``:emoji:`` shortcodes, references to people and channels, URLs and Markdown are formatted,
    newlines are kept. HTML that was typed is shown as typed, unless
    its tags are in ``MARKDOWN_FILTER_WHITELIST_TAGS``. Nothing is left out: a text that
    would take too long to format is shown whole, as it was typed. Images from other hosts than
    this site's and those of ``RESPONSE_IMAGE_HOSTS`` are links; without ``images`` all are.
    Headings are lowered by ``below`` levels, to stand below those of the page
    (:data:`BELOW_SECTIONS`).
    """
    if not text:
        return mark_safe("")
    text = without_controls(text)
    html = _formatted(text, References.collect([text]) if names is None else names)
    if "<img" in html:
        html = link_images(html, allowed_hosts() if images else None)
    if below:
        html = _HEADING.sub(lambda m: f"{m[1]}{min(int(m[2]) + below, 6)}", html)
    return mark_safe(html)


def _formatted(text: str, names: References) -> str:
    whitelist = Whitelist.current()
    if _MARKDOWN.search(text):
        try:
            return with_markdown(text, names, whitelist)
        except TooMuch:
            logger.debug("A text would take too long to format: %d characters", len(text))
        except RecursionError:
            # Markdown follows nesting by recursion, and people's nesting may go deeper.
            logger.info("A text is nested too deeply to format: %d characters", len(text))
            _local.converters.pop(whitelist, None)
    return to_paragraphs(text, names, whitelist)


def with_markdown(text: str, references: References, whitelist: Whitelist) -> str:
    """Format ``text`` and clean the result. Raises :class:`TooMuch` or ``RecursionError``."""
    converter = _converter(whitelist)
    converter.reset()
    converter.names = references
    return clean(converter.convert(text), whitelist)


# Guarding against texts that are made to keep the parser busy


class TooMuch(Exception):
    """The text is too expensive to format: Markdown could take seconds."""


#: The most that a text may cost, which is about half a second of work.
BUDGET = 10_000_000
LINE_COST = 50
PARAGRAPH_COST = 1
TAG_COST = 2
_PARAGRAPHS = re.compile(r"\n[ \t]*+\n")
_MARKS = re.compile(r"[^\w\s.,'-]")
_RUNS = re.compile(r"\w{50,}+|\s{4,}+|[^\w\s]{4,}+")
_DEEP = re.compile(r"^(?:[ \t]*+>){30}|^(?:[ \t]*+(?:[-*+]|\d{1,20}\.)[ \t]){30}|^[ \t]{400}", re.M)


def cost(text: str) -> int:
    """Estimate the worst-case cost of formatting ``text``, in steps.

    Markdown's patterns look ahead from each opening mark to the end of the paragraph, so the time
    grows with marks × length of the paragraphs; and from each place in a run of characters of
    one kind to the end of the run, so it grows with the square of the runs' length.
    """
    total = 0
    paragraphs = _PARAGRAPHS.split(text)
    for paragraph in paragraphs:
        marks = len(_MARKS.findall(paragraph)) + 4 * paragraph.count("[")
        lines = paragraph.count("\n") + 1
        total += marks * len(paragraph) + LINE_COST * lines * lines
    total += sum(len(run) ** 2 for run in _RUNS.findall(text))
    return total + PARAGRAPH_COST * len(paragraphs) ** 2 + TAG_COST * text.count("<") ** 2


class _Budget(Preprocessor):
    """Preprocessor that checks the cost of the text outside fenced code, which costs nothing."""

    def run(self, lines: list[str]) -> list[str]:
        text = "\n".join(lines)
        if cost(text) > BUDGET or _DEEP.search(text):
            raise TooMuch
        return lines


# Markdown

_ESCAPED = re.compile("\x02(\\d{1,7})\x03")


_STRUCK = r"(?<![\w~])(~~)(?=[^\s~])([^~\n]+)(?<=[^\s~])~~(?![\w~])"


class _Typed(InlineProcessor):
    """Base of patterns that see the text as typed, with placeholders put back."""

    md: _Converter

    def __init__(self, pattern: re.Pattern[str], md: _Converter) -> None:
        super().__init__(pattern.pattern, md)
        self.compiled_re = pattern

    def typed(self, text: str) -> str:
        """Return ``text`` with code spans and escapes put back in place of their placeholders."""
        stash = self.md.treeprocessors["inline"].stashed_nodes  # type: ignore[attr-defined]

        def put_back(match: re.Match[str]) -> str:
            value = stash.get(match[1], "")
            return value if isinstance(value, str) else "".join(value.itertext())

        text = INLINE_PLACEHOLDER_RE.sub(put_back, text)
        return _ESCAPED.sub(lambda match: chr(int(match[1])), text)


class _Reference(_Typed):
    """Pattern for ``<@U…>`` and the like; the name shown is not formatted."""

    def handleMatch(  # type: ignore[override]
        self, m: re.Match[str], data: str
    ) -> tuple[ElementTree.Element | str | None, int | None, int | None]:
        match = PATTERN.fullmatch(self.typed(m[0]))
        if match is None:
            return None, None, None
        words, url = self.md.names.read(match)
        return self.md.link(url, words), m.start(), m.end()


class _Url(_Typed):
    """Pattern for a bare URL."""

    ANCESTOR_EXCLUDES = ("a",)

    def handleMatch(  # type: ignore[override]
        self, m: re.Match[str], data: str
    ) -> tuple[ElementTree.Element | str, int, int]:
        url = trim_url(m[0])
        return self.md.link(url, url), m.start(), m.start() + len(url)


class _Emoji(_Typed):
    """Pattern for an emoji ``:shortcode:``."""

    def handleMatch(  # type: ignore[override]
        self, m: re.Match[str], data: str
    ) -> tuple[str | None, int | None, int | None]:
        char = replace_emoji(m[0])
        return (None, None, None) if char == m[0] else (char, m.start(), m.end())


class _Headings(Treeprocessor):
    """Tree processor that turns headings of other levels into the next whitelisted one."""

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


class _Converter(markdown.Markdown):
    """Python-Markdown with the constructs whose tags are whitelisted, and Slack's own."""

    def __init__(self, whitelist: Whitelist) -> None:
        tags = whitelist.tags
        self.names = References()
        self.links = "a" in tags
        extensions: list[Any] = ["nl2br", "sane_lists"]
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
        if "del" in tags:
            self.inlinePatterns.register(SimpleTagInlineProcessor(_STRUCK, "del"), "del", 50)
        self._without({"img"} - tags, inline=["image_link"])
        if not tags & set(HEADINGS):
            self._without({"h1"}, blocks=["hashheader", "setextheader"])
        self.treeprocessors.register(_Headings(self, tags), "response_headings", 15)
        if {"pre", "code"} <= tags:
            self.preprocessors.register(Fences(self), "response_fences", 25)
        self.preprocessors.register(_Budget(self), "response_budget", 1)
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
        """Return an element that shows ``words``, a link if there is a ``url``."""
        if not url or not self.links:
            return words
        element = ElementTree.Element("a", {"href": url})
        element.text = AtomicString(words)
        return element


def _tag(tags: frozenset[str]) -> str:
    """Return a pattern for the whitelisted tags; other tags are treated as text."""
    names = "|".join(sorted(map(re.escape, tags), key=len, reverse=True))
    value = r"(?:\"[^\"<>]*+\"|'[^'<>]*+'|[^\s\"'=<>]++)"
    attribute = rf"\s++[^\s\"'<>/=]++(?:\s*+=\s*+{value})?+"
    return rf"(</?+(?i:{names})(?:{attribute})*+\s*+/?+>)"


class _Local(threading.local):
    def __init__(self) -> None:
        self.converters: dict[Whitelist, _Converter] = {}


_local = _Local()


def _converter(whitelist: Whitelist) -> _Converter:
    """Return this thread's converter, which holds state."""
    converter = _local.converters.get(whitelist)
    if converter is None:
        # Settings change in tests only: what was kept for others is not needed again.
        _local.converters.clear()
        converter = _local.converters[whitelist] = _Converter(whitelist)
    return converter
