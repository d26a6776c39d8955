"""Record steps of the upgrade that must not be run twice.

Most steps can be run again: they find nothing left to do. Some cannot, because their result
looks like their input. They are recorded in the transaction of the change, so that a migration
that is run again (after ``migrate --fake``, for instance) skips them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Step = Callable[[Any, Any], None]


def once(name: str, step: Step) -> Step:
    """Return ``step`` for ``RunPython``, skipped if it has been run and not been undone."""

    def run(apps: Any, editor: Any) -> None:
        notes = apps.get_model("response", "Lookup").objects.using(editor.connection.alias)
        _note, is_new = notes.get_or_create(key=_key(name), defaults={"value": True})
        if is_new:
            step(apps, editor)

    return run


def undo(name: str, step: Step) -> Step:
    """Return the reverse of :func:`once`: run ``step`` if ``name`` is recorded, and remove that."""

    def run(apps: Any, editor: Any) -> None:
        notes = apps.get_model("response", "Lookup").objects.using(editor.connection.alias)
        deleted, _by_model = notes.filter(key=_key(name)).delete()
        if deleted:
            step(apps, editor)

    return run


def _key(name: str) -> str:
    return f"upgrade: {name}"
