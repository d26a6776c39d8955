"""Serializer fields for what a project configures: severities, statuses, roles, custom fields.

They ask for the rows each time, since rows change while the program runs. Below the fields are
the checks of what was sent, and how the OpenAPI schema describes roles and custom fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError as ModelValidationError
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers

from response.core.api import people
from response.core.api.fields import NoUnsetChoiceField
from response.core.models import ExternalUser, Field, Incident, Role, Status
from response.core.models.configured import ConfiguredRow
from response.core.models.field import Required
from response.core.models.field_values import DECIMALS, LONGEST_LINK, LONGEST_TEXT, Kind
from response.core.models.role import LEAD
from response.core.models.status import Category
from response.db import storable

PERSON_KEYS = ("app_id", "external_id", "display_name", "full_name", "email", "deleted")
MOST_PEOPLE = 100


class RowField(NoUnsetChoiceField):
    """The key of a row that is offered; its name and aliases are understood as well."""

    def __init__(self, kind: type[ConfiguredRow], **kwargs: Any) -> None:
        self.kind = kind
        super().__init__(choices=(), **kwargs)

    def _offered(self) -> dict[str, str]:
        return dict(self.kind.pairs())

    def _get_choices(self) -> Any:
        return self._offered()

    def _set_choices(self, choices: Any) -> None:
        """Ignore what the framework sets: the rows are read each time."""

    choices = property(_get_choices, _set_choices)  # type: ignore[assignment]
    grouped_choices = property(_get_choices)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str | int) and not isinstance(data, bool) and len(str(data)) <= 200:
            row = self.kind.named(str(data))
            if row is not None and not row.retired:
                return row.key
        known = ", ".join(f"{key} ({name})" for key, name in self._offered().items())
        return self.fail("invalid_choice", input=str(data)[:40], known=known)

    def to_representation(self, value: Any) -> Any:
        return value


class StatusField(RowField):
    """The key of the status that an incident has, whether it was chosen or is the default."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.pop("kind", None)
        super().__init__(Status, **kwargs)

    def _offered(self) -> dict[str, str]:
        order = list(Category)
        rows = sorted(Status.offered(), key=lambda row: order.index(Category(row.category)))
        return {row.key: row.label() for row in rows}

    def get_attribute(self, instance: Any) -> Any:
        return instance.current_status().key

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the key. The present status, sent back as it was read, changes nothing."""
        incident = self.parent.instance if self.parent is not None else None
        if isinstance(incident, Incident) and data == incident.current_status().key:
            return incident.status
        return super().run_validation(data)


def person_data(person: ExternalUser) -> dict[str, Any]:
    """Return a person as the API shows people."""
    return {name: getattr(person, name) for name in PERSON_KEYS}


def value_data(field: Field, value: Any) -> Any:
    """Return the value of a custom field as JSON; null for none, a list for several choices."""
    if isinstance(value, ExternalUser):
        return person_data(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, tuple):
        return list(value)
    return None if value is None else field.text_of(value)


def is_configured() -> dict[str, bool]:
    """Return whether there are any roles and fields; without, clients see nothing of them."""
    return {"roles": bool(Role.all_rows()), "fields": bool(Field.all_rows())}


def _person(data: Any) -> ExternalUser:
    """Return the known person that a client names. Raises ``ValidationError`` as the API does."""
    if not isinstance(data, Mapping):
        raise serializers.ValidationError([_("Send a person, as {“external_id”: “U012ABCDEF”}.")])
    named = {name: data.get(name) for name in ("app_id", "external_id", "email")}
    for name, value in named.items():
        if value is not None and (not isinstance(value, str) or storable(value) != value):
            raise serializers.ValidationError({name: [_("Not a valid string.")]})
    return people.find(
        *((value[:255] if value else None) for value in named.values())  # type: ignore[arg-type]
    )


class _Details(serializers.Field[Any, Any, Any, Any]):
    """An object with a key for each row that is configured; on writing, those to be changed."""

    #: The name under which the values reach ``create`` and ``update``.
    target = ""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(source="*", required=False, **kwargs)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError([_("This must be an object.")])
        values, errors = {}, {}
        for key, sent in data.items():
            try:
                values[str(key)] = self.read(str(key), sent)
            except serializers.ValidationError as error:
                errors[str(key)[:100]] = error.detail
        if errors:
            raise serializers.ValidationError(errors)
        return {self.target: values}

    def read(self, key: str, sent: Any) -> Any:
        """Return the value that was sent for a key. Raises ``ValidationError``."""
        raise NotImplementedError


class RolesField(_Details):
    """Who has which role: lists of people by the role's key."""

    target = "role_people"

    def to_representation(self, incident: Incident) -> dict[str, Any]:
        return {role.key: [person_data(p) for p in found] for role, found in incident.roles()}

    def read(self, key: str, sent: Any) -> list[ExternalUser]:
        """Return the people; a single one may be sent without a list, and null for none."""
        if key == LEAD:
            raise serializers.ValidationError([_("The lead is a field of its own: send `lead`.")])
        role = Role.with_key(key)
        if role is None:
            known = ", ".join(row.key for row in Role.offered()) or "–"
            raise serializers.ValidationError(
                [_("There is no such role. The roles are: %(known)s.") % {"known": known}]
            )
        if sent is None:
            return []
        listed = sent if isinstance(sent, list) else [sent]
        if len(listed) > MOST_PEOPLE:
            raise serializers.ValidationError([_("That is too many people.")])
        return [_person(one) for one in listed]


class CustomFieldsField(_Details):
    """The values of the custom fields, by key."""

    target = "field_values"

    def to_representation(self, incident: Incident) -> dict[str, Any]:
        return {field.key: value_data(field, value) for field, value in incident.custom_fields()}

    def read(self, key: str, sent: Any) -> Any:
        """Return what was sent, with people found; the model checks it."""
        field = Field.with_key(key)
        if field is None:
            known = ", ".join(row.key for row in Field.offered()) or "–"
            raise serializers.ValidationError(
                [_("There is no such field. The fields are: %(known)s.") % {"known": known}]
            )
        return _person(sent) if field.kind == Kind.PERSON and sent is not None else sent


# Checks of what was sent.


def check_status(attrs: dict[str, Any], incident: Incident | None) -> None:
    """Raise ``ValidationError`` for a status that contradicts the other values sent.

    ``attrs`` are the values sent, ``incident`` is the incident to change, or None.
    """
    key = attrs.get("status")
    row = Status.with_key(key)
    if row is None or (incident is not None and key == incident.status):
        return
    report_only = attrs.get("report_only", incident is not None and incident.report_only)
    if row.category == (Category.LIVE if report_only else Category.REPORTED):
        message = (
            _("This incident was reported after the fact and cannot have this status.")
            if report_only
            else _("This status is only for incidents reported after the fact.")
        )
        raise serializers.ValidationError({"status": [message]})
    was = incident.end_time if incident is not None else None
    ends = attrs.get("end_time", was)
    if ends != was and (ends is not None) != (row.category == Category.CLOSED):
        message = _("This status does not go with the end time that was sent.")
        raise serializers.ValidationError({"status": [message]})


def stage(
    incident: Incident, attrs: dict[str, Any], *, declaring: bool = False, closing: bool = False
) -> None:
    """Set on ``incident`` the roles and fields that a client sent, and check what is required.

    ``attrs`` are the validated values. Raises the framework's ``ValidationError`` with errors at
    ``roles.<key>`` and ``fields.<key>``.
    """
    roles, fields = attrs.get(RolesField.target), attrs.get(CustomFieldsField.target)
    errors: dict[str, dict[str, Any]] = {}
    for values, kind, name in ((roles, Role, "roles"), (fields, Field, "fields")):
        for key, value in (values or {}).items():
            row: Any = kind.with_key(key)
            try:
                incident.set_value(row.attribute, value)
            except ModelValidationError as error:
                errors.setdefault(name, {})[key] = error.messages
    missing = incident.missing(Required.DECLARING) if declaring else []
    missing += incident.missing(Required.CLOSING) if closing else []
    for field in missing:
        message = (
            _("This is needed before the incident can be closed.")
            if field.required == Required.CLOSING
            else _("This field is required.")
        )
        errors.setdefault("fields", {}).setdefault(field.key, [message])
    if errors:
        raise serializers.ValidationError(errors)


# The OpenAPI schema, of the rows that are configured when it is made.


def _schema_of(field: Field, direction: str) -> dict[str, Any]:
    keys = [option.key for option in field.options_for()]
    shapes: dict[str, dict[str, Any]] = {
        Kind.TEXT: {"type": "string", "maxLength": LONGEST_TEXT},
        Kind.CHOICE: {"type": "string"},
        Kind.CHOICES: {"type": "array", "items": {"type": "string"}},
        Kind.NUMBER: {"type": "number", "multipleOf": 10**-DECIMALS},
        Kind.DATE: {"type": "string", "format": "date"},
        Kind.PERSON: dict(_PERSON_SHAPE),
        Kind.LINK: {"type": "string", "format": "uri", "maxLength": LONGEST_LINK},
    }
    shape = shapes[field.kind]
    if direction == "request" and keys:
        (shape if field.kind == Kind.CHOICE else shape.setdefault("items", {}))["enum"] = keys
    description = " ".join(filter(None, [field.name + ".", field.description]))
    return {**shape, "nullable": True, "description": description}


_PERSON_SHAPE: dict[str, Any] = {
    "type": "object",
    "properties": {
        **{name: {"type": "string", "nullable": True} for name in PERSON_KEYS[:-1]},
        "deleted": {"type": "boolean"},
    },
}


class RolesFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """An object with a list of people for each role."""

    target_class = RolesField

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        people_ = {"type": "array", "items": _PERSON_SHAPE}
        return {
            "type": "object",
            "properties": {
                role.key: {**people_, "description": f"{role.name}. {role.description}".strip()}
                for role in Role.offered()
            },
            "additionalProperties": people_,
        }


class CustomFieldsFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """An object with the value of each field."""

    target_class = CustomFieldsField

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {f.key: _schema_of(f, direction) for f in Field.offered()},
            "additionalProperties": {},
        }
