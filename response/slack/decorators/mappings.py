"""The registries as the dicts and lists of functions of release 0.5.1.

They are live views of the registered handlers. Projects read them, mostly in tests, and some
add or remove built-in handlers; both work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any

from response.slack.decorators.registry import Function, Handler, ManyPerKey, OnePerKey, is_builtin

#: A decorator, called as a function: ``register(key, fn)``.
Register = Callable[[Any, Function], Any]


class FunctionsByKey(MutableMapping[str, Function]):
    """One function per key; ``builtin`` limits it to built-in handlers or to the project's."""

    def __init__(
        self, registry: OnePerKey[Any], register: Register, builtin: bool | None = None
    ) -> None:
        self._registry, self._register, self._builtin = registry, register, builtin

    def _find(self, key: str) -> Handler | None:
        if self._builtin is None:
            found: Handler | None = self._registry.find(key)
        else:
            found = self._registry.find_among(key, builtin=self._builtin)
        return found

    def __getitem__(self, key: str) -> Function:
        found = self._find(key)
        if found is None:
            raise KeyError(key)
        return found.fn

    def __setitem__(self, key: str, fn: Function) -> None:
        self._register(key, fn)

    def __delitem__(self, key: str) -> None:
        if not self._registry.remove(key, builtin=self._builtin):
            raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        keys = [handler.key for handler in self._registry]
        return (key for key in keys if self._find(key) is not None)

    def __len__(self) -> int:
        return sum(1 for _key in self)

    def __repr__(self) -> str:
        return repr(dict(self))


class FunctionLists(Mapping[Any, Any]):
    """Several functions per key, as lists; with ``last_only`` only the last one.

    A key without handlers has an empty list, as in a ``defaultdict``.
    """

    def __init__(
        self,
        registry: ManyPerKey[Any],
        keys: Callable[[Any], list[Any]],
        register: Register,
        *,
        last_only: bool = False,
    ) -> None:
        self._registry, self._keys, self._register = registry, keys, register
        self._last_only = last_only

    def _all(self) -> dict[Any, list[Function]]:
        found: dict[Any, list[Function]] = {}
        for handler in self._registry:
            for key in self._keys(handler):
                found.setdefault(key, []).append(handler.fn)
        return found

    def __getitem__(self, key: Any) -> Any:
        functions = self._all().get(key, [])
        if not self._last_only:
            return functions
        if not functions:
            raise KeyError(key)
        return functions[-1]

    def __setitem__(self, key: Any, value: Any) -> None:
        for fn in [value] if callable(value) else value:
            self._register(key, fn)

    def __contains__(self, key: object) -> bool:
        return key in self._all()

    def __iter__(self) -> Iterator[Any]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __repr__(self) -> str:
        return repr(self._all())


class HelpTexts(Mapping[str, str]):
    """The help of each command, by its names separated by commas."""

    def __init__(self, registry: OnePerKey[Any]) -> None:
        self._registry = registry

    def _all(self) -> dict[str, str]:
        return {", ".join(c.names): str(c.helptext) for c in self._registry}

    def __getitem__(self, names: str) -> str:
        return self._all()[names]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


class NotificationHandler:
    """A reminder: its name, its function, and how often it is sent."""

    def __init__(
        self, key: str, callback: Function, interval_mins: float, max_notifications: int
    ) -> None:
        self.key, self.callback = key, callback
        self.interval_mins, self.max_notifications = interval_mins, max_notifications

    def __str__(self) -> str:
        return self.key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NotificationHandler) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.key, self.callback))


class NotificationHandlers(Sequence[NotificationHandler]):
    """All reminders. As in 0.5.1, ``max_notifications`` does not count the first one."""

    def __init__(self, registry: OnePerKey[Any]) -> None:
        self._registry = registry

    def _all(self) -> list[NotificationHandler]:
        return [
            NotificationHandler(
                key=r.key,
                callback=r.fn,
                interval_mins=r.first_after_mins,
                max_notifications=r.max_notifications - 1,
            )
            for r in self._registry
        ]

    def __getitem__(self, index: Any) -> Any:
        return self._all()[index]

    def __len__(self) -> int:
        return len(self._all())

    def remove(self, handler: NotificationHandler) -> None:
        """Remove a reminder. Raises ``ValueError`` if it is not registered."""
        builtin = is_builtin(handler.callback)
        if handler not in self._all() or not self._registry.remove(handler.key, builtin=builtin):
            raise ValueError(f"{handler} is not registered")
