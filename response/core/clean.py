"""What is done to text before it is stored.

Nothing is escaped here: that happens on the way out, once for each medium.
"""

from __future__ import annotations

import math
import re
from typing import Any

from response.conf import settings

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


def without_controls(text: str) -> str:
    """``text`` without NUL, lone surrogates and control characters, newlines as ``\\n``.

    For text on its way out that may have come past :func:`sanitise`: bulk imports, other
    systems, older releases.
    """
    text = _UNSTORABLE.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", text)
