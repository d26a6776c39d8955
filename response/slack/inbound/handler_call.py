"""A handler's part of a request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from response.db import Statement


@dataclass(frozen=True)
class HandlerCall:
    """A call that is still to be made, under the name by which it is noted as done.

    The name stands in the request's row; a renamed one would be called again by the next
    release.
    """

    name: str
    run: Callable[[], None]

    @property
    def is_command(self) -> bool:
        """Whether it runs what a person has told the bot to do."""
        return self.name.startswith(("command", "edited"))


@dataclass(frozen=True)
class Shortcut:
    """One update that does all that is to be done for a request, and whose it is."""

    name: str
    update: Statement
