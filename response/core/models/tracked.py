"""The abstract model that tracks changes to its fields."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections, models

from response.core.clean import is_visible, sanitise
from response.core.models.signals import tracked_saved
from response.db import atomic, lock, lost_a_race

Changes = dict[str, tuple[Any, Any]]

M = TypeVar("M", bound="TrackedModel")
P = ParamSpec("P")
T = TypeVar("T")

#: How often a change is tried that loses against others.
TRIES = 4


def retried(method: Callable[Concatenate[M, P], T]) -> Callable[Concatenate[M, P], T]:
    """Decorate a method of a tracked model that makes its change in one transaction.

    If that loses against another one (a deadlock, a lock that is not given in time), the
    instance becomes what it was and the method is called again, four times in all. Inside
    another transaction, which is lost as a whole then, the error is raised at once.
    """

    @functools.wraps(method)
    def call(self: M, /, *args: P.args, **kwargs: P.kwargs) -> T:
        for tried in range(1, TRIES + 1):
            before = vars(self) | {"_loaded": dict(getattr(self, "_loaded", {}))}
            try:
                return method(self, *args, **kwargs)
            except OperationalError as error:
                inside = connections[self._state.db or DEFAULT_DB_ALIAS].in_atomic_block
                if inside or not lost_a_race(error):
                    raise
                vars(self).clear()
                vars(self).update(before)
                if tried == TRIES:
                    raise
        raise AssertionError("the last attempt returns or raises")

    return call


class TrackedModel(models.Model):
    """A model that writes and announces only the fields that have changed.

    If two people change different fields of a row at the same time, both changes are kept,
    since neither save overwrites the other's field. Every save that changes something sends
    :data:`~response.core.models.signals.tracked_saved` in its transaction.
    """

    #: Text fields that people write, cleaned before they are stored. A text that shows nothing
    #: is stored as empty where the field may be.
    user_text_fields: tuple[str, ...] = ()
    #: Fields that depend on each other, which :meth:`settle` brings in line.
    settled_fields: tuple[str, ...] = ()

    class Meta:
        abstract = True

    def save(
        self,
        *args: Any,
        force_insert: bool | tuple[models.base.ModelBase, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Store the row, and record what changed in the same transaction.

        Accepts the arguments of Django's ``save``, also by position, sends Django's signals and
        raises the same errors. Fields that were not changed since the row was loaded get their
        current values from the database.
        """
        options: dict[str, Any] = {
            "force_insert": force_insert,
            "force_update": force_update,
            "using": using,
            "update_fields": update_fields,
        }
        options |= dict(zip(options, args, strict=False))
        options["using"] = options["using"] or self._state.db
        for name in self.user_text_fields:
            text = sanitise(getattr(self, name))
            if text and not is_visible(text) and self._meta.get_field(name).null:
                text = ""
            setattr(self, name, text)
        with atomic(using=options["using"]):
            fresh = self._state.adding or options["force_insert"]
            stored = None if fresh else self._stored(options["using"])
            if stored is None:
                self._settle(options)
                super().save(**options)
                self.write_related()
                self._announce(created=True, changes={})
            else:
                names = options["update_fields"]
                self._take_over_untouched(stored, None if names is None else self.settled_fields)
                names = self._settle(options)
                # Receivers of Django's pre_save may change the row until it is written.
                super().save(**options)
                changes = self._differences(stored, self._written(names)) | self.write_related()
                if changes:
                    self._announce(created=False, changes=changes)
        self._remember()

    def write_related(self) -> Changes:
        """Store what was set in related rows, in the transaction of each save.

        Returns what changed, by a name that no column has. The row is stored and locked.
        """
        return {}

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Collection[Any], **kwargs: Any
    ) -> Self:
        instance = super().from_db(db, field_names, values, **kwargs)
        instance._loaded = dict(zip(field_names, values, strict=False))
        return instance

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        self._remember()

    def _remember(self) -> None:
        deferred = self.get_deferred_fields()
        self._loaded: dict[str, Any] = {
            f.attname: getattr(self, f.attname)
            for f in self._meta.concrete_fields
            if f.attname not in deferred
        }

    def settle(self) -> set[str]:
        """Bring fields that depend on each other in line; return the names of those it changed.

        Called in the transaction of each save, once the fields have their newest values.
        """
        return set()

    def _settle(self, options: dict[str, Any]) -> Iterable[str] | None:
        """Settle the fields, and return the names of those to write; None for all."""
        changed, names = self.settle(), options["update_fields"]
        if names is not None and changed:
            options["update_fields"] = [*names, *(changed - set(names))]
        result: Iterable[str] | None = options["update_fields"]
        return result

    def _take_over_untouched(self, stored: Self, names: Iterable[str] | None = None) -> None:
        """Update fields that were not changed here with values stored meanwhile.

        All of them, or those among ``names``.
        """
        loaded = getattr(self, "_loaded", {})
        for name in self._written(names):
            attname = self._meta.get_field(name).attname  # type: ignore[union-attr]
            now = getattr(stored, attname)
            if attname in loaded and loaded[attname] == getattr(self, attname) != now:
                setattr(self, attname, now)

    def _written(self, names: Iterable[str] | None) -> list[str]:
        """Return the names of the fields to write: ``names``, or all loaded fields."""
        if names is not None:
            return list(names)
        deferred = self.get_deferred_fields()
        return [
            field.name
            for field in self._meta.concrete_fields
            if not field.primary_key and field.attname not in deferred
        ]

    def _announce(self, created: bool, changes: Changes) -> None:
        tracked_saved.send(type(self), instance=self, created=created, changes=changes)

    def _stored(self, using: str | None) -> Self | None:
        manager = type(self)._base_manager.using(using)
        return lock(manager.filter(pk=self.pk)).first()

    def _differences(self, stored: Self, names: Iterable[str]) -> Changes:
        changes: Changes = {}
        for name in names:
            field = self._meta.get_field(name)
            attname = getattr(field, "attname", name)
            old, new = getattr(stored, attname), field.to_python(getattr(self, attname))  # type: ignore[union-attr]
            if old != new:
                changes[field.name] = (getattr(stored, field.name), getattr(self, field.name))
        return changes
