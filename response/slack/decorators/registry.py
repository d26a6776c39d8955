"""The registries of handlers, and the checks made when a handler is registered."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.dispatch import Signal

Function = Callable[..., Any]

#: What to do about a handler that is not in a process, for messages.
REMEDY = (
    "Import its module in every process: call it slack_handlers.py and put it into an "
    "installed app, or import it in the ready() of one of the project's AppConfigs."
)


def where(fn: Function) -> str:
    """Return the function's name for an error message, with its file and line."""
    code = getattr(inspect.unwrap(fn), "__code__", None)
    place = f" ({code.co_filename}:{code.co_firstlineno})" if code else ""
    return f"{name_of(fn)}{place}"


def name_of(fn: Function) -> str:
    """Return the dotted name under which the inbox records that a handler is done."""
    # Callables other than plain functions may have neither attribute.
    module = getattr(fn, "__module__", None) or "?"
    return f"{module}.{getattr(fn, '__qualname__', repr(fn))}"


def is_builtin(fn: Function) -> bool:
    """Return whether a function is one of Response's own; a project's takes precedence."""
    module = getattr(fn, "__module__", None) or ""
    return module.startswith("response.slack.handlers")


def refuse(decorator: str, fn: Function, problem: str) -> ImproperlyConfigured:
    """Return the error for an invalid registration."""
    return ImproperlyConfigured(f"@{decorator} on {where(fn)}: {problem}")


def check_arguments(decorator: str, fn: Function, *names: str) -> None:
    """Raise ``ImproperlyConfigured`` if ``fn`` does not accept positional arguments ``names``."""
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
    """Raise ``ImproperlyConfigured`` if a key is not a string, is empty or is too long to store."""
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
    #: Distinguishes handlers with the same name, for instance those made by a factory.
    number: int = 1
    #: Whether it handles messages of other bots as well.
    from_bots: bool = False

    @property
    def name(self) -> str:
        """The handler's dotted name, with a number if several have the same."""
        return name_of(self.fn) + (f"#{self.number}" if self.number > 1 else "")


H = TypeVar("H", bound=Handler)

#: Sent when a handler of the project is registered, by its registry's class.
project_handler_added = Signal()


class OnePerKey(Generic[H]):
    """A registry with one active handler per key: the project's, else the built-in one."""

    def __init__(self) -> None:
        self._handlers: dict[tuple[str, bool], H] = {}

    def add(self, handler: H) -> None:
        """Register a handler; of two project handlers for a key the last one wins, as in 0.5.1."""
        builtin = is_builtin(handler.fn)
        self._handlers[handler.key, builtin] = handler
        if not builtin:
            project_handler_added.send(type(self))

    def find(self, key: str) -> H | None:
        """Return the active handler for ``key``, or None."""
        return self._handlers.get((key, False)) or self._handlers.get((key, True))

    def find_among(self, key: str, *, builtin: bool) -> H | None:
        """Return the built-in handler for ``key``, or the project's, or None."""
        return self._handlers.get((key, builtin))

    def of_project(self) -> list[H]:
        """Return the project's handlers."""
        return [h for (_key, builtin), h in self._handlers.items() if not builtin]

    def remove(self, key: str, *, builtin: bool | None = None) -> bool:
        """Remove the handlers for ``key``: both, or only the built-in or the project's one.

        Returns whether there was any.
        """
        which = (True, False) if builtin is None else (builtin,)
        removed = [self._handlers.pop((key, b), None) for b in which]
        return any(handler is not None for handler in removed)

    def __iter__(self) -> Iterator[H]:
        keys = dict.fromkeys(key for key, _builtin in self._handlers)
        return iter([handler for handler in map(self.find, keys) if handler])

    def snapshot(self) -> dict[tuple[str, bool], H]:
        """Return the current state for :meth:`restore`; for tests that register handlers."""
        return dict(self._handlers)

    def restore(self, snapshot: dict[tuple[str, bool], H]) -> None:
        """Restore a state that :meth:`snapshot` returned."""
        self._handlers = dict(snapshot)


def _imported_again(handler: Handler, known: Handler) -> bool:
    """Return whether ``handler`` is ``known`` from a module that was imported a second time.

    A function registered twice (for instance with two lists of keywords), two functions of the
    same name in a module, and functions made by a factory are separate handlers.
    """
    made_in_a_function = "<locals>" in name_of(handler.fn)
    return (
        handler.fn is not known.fn
        and not made_in_a_function
        and where(handler.fn) == where(known.fn)
    )


class ManyPerKey(Generic[H]):
    """A registry with any number of handlers per key, in the order of registration."""

    def __init__(self) -> None:
        self._handlers: list[H] = []

    def add(self, handler: H) -> None:
        """Register a handler; a module that is imported again replaces its own handlers."""
        alike = [
            h
            for h in self._handlers
            if (h.key, name_of(h.fn)) == (handler.key, name_of(handler.fn))
        ]
        again = [h for h in alike if _imported_again(handler, h)]
        self._handlers = [h for h in self._handlers if h not in again]
        number = max((h.number for h in alike if h not in again), default=0) + 1
        self._handlers.append(replace(handler, number=number))
        if not is_builtin(handler.fn):
            project_handler_added.send(type(self))

    def find(self, key: str) -> list[H]:
        """Return the handlers for ``key``."""
        return [h for h in self._handlers if h.key == key]

    def of_project(self) -> list[H]:
        """Return the project's handlers."""
        return [h for h in self._handlers if not is_builtin(h.fn)]

    def __iter__(self) -> Iterator[H]:
        return iter(self._handlers)

    def snapshot(self) -> list[H]:
        """Return the current state for :meth:`restore`."""
        return list(self._handlers)

    def restore(self, snapshot: list[H]) -> None:
        """Go back to a state."""
        self._handlers = list(snapshot)
