"""Functions that a room offers by name and a room above it carries out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class Port:
    """A function to be called here, whose work is done by a room that builds on this one.

    That room puts its function in with :meth:`provide`, when Django is ready.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._function: Callable[..., Any] | None = None

    def provide(self, function: F) -> F:
        """Have ``function`` do the work; can be used as a decorator."""
        self._function = function
        return function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Do it. Raises ``RuntimeError`` before Django is ready."""
        if self._function is None:
            raise RuntimeError(f"{self._name} was called before Django was ready (django.setup())")
        return self._function(*args, **kwargs)
