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
        """Give each person in Slack without an account the one account that has their address.

        Where else people are, their addresses are what clients of the API say.
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
        """Return whether the account may say which account is whose."""
        return self.has_change_permission(request) and may_see_all(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only those who see all incidents may change accounts: these decide who sees what."""
        fields = super().get_readonly_fields(request, obj)
        if may_see_all(request):
            return fields
        identity = ["owner", "email"]
        if obj is not None:
            identity += ["app_id", "external_id"]
        return (*fields, *identity)
