"""The admin's pages for rules, what they would do, and what they did."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from response.core.configured_admin import ConfiguredRowAdmin, WordsField
from response.core.models import Incident
from response.core.private_admin import IncludesPrivateMixin, PrivateMixin, visible
from response.rules import trial
from response.rules.models import Rule, RuleRun

#: How many incidents can be chosen on the trial page.
OFFERED = 100


@admin.register(Rule)
class RuleAdmin(IncludesPrivateMixin, ConfiguredRowAdmin):
    """Admin of rules, with the trial page."""

    form = forms.ModelForm
    list_display = ("name", "rank", "active", "severities", "remind_if", "archive_after", "since")
    list_filter = ("active", "retired")
    readonly_fields = ("since",)
    change_list_template = "response/admin/rule_list.html"
    fieldsets = (
        (None, {"fields": ("name", "key", "description", "rank", "active", "retired", "since")}),
        (_("For which incidents"), {"fields": ("severities", "field_values", "include_private")}),
        (_("Who is invited"), {"fields": ("invite_users", "invite_groups")}),
        (_("Who is told"), {"fields": ("post_channel", "post_text")}),
        (_("What is missing"), {"fields": ("remind_if", "remind_after")}),
        (_("Afterwards"), {"fields": ("archive_after",)}),
    )

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Return the form field; lists are edited as lines."""
        if isinstance(db_field, models.JSONField):
            return WordsField(
                required=False, label=db_field.verbose_name, help_text=db_field.help_text
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        """Return the admin's addresses, with the trial page."""
        view = self.admin_site.admin_view(self.trial)
        return [path("trial/", view, name="response_rules_trial"), *super().get_urls()]

    def trial(self, request: HttpRequest) -> HttpResponse:
        """Show what each rule would do with an incident; nothing is done."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        incidents = visible(Incident.objects.all(), request.user).newest_first()  # type: ignore[attr-defined]
        wanted = request.GET.get("incident", "")
        chosen = None
        if wanted.isascii() and wanted.isdigit() and len(wanted) < 10:
            chosen = incidents.with_people().filter(pk=int(wanted)).first()
        context = {
            **self.admin_site.each_context(request),
            "title": _("What the rules would do"),
            "incidents": list(incidents[:OFFERED]),
            "wanted": wanted[:10],
            "chosen": chosen,
            "verdicts": trial.verdicts(chosen) if chosen else [],
        }
        return TemplateResponse(request, "response/admin/rules_trial.html", context)


@admin.register(RuleRun)
class RuleRunAdmin(PrivateMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    """Admin of rule runs, read-only."""

    list_display = ("created", "rule", "cause", "incident", "state", "note")
    list_filter = ("state", "rule")
    list_select_related = ("incident",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: only rules do something."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: what was done is not changed."""
        return False
