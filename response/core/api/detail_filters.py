"""The query parameters of incidents for roles and custom fields."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as ModelValidationError
from django.db.models import Q, QuerySet
from rest_framework import filters
from rest_framework.exceptions import ValidationError as InvalidRequest
from rest_framework.request import Request

from response.core.models import ExternalUser, Field, Role
from response.core.models.field_values import Kind
from response.db import storable

_NONE = "none"


class DetailsFilter(filters.BaseFilterBackend):
    """Filters by ``role_<key>`` and ``field_<key>``, for the rows that are configured.

    Several values are separated by commas, and ``none`` stands for no value. Numbers and dates
    also have ``field_<key>_min`` and ``field_<key>_max``.
    """

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: Any
    ) -> QuerySet[Any]:
        asked = request.query_params
        for role in Role.all_rows():
            if text := asked.get(role.attribute, ""):
                queryset = _by_role(queryset, role, text)
        for field in Field.all_rows():
            if text := asked.get(field.attribute, ""):
                queryset = _checked(_by_value, queryset, field, text, field.attribute)
            for end in ("min", "max"):
                name = f"{field.attribute}_{end}"
                if _has_range(field) and (text := asked.get(name, "")):
                    queryset = _checked(_by_range, queryset, field, text, name)
        return queryset

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Return the parameters for the rows that are configured now."""
        found = [
            _parameter(
                role.attribute,
                f"{role.name}: external id or e-mail address; `none` for no one.",
            )
            for role in Role.all_rows()
        ]
        for field in Field.all_rows():
            found.append(
                _parameter(
                    field.attribute,
                    f"{field.name} ({Kind(field.kind).value}): one or several values, with "
                    "commas; `none` for without.",
                )
            )
            if _has_range(field):
                found.append(_parameter(f"{field.attribute}_min", f"{field.name}: that or more."))
                found.append(_parameter(f"{field.attribute}_max", f"{field.name}: that or less."))
        return found


def _parameter(name: str, text: str) -> dict[str, Any]:
    return {
        "name": name,
        "required": False,
        "in": "query",
        "description": text,
        "schema": {"type": "string"},
    }


def _has_range(field: Field) -> bool:
    return field.kind in (Kind.NUMBER, Kind.DATE)


def _checked(
    function: Any, queryset: QuerySet[Any], field: Field, text: str, name: str
) -> QuerySet[Any]:
    try:
        found: QuerySet[Any] = function(queryset, field, text, name)
    except ModelValidationError as error:
        raise InvalidRequest({name: error.messages}) from error
    return found


def _values(text: str) -> list[str]:
    parts = storable(text).split(",")[:50]
    return [part for part in (part.strip() for part in parts) if part]


def _by_value(queryset: QuerySet[Any], field: Field, text: str, name: str) -> QuerySet[Any]:
    values = _values(text)
    lookups = [one for value in values if value != _NONE for one in field.lookups(value)]
    matching: QuerySet[Any] = queryset.with_value(field, lookups)  # type: ignore[attr-defined]
    if _NONE not in values:
        return matching
    empty = queryset.without_value(field)  # type: ignore[attr-defined]
    keys = queryset.model._default_manager
    return (
        queryset.filter(
            Q(pk__in=keys.with_value(field, lookups).order_by().values("pk"))
            | Q(pk__in=keys.without_value(field).order_by().values("pk"))
        )
        if lookups
        else empty
    )


def _by_range(queryset: QuerySet[Any], field: Field, text: str, name: str) -> QuerySet[Any]:
    value = field.cleaned(text)
    if value is None:  # nothing but white space
        return queryset
    end = "gte" if name.endswith("_min") else "lte"
    column = "number" if field.kind == Kind.NUMBER else "lookup"
    bound = value if field.kind == Kind.NUMBER else field.lookup(value)
    rows = field.values.filter(**{f"{column}__{end}": bound})
    return queryset.filter(pk__in=rows.order_by().values("incident"))


def _by_role(queryset: QuerySet[Any], role: Role, text: str) -> QuerySet[Any]:
    values = _values(text)
    named = Q(pk__in=())
    for value in values:
        if value != _NONE:
            named |= Q(email__iexact=value) if "@" in value else Q(external_id=value)
    if _NONE not in values:
        found: QuerySet[Any] = queryset.with_role(  # type: ignore[attr-defined]
            role, ExternalUser.objects.filter(named)
        )
        return found
    manager = queryset.model._default_manager
    people_with = manager.with_role(role, ExternalUser.objects.filter(named))
    return queryset.filter(
        Q(pk__in=people_with.order_by().values("pk"))
        | Q(pk__in=manager.without_role(role).order_by().values("pk"))
    )
