"""Text that the old sanitiser escaped, as it was typed.

Release 0.5.1 stored five columns as HTML: what people typed went through bleach, which left
the tags of a short list alone and escaped everything else. Now text is stored as typed and
escaped on its way out. A text that went through bleach shows it: no bare ``<``, ``>`` or
``&`` is left in it. Others were stored while the sanitiser was off, and stay as they are.
"""

from __future__ import annotations

import re
from typing import Any

BATCH = 2000

_ALLOWED = "a|abbr|acronym|b|blockquote|code|em|i|li|ol|strong|ul"
_TAG = re.compile(rf"</?(?:{_ALLOWED})(?:\s[^<>]*)?>")
_ENTITY = re.compile(r"&(?:[a-zA-Z][a-zA-Z0-9]*|#[0-9]+|#x[0-9a-fA-F]+);")
_ESCAPED = re.compile(r"&(?:amp|lt|gt);")


def was_escaped(text: str) -> bool:
    """Whether a text looks as it left the old sanitiser, and something in it was escaped."""
    if not _ESCAPED.search(text):
        return False
    rest = _ENTITY.sub("", _TAG.sub("", text))
    return not any(character in rest for character in "<>&")


def as_typed(text: str | None) -> str | None:
    """``text`` as the person typed it, if the sanitiser had escaped it."""
    if not text or not was_escaped(text):
        return text
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _in_metadata(metadata: Any) -> Any:
    """The old and the new value of a change to one of the escaped texts."""
    if not isinstance(metadata, dict) or metadata.get("update_type") not in (
        "incident_report",
        "incident_summary",
        "incident_impact",
    ):
        return metadata
    return {
        key: as_typed(value)
        if key in ("old_value", "new_value") and isinstance(value, str)
        else value
        for key, value in metadata.items()
    }


def _restore(model: Any, using: str, *fields: str) -> int:
    changed = 0
    last = 0
    while True:
        rows = list(
            model.objects.using(using)
            .filter(pk__gt=last)
            .order_by("pk")
            .only("pk", *fields)[:BATCH]
        )
        if not rows:
            return changed
        last = rows[-1].pk
        todo = []
        for row in rows:
            before = {name: getattr(row, name) for name in fields}
            after = {
                name: _in_metadata(value) if name == "metadata" else as_typed(value)
                for name, value in before.items()
            }
            if after != before:
                for name, value in after.items():
                    setattr(row, name, value)
                todo.append(row)
        model.objects.using(using).bulk_update(todo, fields, batch_size=100)
        changed += len(todo)


def restore(apps: Any, editor: Any) -> None:
    """For ``RunPython``: titles, summaries, impacts, actions and timelines."""
    using = editor.connection.alias
    changed = sum(
        (
            _restore(apps.get_model("response", "Incident"), using, "report", "summary", "impact"),
            _restore(apps.get_model("response", "Action"), using, "details"),
            _restore(apps.get_model("response", "TimelineEvent"), using, "text", "metadata"),
        )
    )
    if changed:
        print(f"\n  Restored {changed} escaped texts as they were typed.", end="")
