"""Models that know what they changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Self

from django.db import models

from response.core.db import atomic, lock
from response.core.text import sanitise

Changes = dict[str, tuple[Any, Any]]


class TrackedModel(models.Model):
    """A model that saves only the fields that were changed and says which these were.

    Two people who change different fields of the same row at the same time both get
    their way, since neither writes the other's field back. Subclasses implement
    :meth:`record`, which runs in the transaction of the save.
    """

    #: Text fields that people write, cleaned before they are stored.
    people_write: tuple[str, ...] = ()

    class Meta:
        abstract = True

    def save(
        self,
        *,
        force_insert: bool | tuple[models.base.ModelBase, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Store the row, and record what changed in the same transaction.

        Values that equal what the database holds are not written. Raises what Django's
        own ``save`` raises.
        """
        for name in self.people_write:
            setattr(self, name, sanitise(getattr(self, name)))
        using = using or self._state.db
        with atomic(using=using):
            stored = None if self._state.adding else self._stored(using)
            if stored is None:
                super().save(force_insert=force_insert, force_update=force_update, using=using)
                self.record(created=True, changes={})
            else:
                names = list(self._touched_fields() if update_fields is None else update_fields)
                changes = self._differences(stored, names)
                super().save(update_fields=list(changes), using=using)
                if changes:
                    self.record(created=False, changes=changes)
        self._remember()

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

    def _touched_fields(self) -> Iterable[str]:
        loaded = getattr(self, "_loaded", {})
        deferred = self.get_deferred_fields()
        for field in self._meta.concrete_fields:
            if field.primary_key or field.attname in deferred:
                continue
            if field.attname not in loaded or loaded[field.attname] != getattr(self, field.attname):
                yield field.name

    def record(self, created: bool, changes: Changes) -> None:
        """Write down what this save did. ``changes`` is empty when ``created``."""
        raise NotImplementedError

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
