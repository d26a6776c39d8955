"""A kind of row in the file: how its section is dumped and loaded."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from response.core.models.configured import ConfiguredRow
from response.setup.configuration.columns import Column, column_of
from response.setup.configuration.document import Mapping, Mistake, Mistakes, Value, shortened, walk

#: The distance between the ranks of rows that do not say theirs.
STEP = 10

ADDED, CHANGED, RETIRED, DELETED = "added", "changed", "retired", "deleted"


@dataclass(frozen=True)
class Difference:
    """What a load does, or would do, to one row.

    ``what`` is one of :data:`ADDED`, :data:`CHANGED`, :data:`RETIRED` and :data:`DELETED`;
    ``columns`` are those that change, with what they were and are.
    """

    section: str
    key: str
    what: str
    columns: dict[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """A row of the file: its values by column, and the lines where they are."""

    line: int
    values: dict[str, Any]
    lines: dict[str, int]

    def mistake(self, sentence: str, column: str = "") -> Mistake:
        """Return a mistake in the line of a column, else in that of the row."""
        return Mistake(self.lines.get(column, self.line), sentence)


class Kind(Protocol):
    """A section of the file."""

    @property
    def name(self) -> str:
        """The section's name."""

    def dump(self) -> Any:
        """Return the section: lists and dicts of plain values."""

    def load(self, section: Value) -> list[Difference]:
        """Store the rows of the section, and return what that changed.

        Called inside a transaction. Raises :class:`Mistakes`.
        """

    def finish(self, section: Value) -> list[Difference]:
        """Remove the rows that the section leaves out, check the others, and return the changes.

        Called in the same transaction when all kinds are loaded, the last kind first, so that
        rows are removed before the rows that they refer to. Raises :class:`Mistakes`.
        """


@dataclass(frozen=True)
class RowKind:
    """A section of rows of a model.

    ``columns`` are those that the model cannot tell by itself; ``without`` are columns that
    are not in the file. ``check`` looks at all rows, once they are stored, and yields mistakes
    in the section that it is given.
    """

    name: str
    model: type[ConfiguredRow]
    columns: dict[str, Column] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    check: Callable[[Value], Iterator[Mistake]] | None = None

    @cached_property
    def _columns(self) -> dict[str, Column]:
        """The columns by name, in the order in which they are written."""
        fields = [
            column
            for column in self.model._meta.concrete_fields
            if not column.primary_key and column.name not in self.without
        ]
        found = {
            column.name: self.columns.get(column.name) or column_of(column) for column in fields
        }
        found.update({name: c for name, c in self.columns.items() if name not in found})
        first = ("key", "name", "category")
        last = ("rank", "description", "default", "retired")
        order = [*first, *(n for n in found if n not in first + last), *last]
        return {name: found[name] for name in order if name in found}

    def _default(self, name: str) -> Any:
        column = self.model._meta.get_field(name)
        return column.get_default() if isinstance(column, models.Field) else None

    # Writing

    def dump(self) -> list[dict[str, Any]]:
        """Return the rows in order, without columns that have their default value."""
        rows = []
        for place, row in enumerate(self._stored(), start=1):
            written = {}
            for name, column in self._columns.items():
                stored = getattr(row, name)
                usual = STEP * place if name == "rank" else self._default(name)
                if name in ("key", "name") or stored != usual:
                    written[name] = column.written(stored)
            rows.append(written)
        return rows

    def _stored(self) -> list[ConfiguredRow]:
        rows = list(self.model._default_manager.order_by("rank", "key"))
        return rows or list(self.model.built_in())

    # Reading

    def load(self, section: Value) -> list[Difference]:
        """Store the rows of the section, and return what that changed."""
        wanted = self._read(section)
        manager = self.model._default_manager
        if not manager.exists():
            manager.bulk_create(self.model.built_in())
        stored = {row.key: row for row in manager.all()}
        differences, mistakes = [], []
        for key, row in wanted.items():
            try:
                differences.append(self._store(stored.get(key), row))
            except Mistakes as found:
                mistakes += found.found
        if mistakes:
            raise Mistakes(mistakes)
        return [difference for difference in differences if difference]

    def finish(self, section: Value) -> list[Difference]:
        """Retire or delete the rows that the section leaves out, and check the others."""
        wanted = self._read(section)
        gone = self.model._default_manager.exclude(key__in=wanted).order_by("rank", "key")
        differences = [self._leave_out(row) for row in gone]
        mistakes = list(self._mistakes(wanted, section))
        if mistakes:
            raise Mistakes(mistakes)
        return [difference for difference in differences if difference]

    def _read(self, section: Value) -> dict[str, Wanted]:
        """Return the rows of the section by key, each with its line. Raises ``Mistakes``."""
        rows: dict[str, Wanted] = {}
        mistakes = []
        try:
            items = section.items()
        except Mistake as mistake:
            raise Mistakes([mistake]) from None
        for place, item in enumerate(items, start=1):
            try:
                mapping = item.mapping()
                values = dict(self._values(mapping))
                key = values["key"]
                if key in rows:
                    raise mapping.values["key"].mistake(
                        _("The key “%(key)s” is already in line %(line)d.")
                        % {"key": shortened(key), "line": rows[key].line}
                    )
                values.setdefault("rank", STEP * place)
                rows[key] = Wanted(item.line, values, mapping.lines)
            except Mistake as mistake:
                mistakes.append(mistake)
        if mistakes:
            raise Mistakes(mistakes)
        return rows

    def _values(self, row: Mapping) -> Iterator[tuple[str, Any]]:
        for name in ("key", "name"):
            if name not in row.values:
                raise Mistake(row.line, _("This row has no “%(name)s”.") % {"name": name})
        for name, value in walk(row):
            if name not in self._columns:
                raise Mistake(row.lines[name], self._unknown(name))
            yield name, self._columns[name].read(value)

    def _unknown(self, name: str) -> str:
        near = difflib.get_close_matches(name, self._columns, n=1)
        if near:
            return _("There is no “%(name)s” here. Did you mean “%(near)s”?") % {
                "name": shortened(name),
                "near": near[0],
            }
        return _("There is no “%(name)s” here. Use one of: %(known)s.") % {
            "name": shortened(name),
            "known": ", ".join(self._columns),
        }

    def _store(self, stored: ConfiguredRow | None, wanted: Wanted) -> Difference | None:
        row = stored or self.model()
        before = {name: getattr(row, name) for name in self._columns}
        for name in self._columns:
            given = name in wanted.values
            setattr(row, name, wanted.values[name] if given else self._default(name))
        row.normalise()
        changed = {
            name: (before[name], getattr(row, name))
            for name in self._columns
            if before[name] != getattr(row, name)
        }
        if stored is not None and not changed:
            return None
        fixed = changed.keys() & set(self.model.fixed) if stored is not None else set()
        if fixed:
            sentence = _("This is “%(value)s” and never changes. Add another row instead.")
            raise Mistakes([wanted.mistake(sentence % {"value": before[n]}, n) for n in fixed])
        try:
            row.clean_fields()
            row.clean_change()
        except ValidationError as error:
            raise Mistakes(list(_mistakes_of(error, wanted))) from None
        row.save()
        what = CHANGED if stored is not None else ADDED
        return Difference(self.name, row.key, what, changed if stored is not None else {})

    def _leave_out(self, row: ConfiguredRow) -> Difference | None:
        """Delete a row that the file does not have, or retire it if it is used."""
        if not row.is_used():
            row.delete()
            return Difference(self.name, row.key, DELETED)
        if row.retired:
            return None
        row.retired = True
        if hasattr(row, "default"):
            row.default = False
        row.save()
        return Difference(self.name, row.key, RETIRED)

    def _mistakes(self, wanted: dict[str, Wanted], section: Value) -> Iterator[Mistake]:
        """Yield what is wrong with the rows, now that all of them are stored."""
        here = Wanted(section.line, {}, {})
        said = set()
        for row in self.model._default_manager.order_by("rank", "key"):
            place = wanted.get(row.key, here)
            if place.values.get("default") and not getattr(row, "default", True):
                yield place.mistake(
                    _("There can be only one default, and another row already is."), "default"
                )
                continue
            try:
                row.clean()
            except ValidationError as error:
                for mistake in _mistakes_of(error, place):
                    if mistake.sentence not in said:
                        yield mistake
                    said.add(mistake.sentence)
        if self.check:
            yield from self.check(section)


def _mistakes_of(error: ValidationError, row: Wanted) -> Iterator[Mistake]:
    """Yield what a validator of the model says, each in the line of its column."""
    if not hasattr(error, "error_dict"):
        yield row.mistake(" ".join(error.messages))
        return
    for name, messages in error.message_dict.items():
        for message in messages:
            words = message if name == "__all__" else f"{name}: {message}"
            yield row.mistake(words, name)
