"""Who is acting now: a person, a program by name, or Response itself.

Each entrance (a request of Slack's, the API, a page, the admin, an alert source, the tick)
says on whose behalf it acts; what is written meanwhile, the timeline above all, notes it.
Without an entrance (a shell, a script) it is not known who acts, and nothing is noted.

This module is below the models: people are handed in, and loaded only when something
is written.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

LONGEST_NAME = 255


class Actor:
    """The author of a change.

    ``name`` is the name of a program, or of a person without an
    ``ExternalUser``. ``person`` is an ``ExternalUser``, or a function that
    returns one or None; it is called at most once, and only if the actor is needed.
    """

    def __init__(self, name: str = "", person: Any | Callable[[], Any] = None) -> None:
        self._name = name[:LONGEST_NAME]
        self._find = person if callable(person) else None
        self._person = None if callable(person) else person

    @property
    def person(self) -> Any:
        """The ``ExternalUser``, None for a program or an unknown person."""
        if self._find is not None:
            find, self._find = self._find, None
            self._person = find()
        return self._person

    @property
    def name(self) -> str:
        """The actor's name; that of the person if there is one."""
        if self.person is not None:
            return str(self.person.full_name or self.person.display_name)[:LONGEST_NAME]
        return self._name


UNKNOWN = Actor()
RESPONSE = Actor("Response")

_current: ContextVar[Actor] = ContextVar("response_actor", default=UNKNOWN)


def current() -> Actor:
    """Return the actor now; :data:`UNKNOWN` if no entrance has said so."""
    return _current.get()


@contextlib.contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """Record ``actor`` as the author of every change made in the block."""
    token = _current.set(actor)
    try:
        yield
    finally:
        _current.reset(token)
