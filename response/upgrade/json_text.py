"""Make JSON in text columns valid for JSON columns. Pure, except for the last function."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from response.upgrade.batches import change_rows

#: The deepest nesting of JSON. Python's own parser and encoder stop at about 900.
DEEPEST = 200
#: The most digits of a number. Python neither parses nor writes longer ones.
LONGEST = 4300

_STRING = re.compile(r'"(?:[^"\\]|\\.)*\\?(?:"|\Z)', re.DOTALL)
_BRACKET = re.compile(r"[\[{\]}]")
# JSON columns of PostgreSQL do not accept these.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def mended(text: str, *, unwrap: bool = False) -> str | None:
    """Return ``text`` as JSON that every JSON column accepts, or None if it is already.

    Values that JSON columns refuse are kept in a safe form: NUL characters and unpaired
    surrogates are dropped from strings, NaN and infinities become their names, and numbers that
    are too long or too large become strings of their digits. Text that is not JSON, including
    an empty text, and JSON nested deeper than :data:`DEEPEST` levels become a JSON string. With
    ``unwrap``, JSON inside a JSON string (release 0.5.1 wrapped it at each further save) is
    unwrapped.
    """
    original, has_odd_numbers = _read(text)
    if isinstance(original, _NotRead):
        return json.dumps(_storable_string(text))
    value = original
    while unwrap and isinstance(value, str):
        inner, _odd = _read(value)
        if isinstance(inner, _NotRead) or not isinstance(inner, str | dict | list):
            break
        value = inner
    safe = _storable(value)
    return json.dumps(safe) if has_odd_numbers or safe != original else None


class _NotRead(str):
    """A text that is not JSON, or is nested too deep."""


def _read(text: str) -> tuple[Any, bool]:
    """Return the value of a JSON text, and whether a number had to become a string."""
    if _depth(text) > DEEPEST:
        return _NotRead(text), False
    odd = []

    def as_string(digits: str) -> str:
        odd.append(digits)
        return digits

    def integer(digits: str) -> int | str:
        return int(digits) if len(digits) <= LONGEST else as_string(digits)

    def real(digits: str) -> float | str:
        number = float(digits)
        vanished = number == 0 and digits.lower().partition("e")[0].strip("-0.")
        if math.isinf(number) or vanished or len(digits) > LONGEST:
            return as_string(digits)
        return number

    def constant(name: str) -> str:
        return as_string(str(float(name)))

    try:
        value = json.loads(text, parse_int=integer, parse_float=real, parse_constant=constant)
    except ValueError:
        return _NotRead(text), False
    return value, bool(odd)


def _depth(text: str) -> int:
    """Return how deep the brackets outside strings are nested. Linear and not recursive."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return 0
    depth = deepest = 0
    for match in _BRACKET.finditer(_STRING.sub("", text)):
        depth += 1 if match[0] in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _storable_string(text: str) -> str:
    return _UNSTORABLE.sub("", text)


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return _storable_string(value)
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        safe: dict[str, Any] = {}
        for key, item in value.items():
            name = _storable_string(key)
            while name in safe:
                name += "_"
            safe[name] = _storable(item)
        return safe
    return value


def mend(apps: Any, editor: Any) -> None:
    """Fix the metadata of timeline entries and the payloads of events; for ``RunPython``."""

    def metadata(row: dict[str, Any]) -> dict[str, Any]:
        text = None if row["metadata"] is None else mended(row["metadata"])
        return {} if text is None else {"metadata": text}

    def payload(row: dict[str, Any]) -> dict[str, Any]:
        text = mended(row["payload"], unwrap=True)
        return {} if text is None else {"payload": text}

    connection = editor.connection
    entries = change_rows(
        apps.get_model("response", "TimelineEvent"), connection, ("metadata",), metadata
    )
    events = change_rows(apps.get_model("response", "Event"), connection, ("payload",), payload)
    if entries or events:
        print(f"\n  Mended the JSON of {entries} timeline entries and {events} events.", end="")
