"""Where handlers are kept, and what must be true of one for it to be kept."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from django.core.exceptions import ImproperlyConfigured

Function = Callable[..., Any]


def where(fn: Function) -> str:
    """The function as an error message names it, with its file and line."""
    code = getattr(inspect.unwrap(fn), "__code__", None)
    place = f" ({code.co_filename}:{code.co_firstlineno})" if code else ""
    return f"{name_of(fn)}{place}"


def name_of(fn: Function) -> str:
    """The dotted name under which the inbox notes that a handler has done its part."""
    # What is no plain function (a bound method of a list, say) may have neither.
    module = getattr(fn, "__module__", None) or "?"
    return f"{module}.{getattr(fn, '__qualname__', repr(fn))}"


def is_builtin(fn: Function) -> bool:
    """Whether a handler is one of Response's own; a project's takes precedence over it."""
    module = getattr(fn, "__module__", None) or ""
    return module.startswith("response.slack.handlers")


def refuse(decorator: str, fn: Function, problem: str) -> ImproperlyConfigured:
    """The error for a registration that cannot work."""
    return ImproperlyConfigured(f"@{decorator} on {where(fn)}: {problem}")


def check_arguments(decorator: str, fn: Function, *names: str) -> None:
    """Refuse a function that cannot be called with positional arguments ``names``."""
    if not callable(fn):
        raise ImproperlyConfigured(f"@{decorator} needs a function, not {fn!r}")
    try:
        inspect.signature(fn).bind(*names)
    except TypeError as error:
        wanted = ", ".join(names)
        raise refuse(
            decorator,
            fn,
            f"it is called as {fn.__name__}({wanted}), which it does not take: {error}",
        ) from None


def check_key(decorator: str, fn: Function, key: Any, what: str, longest: int) -> None:
    """Refuse a key that is no text, empty, or longer than where it has to be kept."""
    if not isinstance(key, str) or not key.strip():
        raise refuse(decorator, fn, f"{what} must be a non-empty string, not {key!r}")
    if len(key) > longest:
        raise refuse(
            decorator, fn, f"{what} has {len(key)} characters, and at most {longest} fit: {key!r}"
        )


@dataclass(frozen=True)
class Handler:
    """A registered function and what it was registered with."""

    key: str
    fn: Function
    options: dict[str, Any] = field(default_factory=dict)
    #: Which of several that bear the same name, for instance because a factory made them.
    number: int = 1
    #: Whether it wants the messages of other bots as well.
    from_bots: bool = False

    @property
    def name(self) -> str:
        """Its dotted name."""
        return name_of(self.fn) + (f"#{self.number}" if self.number > 1 else "")


H = TypeVar("H", bound=Handler)


class OnePerKey(Generic[H]):
    """At most one handler answers to a key: a project's, else the built-in one."""

    def __init__(self) -> None:
        self._handlers: dict[tuple[str, bool], H] = {}

    def add(self, handler: H) -> None:
        """Register; the last of two projects' handlers for one key wins, as in 0.5.1."""
        self._handlers[handler.key, is_builtin(handler.fn)] = handler

    def find(self, key: str) -> H | None:
        """The handler that answers to ``key``."""
        return self._handlers.get((key, False)) or self._handlers.get((key, True))

    def find_among(self, key: str, *, builtin: bool) -> H | None:
        """The built-in handler for ``key``, or the project's."""
        return self._handlers.get((key, builtin))

    def remove(self, key: str, *, builtin: bool | None = None) -> bool:
        """Forget the handlers for ``key``: both, or only the one that is meant.

        False if there was none.
        """
        which = (True, False) if builtin is None else (builtin,)
        removed = [self._handlers.pop((key, b), None) for b in which]
        return any(handler is not None for handler in removed)

    def __iter__(self) -> Iterator[H]:
        for key in dict.fromkeys(key for key, _builtin in self._handlers):
            handler = self.find(key)
            if handler:
                yield handler

    def snapshot(self) -> dict[tuple[str, bool], H]:
        """The present state, for :meth:`restore`; for tests that register handlers."""
        return dict(self._handlers)

    def restore(self, snapshot: dict[tuple[str, bool], H]) -> None:
        """Go back to a state."""
        self._handlers = dict(snapshot)


def _imported_again(handler: Handler, known: Handler) -> bool:
    """Whether it is the one that we know, of a module that was imported a second time.

    One that was registered twice (under two lists of words, say), two of one name in a
    module, and what a factory makes are handlers of their own.
    """
    made_in_a_function = "<locals>" in name_of(handler.fn)
    return (
        handler.fn is not known.fn
        and not made_in_a_function
        and where(handler.fn) == where(known.fn)
    )


class ManyPerKey(Generic[H]):
    """Any number of handlers for a key, in the order in which they were registered."""

    def __init__(self) -> None:
        self._handlers: list[H] = []

    def add(self, handler: H) -> None:
        """Register; a module that is imported anew replaces its own handlers."""
        alike = [
            h
            for h in self._handlers
            if (h.key, name_of(h.fn)) == (handler.key, name_of(handler.fn))
        ]
        again = [h for h in alike if _imported_again(handler, h)]
        self._handlers = [h for h in self._handlers if h not in again]
        number = max((h.number for h in alike if h not in again), default=0) + 1
        self._handlers.append(replace(handler, number=number))

    def find(self, key: str) -> list[H]:
        """The handlers for ``key``."""
        return [h for h in self._handlers if h.key == key]

    def __iter__(self) -> Iterator[H]:
        return iter(self._handlers)

    def snapshot(self) -> list[H]:
        """The present state, for :meth:`restore`."""
        return list(self._handlers)

    def restore(self, snapshot: list[H]) -> None:
        """Go back to a state."""
        self._handlers = list(snapshot)
