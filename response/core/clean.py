"""What is done to text before it is stored.

Nothing is escaped here: that happens on the way out, once for each medium.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from typing import Any

from response.conf import settings
from response.storable import UNSTORABLE, storable

# C0 controls but tab and newline, and DEL: no page wants them.
_CONTROLS = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
# Embeddings, overrides and isolates of direction, which turn what others read around.
# The marks U+200E and U+200F, which people who write from right to left need, stay.
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
# Letters and symbols by category that show nothing: fillers of Hangul, an empty pattern of
# Braille.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")

#: How deep JSON from outside may be nested. Slack's deepest blocks have about fifteen levels.
MAX_NESTING = 50
#: The largest whole number that is taken from outside, as columns hold it.
MAX_INTEGER = 2**63 - 1


def sanitise(text: str | None) -> str | None:
    """``text`` as it may be stored: what no database takes is dropped, newlines are ``\\n``.

    Nothing is escaped here: that happens on the way out, once, for whichever medium it is.
    With ``RESPONSE_SANITIZE_USER_INPUT`` off only what databases refuse is dropped.
    """
    if text is None:
        return None
    text = UNSTORABLE.sub("", text)
    if settings.RESPONSE_SANITIZE_USER_INPUT:
        text = without_controls(text)
    return text


def is_visible(text: str) -> bool:
    """Whether anybody would see ``text``: it has a letter, digit, mark of punctuation or symbol.

    White space, zero-width characters and marks of direction alone are nothing.
    """
    return any(unicodedata.category(c)[0] in "LNPS" and c not in _BLANK for c in text)


def is_email(text: str) -> bool:
    """Whether ``text`` has the shape of an e-mail address."""
    local, at, domain = text.partition("@")
    return bool(local and at) and "." in domain[1:-1] and not _NOT_IN_EMAIL.search(local + domain)


_NOT_IN_EMAIL = re.compile(r"[@\s]")


def load_json(text: str | bytes) -> Any:
    """The value of JSON from outside, as every supported database can store it.

    Raises ``ValueError`` for what is no JSON, and for what is not to be worked with: nesting
    over :data:`MAX_NESTING`, whole numbers over :data:`MAX_INTEGER`, NaN and infinities.
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return storable(_bounded(value, MAX_NESTING))


def _bounded(value: Any, levels: int) -> Any:
    """``value``, checked. Raises ``ValueError`` if it is nested or a number beyond bounds."""
    if isinstance(value, dict | list):
        if not levels:
            raise ValueError("nested too deeply")
        for inner in value.values() if isinstance(value, dict) else value:
            _bounded(inner, levels - 1)
    elif (isinstance(value, int) and abs(value) > MAX_INTEGER) or (
        isinstance(value, float) and not math.isfinite(value)
    ):
        raise ValueError("a number is too large")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def without_controls(text: str) -> str:
    """``text`` without NUL, lone surrogates and control characters, newlines as ``\\n``.

    Controls of direction go as well, so that no text turns around what stands next to it.
    For text on its way out that may have come past :func:`sanitise`: bulk imports, other
    systems, older releases.
    """
    text = UNSTORABLE.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return _DIRECTIONS.sub("", _CONTROLS.sub("", text))
