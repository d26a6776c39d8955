"""Models that know what they changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Self

from django.db import models

from response.core.clean import sanitise
from response.core.models.signals import tracked_saved
from response.db import atomic, lock

Changes = dict[str, tuple[Any, Any]]


class TrackedModel(models.Model):
    """A model that saves only the fields that were changed and says which these were.

    Two people who change different fields of the same row at the same time both get
    their way, since neither writes the other's field back. Every save that stores something
    sends :data:`~response.core.models.signals.tracked_saved` in its own transaction.
    """

    #: Text fields that people write, cleaned before they are stored.
    user_text_fields: tuple[str, ...] = ()

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
        for name in self.user_text_fields:
            setattr(self, name, sanitise(getattr(self, name)))
        using = using or self._state.db
        with atomic(using=using):
            stored = None if self._state.adding else self._stored(using)
            if stored is None:
                super().save(force_insert=force_insert, force_update=force_update, using=using)
                self._announce(created=True, changes={})
            else:
                names = list(self._touched_fields() if update_fields is None else update_fields)
                changes = self._differences(stored, names)
                super().save(update_fields=list(changes), using=using)
                if changes:
                    self._announce(created=False, changes=changes)
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
