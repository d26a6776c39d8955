"""Edits that do not overwrite what was changed since the form was shown.

A form (a page's, Slack's) carries a short mark of each value that it showed. When it comes
back, a field that its writer left alone is left alone; one that only they changed is
stored; and of one that was changed meanwhile nothing is stored: the writer is
shown both texts and decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import models
from django.utils import timezone

from response.db import atomic, lock

M = TypeVar("M", bound=models.Model)


class Conflict(Exception):
    """The same fields were changed meanwhile; nothing was stored.

    ``theirs`` is a dict of field name to the value that is stored by now.
    """

    def __init__(self, theirs: dict[str, Any]) -> None:
        super().__init__(", ".join(theirs))
        self.theirs = theirs


def fingerprint(value: str | None) -> str:
    """Return a short mark of a text, for telling whether it was changed."""
    text = (value or "").replace("\r\n", "\n").strip()
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


def conflicting(
    shown: Mapping[str, str],
    wanted: Mapping[str, str | None],
    stored: Mapping[str, str | None],
) -> list[str]:
    """Return the fields of a form that two people have changed, to different texts.

    ``shown`` holds the marks of what the form showed, ``wanted`` what it came back with, and
    ``stored`` what is stored by now. A field without a mark conflicts with nothing.
    """
    return [
        name
        for name, text in wanted.items()
        if name in shown
        and fingerprint(text) not in (shown[name], fingerprint(stored.get(name)))
        and fingerprint(stored.get(name)) != shown[name]
    ]


def as_text(value: Any) -> str:
    """Return a field's value as the text of which the mark is made."""
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    if isinstance(value, models.Model):
        return str(value.pk)
    if isinstance(value, list | tuple):
        return ",".join(sorted(map(as_text, value)))
    if isinstance(value, datetime):
        # To the minute, as forms have it.
        moment = value if timezone.is_naive(value) else timezone.localtime(value)
        return f"{moment:%Y-%m-%d %H:%M}"
    return str(value)


def value_of(row: models.Model, name: str) -> Any:
    """Return the value of a row's field; of an incident also that of a role or custom field."""
    reader = getattr(row, "value_of", None)
    return reader(name) if reader else getattr(row, name, None)


def _set(row: models.Model, name: str, value: Any) -> None:
    writer = getattr(row, "set_value", None)
    if writer:
        writer(name, value)
    else:
        setattr(row, name, value)


def marks(row: models.Model, names: Any) -> dict[str, str]:
    """Return the marks of the fields ``names`` of a row, for a form that shows them."""
    return {name: fingerprint(as_text(value_of(row, name))) for name in names}


def change(row: M, wanted: Mapping[str, Any], shown: Mapping[str, str]) -> M:
    """Store what the writer of a form changed, and return the row as it is then.

    ``wanted`` has a value for each field of the form, ``shown`` the marks that the form
    carried. The row is locked meanwhile. Raises :class:`Conflict` if another writer has
    changed one of the fields, and the model's ``ValidationError`` for invalid values.
    """
    manager: models.Manager[M] = type(row)._default_manager
    with atomic():
        stored = lock(manager.filter(pk=row.pk)).get()
        texts = {name: as_text(value) for name, value in wanted.items()}
        now = {name: as_text(value_of(stored, name)) for name in wanted}
        theirs = conflicting(shown, texts, now)
        if theirs:
            raise Conflict({name: value_of(stored, name) for name in theirs})
        changed = False
        for name, value in wanted.items():
            left_alone = name in shown and fingerprint(texts[name]) == shown[name]
            if not left_alone and fingerprint(texts[name]) != fingerprint(now[name]):
                _set(stored, name, value)
                changed = True
        if changed:
            stored.clean()
            stored.save()
    return stored
