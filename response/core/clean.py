"""What is done to text before it is stored.

Nothing is escaped here: that happens on the way out, once for each medium.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from response.conf import settings
from response.db import UNSTORABLE, storable

# C0 controls except tab and newline, and DEL: they mean nothing in a text.
_CONTROLS = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
# Embeddings, overrides and isolates of direction, which can reverse the text around them.
# The marks U+200E and U+200F, which people who write from right to left need, stay.
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
#: The inside of a character class of what shows nothing, without what is beyond U+FFFF:
#: white space and controls, Unicode's ignorable characters, fillers of Hangul, and an empty
#: pattern of Braille. Also for the API's schema, so no construct of Python's own.
INVISIBLE = (
    r"\s\u0000-\u001f\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u202a-\u202f\u2060-\u206f\u2800\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0"
    r"\ufff0-\ufffb"
)
_VISIBLE = re.compile(
    rf"[^{INVISIBLE}\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)

#: How deep JSON from outside may be nested. Slack's deepest blocks have about fifteen levels.
MAX_NESTING = 50
# What is found in bytes of JSON that may hold something unstorable: an escape of NUL or of half a
# surrogate pair, the first byte of such a half, or an encoding that is not UTF-8.
_SUSPECT = (b"\\u", b"\xed", b"\x00")
#: The largest whole number that is taken from outside, as columns hold it.
MAX_INTEGER = 2**63 - 1


def sanitise(text: str | None) -> str | None:
    """Return ``text`` as it may be stored: without what databases refuse, newlines as ``\\n``.

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
    """Return whether ``text`` shows anything.

    White space, zero-width characters and direction marks alone show nothing.
    """
    return _VISIBLE.search(text) is not None


def require_visible(text: str) -> None:
    """Raise Django's ``ValidationError`` if ``text`` shows nothing."""
    if not is_visible(text):
        raise ValidationError(
            _("This has no visible text. Write at least one letter, number or symbol."),
            code="invisible",
        )


def is_email(text: str) -> bool:
    """Return whether ``text`` has the shape of an e-mail address."""
    local, at, domain = text.partition("@")
    return bool(local and at) and "." in domain[1:-1] and not _NOT_IN_EMAIL.search(local + domain)


_NOT_IN_EMAIL = re.compile(r"[@\s]")


def load_json(text: str | bytes) -> Any:
    """Parse JSON from outside into a value that every supported database can store.

    Raises ``ValueError`` for text that is not JSON, and for values out of bounds: nesting over
    :data:`MAX_NESTING`, whole numbers over :data:`MAX_INTEGER`, NaN and infinities.
    """
    try:
        value = json.loads(
            text, parse_int=_integer, parse_float=_float, parse_constant=_refuse_constant
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if isinstance(text, bytes) and _is_plain(text):
        return value
    _check_nesting(value, MAX_NESTING)
    return storable(value)


def _is_plain(text: bytes) -> bool:
    """Return whether one look at JSON tells that it is not nested too deeply and can be stored.

    Most requests are such, and looking at each of their values takes longer than all else that is
    done about an event of a channel that is no incident's.
    """
    if text.count(b"{") + text.count(b"[") > MAX_NESTING:
        return False
    return not any(suspect in text for suspect in _SUSPECT)


def _check_nesting(value: Any, levels: int) -> None:
    """Raise ``ValueError`` if lists and objects are nested more than ``levels`` deep."""
    if isinstance(value, dict | list):
        if not levels:
            raise ValueError("nested too deeply")
        for inner in value.values() if isinstance(value, dict) else value:
            _check_nesting(inner, levels - 1)


def _integer(digits: str) -> int:
    value = int(digits)
    if abs(value) > MAX_INTEGER:
        raise ValueError("a number is too large")
    return value


def _float(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError("a number is too large")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def without_controls(text: str) -> str:
    """Return ``text`` without NUL, lone surrogates and control characters, newlines as ``\\n``.

    Direction overrides are dropped as well, so that a text cannot reverse its surroundings.
    For text on its way out that may have come past :func:`sanitise`: bulk imports, other
    systems, older releases.
    """
    text = UNSTORABLE.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return _DIRECTIONS.sub("", _CONTROLS.sub("", text))
