"""Restore text that the old sanitiser escaped.

Release 0.5.1 stored five columns as HTML. Now text is stored as typed and escaped on output. A
text that the old sanitiser can have written is treated as escaped; a text that it cannot have
written, stored while it was off, is not changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from response.upgrade.batches import change_rows
from response.upgrade.old_sanitiser import can_have_left

_ESCAPED = re.compile("&(?:amp|lt|gt);")
_COLUMNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Incident", ("report", "summary", "impact")),
    ("Action", ("details",)),
    ("TimelineEvent", ("text", "metadata")),
)

Change = Callable[[str], str]


def as_typed(text: str) -> str:
    """Return ``text`` as it was typed, if the old sanitiser escaped it."""
    if not _ESCAPED.search(text) or not can_have_left(text):
        return text
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def as_html(text: str) -> str:
    """Return ``text`` as HTML; the reverse of :func:`as_typed`.

    Characters that the old sanitiser cannot have written (a carriage return, for instance) are
    kept.
    """
    html = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return html if as_typed(html) == text else text


def restore(apps: Any, editor: Any) -> None:
    """Restore titles, summaries, impacts, actions and timelines as typed; for ``RunPython``."""
    changed = _change(apps, editor, as_typed)
    if changed:
        print(f"\n  Restored {changed} escaped texts as they were typed.", end="")


def escape(apps: Any, editor: Any) -> None:
    """Convert them all to HTML again; the reverse of :func:`restore`."""
    _change(apps, editor, as_html)


def _change(apps: Any, editor: Any, change: Change) -> int:
    return sum(
        change_rows(
            apps.get_model("response", model), editor.connection, fields, partial(_changed, change)
        )
        for model, fields in _COLUMNS
    )


def _changed(change: Change, row: dict[str, Any]) -> dict[str, Any]:
    after = {
        name: _in_metadata(change, value) if name == "metadata" else value and change(value)
        for name, value in row.items()
    }
    return {name: value for name, value in after.items() if value != row[name]}


def _in_metadata(change: Change, metadata: Any) -> Any:
    """Return metadata with the old and new value of an escaped text changed."""
    if not isinstance(metadata, dict) or metadata.get("update_type") not in (
        "incident_report",
        "incident_summary",
        "incident_impact",
    ):
        return metadata
    return {
        key: change(value)
        if key in ("old_value", "new_value") and isinstance(value, str)
        else value
        for key, value in metadata.items()
    }
