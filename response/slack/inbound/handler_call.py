"""The part of a request that one handler does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from response.db import Statement


@dataclass(frozen=True)
class HandlerCall:
    """A call of a handler, with the name under which it is recorded as done.

    The name is stored in the request's row: a call that is renamed would be made a second time
    by the next release.
    """

    name: str
    run: Callable[[], None]

    @property
    def is_command(self) -> bool:
        """Return whether it runs a command that a person has given to the bot."""
        return self.name.startswith(("command", "edited"))


@dataclass(frozen=True)
class Shortcut:
    """A single UPDATE that does everything for a request, and the handler that it belongs to."""

    name: str
    update: Statement
