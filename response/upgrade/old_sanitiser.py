"""Tell whether the sanitiser of release 0.5.1 can have written a text.

That release stored five columns as HTML: ``bleach.clean`` of bleach 3.1.4 with the tags and
attributes of ``bleach_whitelist.markdown_tags``, which parses a text as HTML5 does and writes
it out again. What it wrote is recognised by its form: nothing bare in the text, the tags of
the list alone, attributes in order and in quotation marks, every element closed and nested
as the HTML5 parser nests it. Cleaning such a text again would change nothing.

Pure, and linear in the length of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from html.entities import html5
from urllib.parse import urlsplit

_VOID = frozenset({"br", "hr", "img"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS = frozenset({"blockquote", "dd", "div", "dt", "hr", "li", "ol", "p", "ul"}) | _HEADINGS
_INLINE = frozenset({"a", "b", "code", "em", "i", "span", "strong", "sub", "sup", "tt"})
#: ``bleach_whitelist.markdown_tags``, in versions 0.0.10 and 0.0.11.
TAGS = _BLOCKS | _INLINE | _VOID

_ATTRIBUTES = {"a": {"alt", "href", "id", "title"}, "img": {"alt", "id", "src", "title"}}
_EVERYWHERE = {"id"}
_PROTOCOLS = {"http", "https", "mailto"}

_SPACE = " \\t\\n\\r\\x0b\\x0c"
_TOKEN = re.compile(
    rf"""
    (?P<text> [^<>&\x00-\x08\x0b-\x1f]+ )
  | &(?: \#[0-9]* | \#[xX][0-9a-fA-F]* | (?P<entity>[^<&=;{_SPACE}]+) );
  | </(?P<end>[a-z0-9]+)>
  | <(?P<start>[a-z0-9]+)(?P<attributes>(?:\ [a-z]+=(?:"[^"<]*"|'[^'<]*'))*)>
    """,
    re.VERBOSE,
)
_ATTRIBUTE = re.compile(r""" ([a-z]+)=(["'])(.*?)\2""", re.DOTALL)
#: In an attribute only the names that HTML also knows without a semicolon were left alone.
_LEFT_ALONE = re.compile(r"([A-Za-z][A-Za-z0-9]*)|#[0-9]+|#[xX][0-9a-fA-F]+")
#: What browsers skip in an address, and bleach before it looked at the protocol.
_SKIPPED = re.compile("[`\x00-\x20\x7f-\xa0\\s\ufffd]+")
#: Everything an entity's name can begin with.
_BEGINNINGS = frozenset(name[:end] for name in html5 for end in range(len(name)))


@dataclass(frozen=True)
class _Open:
    """An open element: its name, and which elements a new one would make the parser close."""

    name: str
    p: bool = False
    a: bool = False
    li: bool = False
    dd: bool = False

    def inside(self, name: str) -> _Open | None:
        """Open an element in this one; None if the parser would have closed another first."""
        if self.p and name in _BLOCKS:
            return None
        item, described = name == "li", name in ("dd", "dt")
        if (item and self.li) or (described and self.dd) or (name == "a" and self.a):
            return None
        # A list item ends the one before it, unless a block other than these is between them.
        passes = name not in _BLOCKS or name in ("div", "p")
        return _Open(
            name,
            p=self.p or name == "p",
            a=self.a or name == "a",
            li=item or (self.li and passes),
            dd=described or (self.dd and passes),
        )


def can_have_left(text: str) -> bool:
    """Return whether the old sanitiser can have written ``text``."""
    position, elements = 0, [_Open("")]
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            return False
        position = token.end()
        if token["entity"] is not None:
            # It looked at all of the name but the last character.
            if token["entity"][:-1] not in _BEGINNINGS:
                return False
        elif token["end"] is not None:
            if elements.pop().name != token["end"] or not elements:
                return False
        elif token["start"] is not None:
            name = token["start"]
            opened = elements[-1].inside(name) if name in TAGS else None
            if opened is None or not _has_clean_attributes(name, token["attributes"]):
                return False
            if name not in _VOID:
                elements.append(opened)
    return len(elements) == 1


def _has_clean_attributes(tag: str, attributes: str) -> bool:
    allowed = _ATTRIBUTES.get(tag, _EVERYWHERE)
    before = ""
    for name, mark, value in _ATTRIBUTE.findall(attributes):
        if name not in allowed or name <= before or "\r" in value:
            return False
        before = name
        # An apostrophe is a mark only where the value has quotation marks; see below.
        if mark == "'" and '"' not in value:
            return False
        if not _has_escaped_ampersands(value, mark):
            return False
        if name in ("href", "src") and not _is_allowed_address(value):
            return False
    return True


def _has_escaped_ampersands(value: str, mark: str) -> bool:
    """Return whether all ampersands in an attribute's value are escaped.

    Between apostrophes each was escaped, and so was a ``<``, at each further save again.
    Between quotation marks entities were left alone.
    """
    for part in value.split("&")[1:]:
        entity, semicolon, _rest = part.partition(";")
        if not semicolon:
            return False
        if mark == "'":
            if entity not in ("amp", "lt"):
                return False
            continue
        match = _LEFT_ALONE.fullmatch(entity)
        if match is None or (match[1] and match[1] not in html5):
            return False
    return True


def _is_allowed_address(value: str) -> bool:
    """Return whether a URL has no protocol, or one of the three that were allowed.

    For the Python versions of that time, a host and port was a URL without protocol.
    """
    address = _SKIPPED.sub("", unescape(value)).lower()
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return not parts.scheme or parts.scheme in _PROTOCOLS or parts.path.isdecimal()
