"""Add the ids of the current work to every log record.

Response's own records carry ``request_id``, ``outbox_id`` and ``incident_id`` in ``extra``.
With :class:`ContextFilter` on a log handler, all other records do as well: those of a project's
own handlers, or Django's about a slow query.
"""

from __future__ import annotations

import contextlib
import contextvars
import logging
from collections.abc import Iterator

#: The attributes that :class:`ContextFilter` sets on each record.
NAMES = ("request_id", "outbox_id", "incident_id")

_current: contextvars.ContextVar[dict[str, object] | None] = contextvars.ContextVar(
    "response_log_context", default=None
)


@contextlib.contextmanager
def working_on(**ids: object) -> Iterator[None]:
    """Set the ids for records logged in the block; None values are left out."""
    token = _current.set({name: value for name, value in ids.items() if value is not None})
    try:
        yield
    finally:
        _current.reset(token)


def note(**ids: object) -> None:
    """Add ids to those of the current block."""
    current = _current.get()
    if current is not None:
        current.update(ids)


def current() -> dict[str, object]:
    """Return the current ids; empty outside :func:`working_on`."""
    return dict(_current.get() or {})


class ContextFilter(logging.Filter):
    """Sets the current ids on each record; ``-`` for an id that is not known."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Set the ids and let the record through."""
        known = _current.get() or {}
        for name in NAMES:
            if not hasattr(record, name):
                setattr(record, name, known.get(name, "-"))
        return True
