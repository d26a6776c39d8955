"""Import errors for names that were removed since 0.5.1, saying what to use instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn


def refuse(module: str, names: Mapping[str, str]) -> Callable[[str], NoReturn]:
    """Return a module-level ``__getattr__`` that refuses the removed ``names``.

    ``names`` maps each name to a sentence that says what to use instead. The error is an
    ``ImportError`` for attribute access too: for ``from module import name`` Python would not
    show the message of an ``AttributeError``.
    """

    def __getattr__(name: str) -> NoReturn:
        if name in names:
            raise ImportError(f"{module}.{name} of release 0.5.1 is gone. {names[name]}")
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    return __getattr__
