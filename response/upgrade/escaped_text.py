"""Text that the old sanitiser escaped, as it was typed.

Release 0.5.1 stored five columns as HTML: what people typed went through bleach, which left
the tags of a short list alone and escaped everything else. Now text is stored as typed and
escaped on its way out. A text that went through bleach shows it: no bare ``<``, ``>`` or
``&`` is left in it. Others were stored while the sanitiser was off, and stay as they are.
"""

from __future__ import annotations

import re
from typing import Any

from response.upgrade.batches import change_rows

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


def _changed(row: dict[str, Any]) -> dict[str, Any]:
    after = {
        name: _in_metadata(value) if name == "metadata" else as_typed(value)
        for name, value in row.items()
    }
    return {name: value for name, value in after.items() if value != row[name]}


def restore(apps: Any, editor: Any) -> None:
    """For ``RunPython``: titles, summaries, impacts, actions and timelines."""
    changed = sum(
        change_rows(apps.get_model("response", model), editor.connection, fields, _changed)
        for model, fields in (
            ("Incident", ("report", "summary", "impact")),
            ("Action", ("details",)),
            ("TimelineEvent", ("text", "metadata")),
        )
    )
    if changed:
        print(f"\n  Restored {changed} escaped texts as they were typed.", end="")
