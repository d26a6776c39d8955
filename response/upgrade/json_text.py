"""JSON in text columns, made fit for JSON columns. Pure, but for the function at the end."""

from __future__ import annotations

import json
from typing import Any

from response.core.clean import storable
from response.upgrade.batches import change_rows


def mended(text: str, *, unwrap: bool = False) -> str | None:
    """``text`` as every JSON column takes it; None if it does already.

    What JSON columns refuse is kept in a safe form: NUL characters and halves of surrogate
    pairs are dropped from strings, numbers that JSON does not know become their names, and
    text that is no JSON at all becomes a JSON string. With ``unwrap``, JSON that was put
    into a JSON string (release 0.5.1 did so at each further save) is taken out again.
    """
    try:
        value = json.loads(text)
    except ValueError:
        return json.dumps(storable(text))
    original = value
    while unwrap and isinstance(value, str):
        try:
            inner = json.loads(value)
        except ValueError:
            break
        if not isinstance(inner, str | dict | list):
            break
        value = inner
    safe = storable(value)
    # Compared as text: NaN is not equal to itself.
    if safe is original or json.dumps(safe) == json.dumps(original):
        return None
    return json.dumps(safe)


def mend(apps: Any, editor: Any) -> None:
    """For ``RunPython``: the timeline's metadata and the events' payloads."""

    def metadata(row: dict[str, Any]) -> dict[str, Any]:
        text = row["metadata"] and mended(row["metadata"])
        return {"metadata": text} if text else {}

    def payload(row: dict[str, Any]) -> dict[str, Any]:
        text = mended(row["payload"], unwrap=True)
        return {"payload": text} if text else {}

    connection = editor.connection
    entries = change_rows(
        apps.get_model("response", "TimelineEvent"), connection, ("metadata",), metadata
    )
    events = change_rows(apps.get_model("response", "Event"), connection, ("payload",), payload)
    if entries or events:
        print(f"\n  Mended the JSON of {entries} timeline entries and {events} events.", end="")
