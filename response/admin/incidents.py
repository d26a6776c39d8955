"""The admin of incidents, and of what is recorded and written about them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from response.admin.base import ActingMixin, RecordAdmin
from response.core import configured_admin
from response.core.models import Severity, Status
from response.core.models.incident import with_status
from response.core.private_admin import PrivateMixin
from response.models import (
    Action,
    Event,
    Incident,
    Review,
    ReviewTemplateSection,
    Subscription,
    TimelineEvent,
    Update,
)


class ActionInline(PrivateMixin, admin.TabularInline):  # type: ignore[type-arg]
    """The actions of an incident."""

    model = Action
    extra = 0
    autocomplete_fields = ("user",)


class StatusFilter(admin.SimpleListFilter):
    """Incidents by status, chosen or usual."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        """Return the statuses that there are."""
        return Status.all_pairs()

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> Any:
        """Return the incidents with the chosen status."""
        row = Status.with_key(self.value())
        return queryset.filter(with_status(row)) if row else queryset


@admin.register(Incident)
class IncidentAdmin(ActingMixin, PrivateMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    """Incidents. As everywhere, saving one here also updates Slack."""

    list_display = ("id", "report", "status_shown", "severity", "lead", "report_time", "end_time")
    list_display_links = ("id", "report")
    list_filter = (
        "severity", StatusFilter, "report_only", "private",
        ("end_time", admin.EmptyFieldListFilter),
    )  # fmt: skip
    list_select_related = ("lead",)
    search_fields = ("report", "summary", "impact")
    date_hierarchy = "report_time"
    ordering = ("-id",)
    autocomplete_fields = ("reporter", "lead")
    inlines = (ActionInline,)
    readonly_fields = ("dedup_key",)

    @admin.display(description=_("status"))
    def status_shown(self, incident: Incident) -> str:
        """Return the name of the status."""
        return incident.status_text()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show roles and custom fields where there are any. They are changed on the page."""
        fields = super().get_readonly_fields(request, obj)
        if obj is None:
            return fields
        shown = {"role_list": obj.roles(), "field_list": obj.custom_fields()}
        return (*fields, *(name for name, rows in shown.items() if rows))

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Offer no retired severity or status but the one that the incident has."""
        form = super().get_form(request, obj, change, **kwargs)
        for name, kind in (("severity", Severity), ("status", Status)):
            if name in form.base_fields:
                present = getattr(obj, name, None)
                form.base_fields[name].choices = configured_admin.choices(kind, present)  # type: ignore[attr-defined]
        return form

    @admin.display(description=_("roles"))
    def role_list(self, incident: Incident) -> str:
        """Return who has which role, a line for each."""
        return _pairs(
            (role.name, ", ".join(person.full_name or person.display_name for person in people))
            for role, people in incident.roles()
        )

    @admin.display(description=_("custom fields"))
    def field_list(self, incident: Incident) -> str:
        """Return the custom fields with their values, a line for each."""
        return _pairs((field.name, field.shown(value)) for field, value in incident.custom_fields())

    @admin.display(description=_("key"), empty_value="–")
    def dedup_key(self, incident: Incident) -> str | None:
        """Return the key with which a program declared the incident."""
        known = getattr(incident, "dedupkey", None)
        return known.key if known else None


def _pairs(rows: Iterable[tuple[str, str]]) -> str:
    return format_html_join(
        SafeString("<br>"), "{}: {}", ((name, text or "–") for name, text in rows)
    )


@admin.register(Action)
class ActionAdmin(ActingMixin, PrivateMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    """Admin of actions."""

    list_display = ("details", "incident", "user", "done", "due_date", "priority", "type")
    list_filter = ("done", "priority", "type")
    list_select_related = ("incident", "user")
    search_fields = ("details", "incident__report")
    autocomplete_fields = ("incident", "user")


@admin.register(TimelineEvent)
class TimelineEventAdmin(ActingMixin, PrivateMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    """Admin of timeline entries."""

    list_display = ("timestamp", "incident", "event_type", "text")
    list_filter = ("event_type",)
    list_select_related = ("incident",)
    search_fields = ("text",)
    autocomplete_fields = ("incident",)


@admin.register(Event)
class EventAdmin(RecordAdmin):
    """Admin of the event stream, read-only."""

    list_display = ("id", "timestamp", "event_type")
    list_filter = ("event_type",)
    date_hierarchy = "timestamp"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Leave out events of incidents that have become private."""
        return super().get_queryset(request).without_private()  # type: ignore[attr-defined,no-any-return]


@admin.register(Update)
class UpdateAdmin(RecordAdmin):
    """Updates. They are posted in Slack, on the pages and through the API."""

    list_display = ("created", "incident", "actor_name", "known", "next_update")
    list_select_related = ("incident",)


@admin.register(Subscription)
class SubscriptionAdmin(RecordAdmin):
    """Who gets the updates of an incident."""

    list_display = ("incident", "person", "created")
    list_select_related = ("incident", "person")


@admin.register(Review)
class ReviewAdmin(ActingMixin, PrivateMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    """Reviews: whose they are, and until when. They are written and published on their pages."""

    list_display = ("id", "incident", "status", "owner", "due_date", "published_at")
    list_filter = ("status",)
    list_select_related = ("incident", "owner")
    fields = ("incident", "status", "owner", "due_date", "created", "published_at", "modified")
    readonly_fields = ("incident", "status", "created", "published_at", "modified")
    autocomplete_fields = ("owner",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: a review is started from the document of its incident."""
        return False


@admin.register(ReviewTemplateSection)
class ReviewTemplateSectionAdmin(configured_admin.ConfiguredRowAdmin):
    """The sections that new reviews begin with. The description is shown while one is empty."""

    fields = ("key", "name", "rank", "description", "retired")
