"""What every supported database can store."""

from __future__ import annotations

import math
import re
from typing import Any

#: NUL, and halves of surrogate pairs, which JSON can smuggle in and UTF-8 cannot hold.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(value: Any) -> Any:
    """Return ``value`` as the JSON columns of every supported database accept it.

    NUL characters and lone surrogates are dropped from strings, and numbers that JSON does
    not know (NaN, infinities) become their names.
    """
    if isinstance(value, str):
        return UNSTORABLE.sub("", value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {storable(str(k)): storable(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [storable(v) for v in value]
    return value
