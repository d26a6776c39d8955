"""What is being worked on, for every line that is logged meanwhile.

Our own records carry ``request_id``, ``outbox_id`` and ``incident_id`` in ``extra``. With
:class:`ContextFilter` on a log handler, so does every other record: what a project's own
handlers log, and what Django says of a slow query.
"""

from __future__ import annotations

import contextlib
import contextvars
import logging
from collections.abc import Iterator

#: The names that :class:`ContextFilter` puts on each record.
NAMES = ("request_id", "outbox_id", "incident_id")

_current: contextvars.ContextVar[dict[str, object] | None] = contextvars.ContextVar(
    "response_log_context", default=None
)


@contextlib.contextmanager
def working_on(**ids: object) -> Iterator[None]:
    """Within the block, records are about these ids; None is left out."""
    token = _current.set({name: value for name, value in ids.items() if value is not None})
    try:
        yield
    finally:
        _current.reset(token)


def note(**ids: object) -> None:
    """Something more is known of what is being worked on."""
    current = _current.get()
    if current is not None:
        current.update(ids)


def current() -> dict[str, object]:
    """What is being worked on; empty if nothing is."""
    return dict(_current.get() or {})


class ContextFilter(logging.Filter):
    """Puts the ids on each record; ``-`` where there is none."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets everything through."""
        known = _current.get() or {}
        for name in NAMES:
            if not hasattr(record, name):
                setattr(record, name, known.get(name, "-"))
        return True
