"""A pseudo-translation: every vowel gets an accent, placeholders and markup stay as they are.

What shows a plain vowel afterwards was not translated.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import trans_real

ACCENTS = str.maketrans("aeiouyAEIOUY", "áéíóúýÁÉÍÓÚÝ")
#: What a translator leaves alone: placeholders, tags, entities, code, addresses, emoji, quoted
#: settings (CAPITALS), and what is typed as it stands.
KEPT = re.compile(
    r"%\(\w+\)[-#0 +]*\d*(?:\.\d+)?[a-z]|%[sdr%]|\{[^{}]*\}|<[^<>]*>|&#?\w+;|```.*?```|`[^`]*`"
    r"|https?://\S+|:[a-z0-9_+-]+:|\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b"
    r"|_[A-Z]+\b",
    re.DOTALL,
)


def pseudo(text: str) -> str:
    """Return ``text`` with accents, except in what a translator leaves alone."""
    parts, end = [], 0
    for kept in KEPT.finditer(text):
        parts += [text[end : kept.start()].translate(ACCENTS), kept[0]]
        end = kept.end()
    return "".join([*parts, text[end:].translate(ACCENTS)])


class Pseudo(trans_real.DjangoTranslation):
    """A catalogue that has a translation for everything."""

    def gettext(self, message: str) -> str:
        return pseudo(message.rpartition(trans_real.CONTEXT_SEPARATOR)[2])

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def speak_pseudo(monkeypatch: Any, language: str) -> None:
    """Have everything in ``language`` pseudo-translated, in all threads."""
    monkeypatch.setitem(trans_real._translations, language, Pseudo(language))
    monkeypatch.setattr(trans_real, "_default", None)
    # What this thread speaks already was looked up before.
    monkeypatch.delattr(trans_real._active, "value", raising=False)


_WORD = re.compile(r"[^\W\d_]{3,}")
_PLAIN = re.compile(r"[aeiouy]", re.IGNORECASE)
_ACCENTED = re.compile("[áéíóúýÁÉÍÓÚÝ]")


def missed(text: str, known: Iterable[str]) -> list[str]:
    """The words of ``text`` that were not translated; ``known`` are names and what people wrote."""
    for name in sorted(known, key=len, reverse=True):
        text = text.replace(name, " ")
    text = KEPT.sub(" ", text)
    words = _WORD.findall(text)
    return [w for w in words if _PLAIN.search(w) and not _ACCENTED.search(w)]


_SPOKEN = ("text", "alt_text", "label", "title", "hint", "placeholder", "submit", "close")


def spoken(blocks: Any) -> Iterator[str]:
    """All text of a view or of blocks that people see."""
    if isinstance(blocks, list):
        for block in blocks:
            yield from spoken(block)
    elif isinstance(blocks, dict):
        for key, value in blocks.items():
            if isinstance(value, str) and key in _SPOKEN:
                yield value
            elif isinstance(value, dict | list):
                yield from spoken(value)


def visible(page: str) -> str:
    """What a page says: its text, and the attributes that are read out or shown."""
    page = re.sub(r"<(script|style|code|template)\b.*?</\1>", " ", page, flags=re.DOTALL)
    said = re.findall(r'\s(?:title|aria-label|placeholder|alt)="([^"]*)"', page)
    return html.unescape(" \n ".join([re.sub(r"<[^>]*>", " ", page), *said]))
