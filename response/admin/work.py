"""The admin of the inbox, the outbox and the periodic work, for operators."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from response.admin.base import RecordAdmin
from response.core.private_admin import may_see_all
from response.jobs.admin_actions import DiscardMixin
from response.jobs.models.outbox import WorkQuerySet
from response.jobs.wake import wake
from response.models import InboxRequest, OutboxMessage, Tick, Timer
from response.setup.doctor import examination
from response.slack.inbound import redaction


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
        """Return the last line of a traceback, without quoted text."""
        lines = redaction.without_quotations(row.error).strip().splitlines()
        return lines[-1][:120] if lines else ""

    @admin.display(description=_("error, without private text"))
    def traceback(self, row: Any) -> str:
        """Return the frames of the traceback and the type of the error, without its text."""
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


@admin.register(Timer)
class TimerAdmin(RecordAdmin):
    """What is looked at again, and when."""

    list_display = ("due", "incident", "kind", "key")
    list_filter = ("kind",)
    list_select_related = ("incident",)


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
