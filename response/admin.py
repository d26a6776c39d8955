"""The admin: incidents and their data, and the inbox and outbox for operators."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from response.core import configured_admin
from response.core.actors import acting_as
from response.core.models import Severity, Status
from response.core.models.incident import with_status
from response.core.models.user_external import SLACK, account_actor
from response.core.private_admin import PrivateMixin, may_see_all
from response.jobs.admin_actions import DiscardMixin
from response.jobs.models.work import WorkQuerySet
from response.jobs.wake import wake
from response.models import (
    Action,
    CommsChannel,
    Event,
    ExternalUser,
    HeadlinePost,
    InboxRequest,
    Incident,
    Notification,
    OutboxMessage,
    PinnedMessage,
    Review,
    ReviewTemplateSection,
    Subscription,
    Tick,
    TimelineEvent,
    Timer,
    Update,
    UserStats,
)
from response.rules import admin as rules_admin  # noqa: F401
from response.setup.doctor import examination
from response.slack.inbound import redaction
from response.webhooks import admin as webhooks_admin  # noqa: F401


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


@admin.register(Action)
class ActionAdmin(ActingMixin, PrivateMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    """Actions."""

    list_display = ("details", "incident", "user", "done", "due_date", "priority", "type")
    list_filter = ("done", "priority", "type")
    list_select_related = ("incident", "user")
    search_fields = ("details", "incident__report")
    autocomplete_fields = ("incident", "user")


@admin.register(TimelineEvent)
class TimelineEventAdmin(ActingMixin, PrivateMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    """Timeline entries."""

    list_display = ("timestamp", "incident", "event_type", "text")
    list_filter = ("event_type",)
    list_select_related = ("incident",)
    search_fields = ("text",)
    autocomplete_fields = ("incident",)


class RecordAdmin(PrivateMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    """The base class for rows that only the program writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: these rows are not added by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: these rows are not changed by hand."""
        return False


@admin.register(Event)
class EventAdmin(RecordAdmin):
    """The event stream."""

    list_display = ("id", "timestamp", "event_type")
    list_filter = ("event_type",)
    date_hierarchy = "timestamp"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Leave out events of incidents that have become private."""
        return super().get_queryset(request).without_private()  # type: ignore[attr-defined,no-any-return]


@admin.register(CommsChannel)
class CommsChannelAdmin(PrivateMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    """Comms channels."""

    list_display = ("channel_name", "channel_id", "incident", "archived")
    ordering = ("-id",)
    list_select_related = ("incident",)
    search_fields = ("channel_name", "channel_id", "incident__report")
    autocomplete_fields = ("incident",)


@admin.register(HeadlinePost)
class HeadlinePostAdmin(RecordAdmin):
    """Headline posts."""

    list_display = ("incident", "channel_id", "message_ts")
    list_select_related = ("incident",)


@admin.register(Notification)
class NotificationAdmin(PrivateMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    """Sent reminders and their counts."""

    list_display = ("incident", "key", "repeat_count", "time", "completed")
    list_filter = ("key", "completed")
    list_select_related = ("incident",)
    autocomplete_fields = ("incident",)


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


@admin.register(Timer)
class TimerAdmin(RecordAdmin):
    """What is looked at again, and when."""

    list_display = ("due", "incident", "kind", "key")
    list_filter = ("kind",)
    list_select_related = ("incident",)


@admin.register(PinnedMessage)
class PinnedMessageAdmin(RecordAdmin):
    """Pinned messages."""

    list_display = ("incident", "author", "timestamp", "text")
    list_select_related = ("incident", "author")


@admin.register(UserStats)
class UserStatsAdmin(RecordAdmin):
    """The participants of incidents."""

    list_display = ("incident", "user", "message_count", "join_time")
    list_select_related = ("incident", "user")


@admin.register(Tick)
class TickAdmin(RecordAdmin):
    """When the periodic work last ran."""

    list_display = ("name", "last_run")

    def get_urls(self) -> list[URLPattern]:
        """Add the doctor's page."""
        doctor = self.admin_site.admin_view(self.doctor)
        return [path("doctor/", doctor, name="response_doctor"), *super().get_urls()]

    def doctor(self, request: HttpRequest) -> HttpResponse:
        """Show the report of ``manage.py response_doctor``, without the requests to this site."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = examination.examine(ask_site=False)
        context = {
            **self.admin_site.each_context(request),
            "title": _("The setup"),
            "findings": found,
        }
        return TemplateResponse(request, "response/admin/doctor.html", context)


class BoxAdmin(DiscardMixin, RecordAdmin):
    """The base class of inbox and outbox: retry, discard, and private text left out."""

    actions = ("retry", "discard")

    @admin.action(description=_("Try again"), permissions=["delete"])
    def retry(self, request: HttpRequest, queryset: WorkQuerySet) -> None:
        """Retry the selected failed or discarded rows."""
        count = queryset.retry()
        wake()
        self.message_user(
            request,
            ngettext("%d will be retried.", "%d will be retried.", count) % count,
            messages.SUCCESS if count else messages.WARNING,
        )

    @admin.display(description=_("error"))
    def last_line(self, row: Any) -> str:
        """Return the end of a traceback, without what it quotes."""
        lines = redaction.without_quotations(row.error).strip().splitlines()
        return lines[-1][:120] if lines else ""

    @admin.display(description=_("error, without private text"))
    def traceback(self, row: Any) -> str:
        """Return where it failed and the type of the error, without its text."""
        text = redaction.without_quotations(row.error)
        return format_html('<pre style="white-space: pre-wrap">{}</pre>', text)

    @admin.display(description=_("error"))
    def whole_traceback(self, row: Any) -> str:
        """Return the whole traceback, which may quote what people wrote."""
        return format_html('<pre style="white-space: pre-wrap">{}</pre>', row.error)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the whole traceback to those who may see every private incident."""
        fields = super().get_fields(request, obj)
        if not may_see_all(request):
            return fields
        return ["whole_traceback" if name == "traceback" else name for name in fields]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return Django's answer; the actions need this permission as well."""
        return super().has_delete_permission(request, obj)


def _pre(value: Any) -> str:
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return format_html('<pre style="white-space: pre-wrap">{}</pre>', text)


@admin.register(InboxRequest)
class InboxRequestAdmin(BoxAdmin):
    """Requests from Slack and their status."""

    list_display = ("id", "received", "kind", "type", "status", "attempts", "due", "last_line")
    list_filter = ("status", "kind", "type")
    date_hierarchy = "received"
    fields = (
        "kind", "type", "ordering_key", "status", "received", "attempts", "due", "finished",
        "handled_by", "traceback", "redacted_payload",
    )  # fmt: skip
    readonly_fields = ("traceback", "whole_traceback", "redacted_payload")

    @admin.display(description=_("payload, without private text"))
    def redacted_payload(self, row: InboxRequest) -> str:
        """Return the payload with its ids, but without people's text and secrets."""
        return _pre(redaction.redacted(json.loads(row.payload)))


@admin.register(OutboxMessage)
class OutboxMessageAdmin(BoxAdmin):
    """Jobs, mostly messages to Slack, and their status."""

    list_display = ("id", "created", "method", "queue", "incident", "status", "blocked", "attempts",
                    "due", "last_line")  # fmt: skip
    list_filter = ("status", "blocked", "method")
    list_select_related = ("queue", "incident")
    date_hierarchy = "created"
    fields = (
        "method", "queue", "incident", "status", "blocked", "created", "attempts", "due",
        "finished", "traceback", "redacted_arguments", "redacted_progress",
    )  # fmt: skip
    readonly_fields = (
        "traceback", "whole_traceback", "redacted_arguments", "redacted_progress",
    )  # fmt: skip

    @admin.display(description=_("arguments, without private text"))
    def redacted_arguments(self, row: OutboxMessage) -> str:
        """Return the arguments without people's text."""
        return _pre(redaction.redacted(row.arguments))

    @admin.display(description=_("progress"))
    def redacted_progress(self, row: OutboxMessage) -> str:
        """Return the progress of a job with several steps."""
        return _pre(redaction.redacted(row.progress))
