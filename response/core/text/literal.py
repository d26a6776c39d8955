"""Escaping of text from programs, so that Markdown shows it unchanged. Pure."""

from __future__ import annotations

import re

from response.core.text.as_typed import EMOJI, URL

# Backslashes for what Markdown lets one escape, entities for what else means something.
_SPECIAL = re.compile(r"[\\`*_\[\]]|[<~|]|&(?=#?\w)")
_ENTITIES = {"<": "&lt;", "~": "&#126;", "|": "&#124;", "&": "&amp;"}
_START = re.compile(r"[#+>=-]|[0-9]{1,9}(?=[.)])")
_INDENT = re.compile(r"[ \t]{2,}")


def literal(text: str) -> str:
    """Return Markdown that shows ``text`` unchanged: no formatting, no references, no emoji.

    Lines stay lines; a URL stays one and is a link. Alerts quote paths and
    cron lines, full of characters that mean something in Markdown.
    """
    return "\n".join(map(_line, text.split("\n")))


def _line(line: str) -> str:
    parts = []
    at = 0
    for match in URL.finditer(line):
        parts += [_words(line[at : match.start()]), match[0]]
        at = match.end()
    parts.append(_words(line[at:]))
    whole = "".join(parts)
    bare = whole.lstrip(" \t")
    if start := _START.match(bare):
        # A heading, list, quotation or underline: a mark within keeps it from being one.
        end = start.end()
        bare = (
            f"{bare[:end]}\\{bare[end:]}" if start[0].isdigit() else f"&#{ord(bare[0])};{bare[1:]}"
        )
    indent = whole[: len(whole) - len(whole.lstrip(" \t"))].replace("\t", "    ")
    return "\u00a0" * len(indent) + _INDENT.sub(_spaces, bare)


def _spaces(match: re.Match[str]) -> str:
    return "\u00a0" * (len(match[0]) - 1) + " "


def _words(text: str) -> str:
    text = _SPECIAL.sub(lambda m: _ENTITIES.get(m[0]) or f"\\{m[0]}", text)
    return EMOJI.sub(lambda m: f"&#58;{m[0][1:]}", text)
