"""Roles and custom fields on an incident's page."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import ValidationError

from response.core.models import ExternalUser, Field, Incident, Role
from response.core.models.field_values import Kind

Row = Role | Field


def rows_of(incident: Incident) -> list[Row]:
    """Return the roles and fields that an incident has or can be given."""
    roles: list[Row] = [role for role, _people in incident.roles()]
    return [*roles, *(field for field, _value in incident.custom_fields())]


@dataclass(frozen=True)
class Shown:
    """A custom field on the page: ``person`` and ``link`` are set for values of these kinds."""

    name: str
    description: str
    text: str
    person: ExternalUser | None = None
    link: str = ""


def shown_fields(incident: Incident) -> list[Shown]:
    """Return the custom fields of an incident for its page."""
    found = []
    for field, value in incident.custom_fields():
        is_person = isinstance(value, ExternalUser)
        found.append(
            Shown(
                field.name,
                field.description,
                "" if is_person else field.shown(value),
                value if is_person else None,
                # What was stored in other ways is no link unless it is one.
                value if field.kind == Kind.LINK and value and _is_link(field, value) else "",
            )
        )
    return found


def _is_link(field: Field, value: str) -> bool:
    try:
        return bool(field.cleaned(value) == value)
    except ValidationError:
        return False
