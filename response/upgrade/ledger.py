"""A note of changes that must not be made twice.

Most steps of the upgrade can be run again: they find nothing left to do. Some cannot, for
their result looks like their input. They leave a note in the transaction of the change, so
that a migration which is run again (after ``migrate --fake``, for instance) passes over them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Step = Callable[[Any, Any], None]


def once(name: str, step: Step) -> Step:
    """``step``, for ``RunPython``, but nothing if it was done before and not undone."""

    def run(apps: Any, editor: Any) -> None:
        notes = apps.get_model("response", "Lookup").objects.using(editor.connection.alias)
        _note, is_new = notes.get_or_create(key=_key(name), defaults={"value": True})
        if is_new:
            step(apps, editor)

    return run


def undo(name: str, step: Step) -> Step:
    """The reverse of :func:`once`: ``step`` if ``name`` was done, and the note is removed."""

    def run(apps: Any, editor: Any) -> None:
        notes = apps.get_model("response", "Lookup").objects.using(editor.connection.alias)
        deleted, _by_model = notes.filter(key=_key(name)).delete()
        if deleted:
            step(apps, editor)

    return run


def _key(name: str) -> str:
    return f"upgrade: {name}"
