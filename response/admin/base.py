"""What admin pages have in common."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from response.core.actors import acting_as
from response.core.models.user_external import account_actor
from response.core.private_admin import PrivateMixin


class ActingMixin:
    """Records changes in the admin as made by the logged-in user."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Add or change an object on behalf of the user."""
        with acting_as(account_actor(request.user)):
            return super().changeform_view(request, *args, **kwargs)  # type: ignore[misc]

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Run actions on behalf of the user."""
        with acting_as(account_actor(request.user)):
            return super().changelist_view(request, *args, **kwargs)  # type: ignore[misc]


class RecordAdmin(PrivateMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    """The base class for rows that only the program writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: these rows are not added by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: these rows are not changed by hand."""
        return False
