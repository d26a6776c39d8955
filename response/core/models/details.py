"""What an incident has besides its own columns: people in roles, and custom fields.

An incident reads them from its related rows; a change is set like that of a column and stored by
``save()``, so that it is one change with whatever else is saved: one entry in the event stream,
one message to webhooks. Names are ``role_<key>`` and ``field_<key>``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Prefetch, prefetch_related_objects
from django.utils.translation import gettext as _

from response.core import actors
from response.core.models.field import Field, FieldValue, Required
from response.core.models.role import Role, RoleAssignment
from response.core.models.user_external import ExternalUser

if TYPE_CHECKING:
    from response.core.models.tracked import Changes

_ROLE, _FIELD = "role_", "field_"


def row_named(name: str) -> Role | Field | None:
    """Return the role or field that is called ``role_<key>`` or ``field_<key>``, or None."""
    if name.startswith(_ROLE):
        return Role.with_key(name.removeprefix(_ROLE))
    if name.startswith(_FIELD):
        return Field.with_key(name.removeprefix(_FIELD))
    return None


def every_row() -> list[Role | Field]:
    """Return all roles and fields in order, retired ones included."""
    rows: list[Role | Field] = [*Role.all_rows()]
    return [*rows, *Field.all_rows()]


def prefetches() -> list[Any]:
    """Return what to prefetch for a list of incidents; nothing where nothing is configured."""
    return [*_prefetch_people(), *_prefetch_values()]


def _prefetch_people() -> list[Any]:
    rows = RoleAssignment.objects.select_related("person").order_by("id")
    return [Prefetch("role_assignments", queryset=rows)] if Role.all_rows() else []


def _prefetch_values() -> list[Any]:
    rows = FieldValue.objects.select_related("person").order_by("position", "id")
    return [Prefetch("field_value_rows", queryset=rows)] if Field.all_rows() else []


class DetailsMixin(models.Model):
    """The roles and fields of an incident."""

    class Meta:
        abstract = True

    # Roles

    def people_in(self, role: Role) -> list[ExternalUser]:
        """Return who has a role, in the order in which it was given."""
        staged = self._staged_values().get(role.attribute)
        return list(self._people().get(role.pk, [])) if staged is None else list(staged)

    def roles(self) -> list[tuple[Role, list[ExternalUser]]]:
        """Return the roles with who has them: those that are offered, and retired ones in use."""
        found = [(role, self.people_in(role)) for role in Role.all_rows()]
        return [(role, people) for role, people in found if people or not role.retired]

    def set_people(self, role: Role, people: Iterable[ExternalUser]) -> None:
        """Have ``save()`` give a role to these people and to no one else.

        Raises ``ValidationError``, under the role's name, for several people in a role for one,
        for a program, and for a person who has no account any more and does not have it yet.
        """
        wanted = list({person.pk: person for person in people}.values())
        present = {person.pk for person in self.people_in(role)}
        new = [person for person in wanted if person.pk not in present]
        why_not = ""
        if len(wanted) > 1 and not role.several:
            why_not = _("Only one person can have this role at a time.")
        elif role.retired and new:
            why_not = _("This role is no longer in use.")
        for person in new:
            why_not = why_not or person.why_not_lead()
        if why_not:
            raise ValidationError({role.attribute: why_not})
        self._staged_values()[role.attribute] = wanted

    # Fields

    def value_in(self, field: Field) -> Any:
        """Return the value of a custom field; see :mod:`response.core.models.field`."""
        staged = self._staged_values()
        if field.attribute in staged:
            return staged[field.attribute]
        return field.read(self._values().get(field.pk, []))

    def custom_fields(self) -> list[tuple[Field, Any]]:
        """Return the custom fields with their values, in order.

        Left out are empty ones that are retired, or not for an incident of this severity.
        """
        severity = getattr(self, "severity", None)
        found = [(field, self.value_in(field)) for field in Field.all_rows()]
        return [
            (field, value)
            for field, value in found
            if value != field.empty or (not field.retired and field.applies_to(severity))
        ]

    def set_field(self, field: Field, raw: Any) -> None:
        """Have ``save()`` store a value, in any form that :meth:`Field.cleaned` takes.

        Raises ``ValidationError``, under the field's name, for what cannot be a value, for a
        new value of a retired field, and for none where one is required.
        """
        present = self.value_in(field)
        try:
            value = field.cleaned(raw, present)
        except ValidationError as error:
            raise ValidationError({field.attribute: error.messages}) from error
        if value == present:
            return
        why_not = ""
        if field.retired and value != field.empty:
            why_not = _("This field is no longer in use: it can only be emptied.")
        elif value == field.empty and self._needs(field):
            why_not = _("This is required: it can be changed, but not emptied.")
        if why_not:
            raise ValidationError({field.attribute: why_not})
        self._staged_values()[field.attribute] = value

    def _needs(self, field: Field) -> bool:
        """Return whether the incident must keep a value in the field."""
        if field.retired or not field.applies_to(getattr(self, "severity", None)):
            return False
        closed = getattr(self, "end_time", None) is not None
        return field.required == Required.DECLARING or (
            field.required == Required.CLOSING and closed
        )

    def missing(self, when: Required, severity: str | None = None) -> list[Field]:
        """Return the fields that are required at this point, and have no value.

        ``severity`` is the one that the incident is about to have, by default its present one.
        """
        severity = severity or getattr(self, "severity", None)
        return [
            field
            for field in Field.offered()
            if field.required == when
            and field.applies_to(severity)
            and self.value_in(field) == field.empty
        ]

    def missing_at_closing(self) -> list[Field]:
        """Return the fields that have to be filled in before people can close the incident."""
        return self.missing(Required.CLOSING)

    # By name, for forms and the detection of conflicts

    def value_of(self, name: str) -> Any:
        """Return the value of a column, of ``role_<key>`` or of ``field_<key>``."""
        row = row_named(name)
        if isinstance(row, Role):
            return self.people_in(row)
        return self.value_in(row) if isinstance(row, Field) else getattr(self, name, None)

    def set_value(self, name: str, value: Any) -> None:
        """Set what :meth:`value_of` returns. Raises ``ValidationError`` as the setters do."""
        row = row_named(name)
        if isinstance(row, Role):
            self.set_people(row, value or ())
        elif isinstance(row, Field):
            self.set_field(row, value)
        else:
            setattr(self, name, value)

    def set_details(
        self, roles: Mapping[str, Any] | None, fields: Mapping[str, Any] | None
    ) -> None:
        """Set several by their keys. Raises one ``ValidationError`` for all that is wrong."""
        errors: dict[str, Any] = {}
        for kind, prefix, values in ((Role, _ROLE, roles), (Field, _FIELD, fields)):
            for key, value in (values or {}).items():
                row = kind.with_key(key)
                if row is None:
                    errors[f"{prefix}{key}"] = [_("This does not exist here.")]
                    continue
                try:
                    self.set_value(row.attribute, value)
                except ValidationError as error:
                    errors.update(error.message_dict)
        if errors:
            raise ValidationError(errors)

    # Stored rows

    def _staged_values(self) -> dict[str, Any]:
        staged: dict[str, Any] = self.__dict__.setdefault("_staged", {})
        return staged

    def _related(self, name: str, prefetch: list[Any]) -> list[Any]:
        """Return related rows: those that were prefetched, else read once and kept."""
        if self.pk is None or not prefetch:
            return []
        prefetch_related_objects([self], *prefetch)
        return list(getattr(self, name).all())

    def _people(self) -> dict[int, list[ExternalUser]]:
        found: dict[int, list[ExternalUser]] = {}
        for row in self._related("role_assignments", _prefetch_people()):
            found.setdefault(row.role_id, []).append(row.person)
        return found

    def _values(self) -> dict[int, list[FieldValue]]:
        found: dict[int, list[FieldValue]] = {}
        for row in self._related("field_value_rows", _prefetch_values()):
            found.setdefault(row.field_id, []).append(row)
        return found

    def forget_details(self) -> None:
        """Forget the roles and fields in memory, so that they are read again; unsaved ones stay."""
        cache = self.__dict__.get("_prefetched_objects_cache", {})
        for name in ("role_assignments", "field_value_rows"):
            cache.pop(name, None)

    def write_related(self) -> Changes:
        """Store what was set, and return what that changed. The incident's row is locked."""
        staged = dict(self._staged_values())
        self._staged_values().clear()
        # Others may have changed them since they were read.
        self.forget_details()
        changes: Changes = {}
        for name, value in staged.items():
            row = row_named(name)
            old = self.value_of(name)
            if isinstance(row, Role) and {p.pk for p in old} != {p.pk for p in value}:
                self._give(row, old, value)
                changes[name] = (old, value)
            elif isinstance(row, Field) and old != value:
                FieldValue.objects.filter(incident=self.pk, field=row).delete()
                FieldValue.objects.bulk_create(row.rows(self, value))
                changes[name] = (old, value)
        if changes:
            self.forget_details()
        return changes

    def _give(self, role: Role, old: list[ExternalUser], new: list[ExternalUser]) -> None:
        actor = actors.current()
        mine = RoleAssignment.objects.filter(incident=self.pk, role=role)
        mine.exclude(person__in=[person.pk for person in new]).delete()
        have = {person.pk for person in old}
        RoleAssignment.objects.bulk_create(
            RoleAssignment(
                incident_id=self.pk,
                role=role,
                person=person,
                actor=actor.person,
                actor_name=actor.name,
            )
            for person in new
            if person.pk not in have
        )
