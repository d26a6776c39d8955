"""JSON in text columns, made fit for JSON columns. Pure, but for the two functions at the end."""

from __future__ import annotations

import json
from typing import Any

from response.core.text import storable

BATCH = 2000


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


def _mend(model: Any, using: str, field: str, *, unwrap: bool) -> int:
    changed = 0
    last = 0
    while True:
        rows = list(
            model.objects.using(using)
            .filter(pk__gt=last, **{f"{field}__isnull": False})
            .order_by("pk")
            .only("pk", field)[:BATCH]
        )
        if not rows:
            return changed
        last = rows[-1].pk
        todo = []
        for row in rows:
            text = mended(getattr(row, field), unwrap=unwrap)
            if text is not None:
                setattr(row, field, text)
                todo.append(row)
        model.objects.using(using).bulk_update(todo, [field], batch_size=200)
        changed += len(todo)


def mend(apps: Any, editor: Any) -> None:
    """For ``RunPython``: the timeline's metadata and the events' payloads."""
    using = editor.connection.alias
    entries = _mend(apps.get_model("response", "TimelineEvent"), using, "metadata", unwrap=False)
    events = _mend(apps.get_model("response", "Event"), using, "payload", unwrap=True)
    if entries or events:
        print(f"\n  Mended the JSON of {entries} timeline entries and {events} events.", end="")
