"""Incidents by what people typed for a role or a custom field: for the list and the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db.models import Q

from response.core.models import ExternalUser, Field, FieldValue, Role
from response.core.models.field_values import Kind

if TYPE_CHECKING:
    from response.core.models.incident import IncidentQuerySet

#: Finds the incidents in which no one has the role, or in which the field is empty.
NONE = "none"


def is_value(row: Role | Field, text: str) -> bool:
    """Return whether ``text`` can be asked for: a number for a field of numbers, and so on."""
    if isinstance(row, Role) or text == NONE or row.kind in (Kind.TEXT, Kind.PERSON):
        return True
    try:
        row.lookups(text)
    except ValidationError:
        return False
    return True


def with_detail(incidents: IncidentQuerySet, row: Role | Field, text: str) -> IncidentQuerySet:
    """Return those of ``incidents`` that have ``text`` in a role or custom field.

    People are found by part of their name, texts by part of the text, everything else by the
    whole value. No query is sent. Raises ``ValidationError`` for what :func:`is_value` refuses.
    """
    if isinstance(row, Role):
        if text == NONE:
            return incidents.without_role(row)
        return incidents.with_role(row, ExternalUser.objects.filter(named(text)))
    if text == NONE:
        return incidents.without_value(row)
    if row.kind == Kind.PERSON:
        people = ExternalUser.objects.filter(named(text)).values("pk")
        rows = FieldValue.objects.filter(field=row, person__in=people)
        return incidents.filter(pk__in=rows.values("incident"))
    if row.kind == Kind.TEXT:
        rows = FieldValue.objects.filter(field=row, text__icontains=text)
        return incidents.filter(pk__in=rows.values("incident"))
    return incidents.with_value(row, row.lookups(text))


def named(text: str, field: str = "") -> Q:
    """Return the condition that a person's name contains ``text``, or that it is their address.

    ``field`` is the path to the person, with ``__`` at its end.
    """
    text = text.removeprefix("@")
    return (
        Q(**{f"{field}full_name__icontains": text})
        | Q(**{f"{field}display_name__icontains": text})
        | Q(**{f"{field}email__iexact": text})
    )
