"""People's text: cleaned on the way in, made readable and safe on the way out.

What is stored is what the person typed. :func:`to_html` and :func:`to_plain` turn it into
what is shown; both take the :class:`References` of all texts of a page, so that names
cost one query for the page, and look them up themselves if they get none.
"""

from __future__ import annotations

import math
import re
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from response.conf import settings
from response.core import markdown
from response.core.references import PATTERN, References

__all__ = ["References", "sanitise", "storable", "to_html", "to_plain"]

# What no database column or page wants: C0 controls but tab and newline, DEL, and halves
# of surrogate pairs, which JSON can smuggle in and UTF-8 cannot hold.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROLS = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")


def sanitise(text: str | None) -> str | None:
    """``text`` as it may be stored: what no database takes is dropped, newlines are ``\\n``.

    Nothing is escaped here: that happens on the way out, once, for whichever medium it is.
    With ``RESPONSE_SANITIZE_USER_INPUT`` off only what databases refuse is dropped.
    """
    if text is None:
        return None
    text = _UNSTORABLE.sub("", text)
    if settings.RESPONSE_SANITIZE_USER_INPUT:
        text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text


def storable(value: Any) -> Any:
    """``value`` as JSON columns of every supported database take it.

    NUL characters and lone surrogates are dropped from strings, and numbers that JSON does
    not know (NaN, infinities) become their names.
    """
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {storable(str(k)): storable(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [storable(v) for v in value]
    return value


def to_html(text: str | None, names: References | None = None) -> SafeString:
    """``text`` as HTML that is safe to put on a page, block elements without a wrapper.

    ``:emoji:`` shortcodes, references to people and channels, URLs and Markdown are made
    what they stand for, newlines are kept. HTML that was typed is shown as typed, unless
    its tags are in ``MARKDOWN_FILTER_WHITELIST_TAGS``. Nothing is left out: a text that
    would take too long to format is shown as it was typed.
    """
    if not text:
        return mark_safe("")
    text = _clean(text)
    return markdown.render(text, References.collect([text]) if names is None else names)


def to_plain(text: str | None, names: References | None = None, *, one_line: bool = False) -> str:
    """``text`` with emoji, and references as names, for where no HTML can be.

    The result is not escaped. Markdown stays as typed; a link is ``label (url)``. With
    ``one_line`` every run of white space becomes one space.
    """
    if not text:
        return ""
    text = _clean(text)
    if "<" in text:
        found = References.collect([text]) if names is None else names
        text = PATTERN.sub(lambda match: _plain_reference(found, match), text)
    text = markdown.replace_emoji(text)
    return " ".join(text.split()) if one_line else text


def _plain_reference(names: References, match: re.Match[str]) -> str:
    words, url = names.read(match)
    bare = url.removeprefix("mailto:").removeprefix("tel:")
    return words if not url or words == bare else f"{words} ({bare})"


def _clean(text: str) -> str:
    """For what came past :func:`sanitise`: bulk imports, other systems, older releases."""
    text = _UNSTORABLE.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", text)
