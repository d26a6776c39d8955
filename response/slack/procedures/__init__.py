"""What we do in Slack that takes several calls, and can be taken up again in between.

A procedure is a function of the outbox row that asks for it, registered under a name that
is used like a method of the Web API. It keeps how far it got in ``row.progress`` and raises
``SlackError`` where Slack failed it: the outbox decides whether to try again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Procedure = Callable[[Any], None]

_procedures: dict[str, Procedure] = {}
_when_given_up: dict[str, Callable[[Any, Exception], None]] = {}


def procedure(name: str) -> Callable[[Procedure], Procedure]:
    """Register a procedure under a name (with a dot, as methods have)."""

    def register(fn: Procedure) -> Procedure:
        _procedures[name] = fn
        return fn

    return register


def when_given_up(
    name: str,
) -> Callable[[Callable[[Any, Exception], None]], Callable[[Any, Exception], None]]:
    """Register what to do when the outbox has given up on a procedure."""

    def register(fn: Callable[[Any, Exception], None]) -> Callable[[Any, Exception], None]:
        _when_given_up[name] = fn
        return fn

    return register


def find(name: str) -> Procedure | None:
    """The procedure of that name; None for a method of the Web API."""
    return _procedures.get(name)


def gave_up(row: Any, error: Exception) -> None:
    """Called by the outbox for a row that it marks as failed."""
    follow_up = _when_given_up.get(row.method)
    if follow_up:
        follow_up(row, error)
