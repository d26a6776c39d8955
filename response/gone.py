"""Refusing names of release 0.5.1 with a sentence that says what to write instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn


def refuse(module: str, names: Mapping[str, str]) -> Callable[[str], NoReturn]:
    """Make a module's ``__getattr__`` that knows ``names`` as gone, each with a sentence.

    It raises ``ImportError`` for them also where they are asked for as attributes: of an
    ``AttributeError`` Python would not show the sentence in ``from module import name``.
    """

    def __getattr__(name: str) -> NoReturn:
        if name in names:
            raise ImportError(f"{module}.{name} of release 0.5.1 is gone. {names[name]}")
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    return __getattr__
