"""How the columns of a row are written in a file and read from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import models
from django.utils.translation import gettext as _

from response.core.models.configured import ConfiguredRow
from response.setup.configuration.document import Value, shortened


class Column(Protocol):
    """How one column is written and read."""

    def read(self, value: Value) -> Any:
        """Return what the row has. Raises ``Mistake``."""

    def written(self, stored: Any) -> Any:
        """Return what the file has: text, a number, a boolean, or a list or dict of these."""


@dataclass(frozen=True)
class Text:
    """A column of text."""

    def read(self, value: Value) -> str:
        """Return the text; null is an empty text."""
        return "" if value.is_null() else value.text()

    def written(self, stored: Any) -> str:
        """Return the text."""
        return str(stored)


@dataclass(frozen=True)
class Choice:
    """One of a few words; ``choices`` says which there are now."""

    choices: Callable[[], list[str]]

    def read(self, value: Value) -> str:
        """Return the word. Raises ``Mistake`` if it is not one of the choices."""
        word = "" if value.is_null() else value.written()
        choices = self.choices()
        if word not in choices:
            raise value.mistake(
                _("“%(word)s” is not one of these: %(choices)s.")
                % {"word": shortened(word), "choices": ", ".join(filter(None, choices))}
            )
        return word

    def written(self, stored: Any) -> str:
        """Return the word."""
        return str(stored)


@dataclass(frozen=True)
class Number:
    """A whole number; empty if ``optional``."""

    optional: bool = False

    def read(self, value: Value) -> int | None:
        """Return the number."""
        return None if self.optional and value.is_null() else value.number()

    def written(self, stored: Any) -> int | None:
        """Return the number."""
        return None if stored is None else int(stored)


@dataclass(frozen=True)
class YesNo:
    """A column that is true or false."""

    def read(self, value: Value) -> bool:
        """Return which."""
        return value.boolean()

    def written(self, stored: Any) -> bool:
        """Return which."""
        return bool(stored)


@dataclass(frozen=True)
class Words:
    """A column with a list of words."""

    def read(self, value: Value) -> list[str]:
        """Return the words."""
        return [item.text() for item in value.items()]

    def written(self, stored: Any) -> list[str]:
        """Return the words."""
        return [str(word) for word in stored]


@dataclass(frozen=True)
class KeysColumn:
    """A list of keys of another kind, such as the severities for which something is required."""

    kind: type[ConfiguredRow]

    def read(self, value: Value) -> list[str]:
        """Return the keys. Raises ``Mistake`` for one that is in no row."""
        known = [row.key for row in self.kind.all_rows()]
        keys = []
        for item in value.items():
            key = item.text()
            if key not in known:
                raise item.mistake(
                    _("“%(key)s” is not one of these keys: %(known)s.")
                    % {"key": shortened(key), "known": ", ".join(known)}
                )
            keys.append(key)
        return keys

    def written(self, stored: Any) -> list[str]:
        """Return the keys."""
        return [str(key) for key in stored]


def column_of(column: models.Field[Any, Any]) -> Column:
    """Return how a column of a model is written and read.

    Raises ``TypeError`` for a kind of column that has to be described.
    """
    if column.choices:
        return Choice(lambda: [str(value) for value, _label in column.flatchoices])
    if isinstance(column, models.BooleanField):
        return YesNo()
    if isinstance(column, models.IntegerField):
        return Number(optional=column.null)
    if isinstance(column, models.JSONField):
        return Words()
    if isinstance(column, models.CharField | models.TextField):
        return Text()
    raise TypeError(f"{column}: say how it is written and read, with columns=…")
