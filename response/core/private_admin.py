"""One rule for every page of the admin: rows of private incidents are hidden.

A page shows, offers, accepts and deletes only what :func:`visible` returns.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.utils import NestedObjects
from django.core.exceptions import FieldDoesNotExist
from django.db import models, router
from django.http import HttpRequest
from django.utils.translation import gettext as _

from response.core.models import Incident
from response.core.models.incident import only_visible

#: The permission to see every private incident, and to decide who else does.
PERMISSION = "response.view_private_incident"


def visible(rows: models.QuerySet[Any], user: Any) -> models.QuerySet[Any]:
    """Return the rows, of any model, that ``user`` may see."""
    if issubclass(rows.model, Incident):
        return rows.filter(pk__in=Incident.objects.visible_to(user).values("pk"))
    return only_visible(rows, user) if _belongs_to_an_incident(rows.model) else rows


def may_see_all(request: HttpRequest) -> bool:
    """Return whether the account may see every private incident."""
    return bool(request.user.has_perm(PERMISSION))


def _belongs_to_an_incident(model: type[models.Model]) -> bool:
    try:
        return model._meta.get_field("incident").related_model is Incident
    except FieldDoesNotExist:
        return False


class PrivateMixin:
    """Hides the rows of private incidents from users who may not see the incidents."""

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Return the rows that the account may see: for lists, pages, history and actions."""
        return visible(super().get_queryset(request), request.user)  # type: ignore[misc]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer and take only what the account may see, also as an initial value."""
        rows = kwargs.get("queryset")
        if rows is None:
            rows = self.get_field_queryset(kwargs.get("using"), db_field, request)  # type: ignore[attr-defined]
        if rows is None:
            rows = db_field.remote_field.model._default_manager.all()
        kwargs["queryset"] = visible(rows, request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Return what would be deleted; refused if the account may not see all of it."""
        if _touches_hidden(objs, request.user):
            why = _("It includes private incidents that you cannot see or delete.")
            return [], {}, set(), [why]
        return super().get_deleted_objects(objs, request)  # type: ignore[misc]


def _touches_hidden(objs: Iterable[Any], user: Any) -> bool:
    """Return whether deleting ``objs`` involves what ``user`` may not see."""
    objs = list(objs)
    if not objs:
        return False
    collector: Any = NestedObjects(using=router.db_for_write(type(objs[0])), origin=objs)
    collector.collect(objs)
    found: dict[type[models.Model], set[Any]] = {}
    for model, rows in collector.model_objs.items():
        found.setdefault(model, set()).update(row.pk for row in rows)
    for row in collector.protected:
        found.setdefault(type(row), set()).add(row.pk)
    for model, keys in found.items():
        rows = model._default_manager.filter(pk__in=keys)
        if visible(rows, user).count() < rows.count():
            return True
    return False


class IncludesPrivateMixin:
    """Guards rows whose ``include_private`` opens private incidents to a receiver or a rule.

    Only those who may see every private incident can set it, and change a row that has it.
    """

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show ``include_private`` without letting others change it."""
        more = () if may_see_all(request) else ("include_private",)
        return (*super().get_readonly_fields(request, obj), *more)  # type: ignore[misc]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the account may change the row."""
        if obj is not None and obj.include_private and not may_see_all(request):
            return False
        return bool(super().has_change_permission(request, obj))  # type: ignore[misc]
