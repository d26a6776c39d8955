"""Functions that one package calls and a package above it implements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class Port:
    """A function whose implementation is provided by a package that imports this one.

    That package calls :meth:`provide` when Django is ready.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._function: Callable[..., Any] | None = None

    def provide(self, function: F) -> F:
        """Make ``function`` the implementation; can be used as a decorator."""
        self._function = function
        return function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the implementation. Raises ``RuntimeError`` before Django is ready."""
        if self._function is None:
            raise RuntimeError(f"{self._name} was called before Django was ready (django.setup())")
        return self._function(*args, **kwargs)
