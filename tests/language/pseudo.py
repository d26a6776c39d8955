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


def speak_pseudo(monkeypatch: Any, language: str) -> None:
    """Have everything in ``language`` pseudo-translated, in all threads.

    A thread keeps the catalogue of the language that it speaks, so the class is changed, and not
    what is looked up next.
    """
    catalogue = trans_real.DjangoTranslation
    real, real_plural = catalogue.gettext, catalogue.ngettext

    def translated(self: Any, message: str) -> str:
        if self.language() != language:
            return str(real(self, message))
        return pseudo(message.rpartition(trans_real.CONTEXT_SEPARATOR)[2])

    def plural(self: Any, msgid1: str, msgid2: str, n: int) -> str:
        if self.language() != language:
            return str(real_plural(self, msgid1, msgid2, n))
        return translated(self, msgid1 if n == 1 else msgid2)

    monkeypatch.setattr(catalogue, "gettext", translated)
    monkeypatch.setattr(catalogue, "ngettext", plural)
    monkeypatch.setattr(trans_real, "_default", None)
    # This thread may still speak the language of the last page that a test has asked for.
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
    page = re.sub(r"<(script|style|code|pre|template)\b.*?</\1>", " ", page, flags=re.DOTALL)
    said = re.findall(r'\s(?:title|aria-label|placeholder|alt)="([^"]*)"', page)
    said += re.findall(r'<input type="submit" value="([^"]*)"', page)
    return html.unescape(" \n ".join([re.sub(r"<[^>]*>", " ", page), *said]))
