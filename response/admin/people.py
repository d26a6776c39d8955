"""The admin of people."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from response.core.models.user_external import SLACK
from response.core.private_admin import PrivateMixin, may_see_all
from response.models import ExternalUser


@admin.register(ExternalUser)
class ExternalUserAdmin(PrivateMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    """People and their Django users."""

    list_display = ("display_name", "full_name", "app_id", "external_id", "owner", "deleted")
    list_filter = ("app_id", "deleted")
    list_select_related = ("owner",)
    search_fields = ("display_name", "full_name", "external_id", "email")
    ordering = ("-id",)
    autocomplete_fields = ("owner",)
    actions = ("link_by_email",)

    @admin.action(
        description=_("Link to the account with the same e-mail address"), permissions=["identify"]
    )
    def link_by_email(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        """Link people in Slack who have no account to the account with their e-mail address.

        Only if a single account has it. People of other systems are left out: their addresses
        come from clients of the API, who could name any.
        """
        accounts = get_user_model()._default_manager
        count = 0
        for person in queryset.filter(owner__isnull=True, bot=False).exclude(email=""):
            if person.app_id != SLACK or not person.email:
                continue
            found = list(accounts.filter(email__iexact=person.email)[:2])
            if len(found) == 1:
                person.owner = found[0]
                person.save(update_fields=["owner"])
                count += 1
        self.message_user(
            request,
            ngettext("%d was linked.", "%d were linked.", count) % count,
            messages.SUCCESS if count else messages.WARNING,
        )

    def has_identify_permission(self, request: HttpRequest) -> bool:
        """Return whether the logged-in user may link people to accounts."""
        return self.has_change_permission(request) and may_see_all(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Make accounts and addresses read-only for users who may not see all incidents."""
        fields = super().get_readonly_fields(request, obj)
        if may_see_all(request):
            return fields
        identity = ["owner", "email"]
        if obj is not None:
            identity += ["app_id", "external_id"]
        return (*fields, *identity)
