"""Convert the counts of sent reminders to the present meaning.

Release 0.5.1 stored how often a reminder was *repeated*: 0 after the first one. It never set
``completed``, but stopped at the number that the handler's decorator named, less one. Now the
column says how often the reminder was sent. The handlers' limits are not known here, and need
not be: a reminder that was sent so many times is not due.
"""

from __future__ import annotations

from typing import Any

from django.db.models import F

#: The largest and the smallest value of an integer column of PostgreSQL.
MOST, LEAST = 2**31 - 1, -(2**31)


def count_from_one(apps: Any, editor: Any) -> None:
    """Add one to each row's count, up to the column's limit; for ``RunPython``."""
    rows = _rows(apps, editor).filter(repeat_count__lt=MOST)
    changed = rows.update(repeat_count=F("repeat_count") + 1)
    if changed:
        print(f"\n  Counted the first sending of {changed} reminders.", end="")


def count_from_zero(apps: Any, editor: Any) -> None:
    """Count reminders from zero again: the reverse."""
    _rows(apps, editor).filter(repeat_count__gt=LEAST).update(repeat_count=F("repeat_count") - 1)


def _rows(apps: Any, editor: Any) -> Any:
    return apps.get_model("response", "Notification").objects.using(editor.connection.alias)
