"""The admin's pages for webhooks and their deliveries."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.db.models.functions import Cast, Concat
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from response.core.private_admin import IncludesPrivateMixin, PrivateMixin
from response.jobs.admin_actions import DiscardMixin
from response.jobs.models import OutboxMessage
from response.jobs.wake import wake
from response.webhooks import delivery, events
from response.webhooks.models import Webhook, WebhookDelivery


class WebhookForm(forms.ModelForm):  # type: ignore[type-arg]
    """Form for a webhook, with a checkbox for each type of event."""

    events = forms.MultipleChoiceField(
        label=_("Events"),
        choices=events.TYPES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose none to get all."),
    )
    url = forms.CharField(
        label=_("URL"),
        widget=forms.URLInput(attrs={"class": "vLargeTextField"}),
        help_text=_("https://…"),
    )

    class Meta:
        model = Webhook
        fields = ("name", "url", "active", "events", "include_private", "secret")


@admin.register(Webhook)
class WebhookAdmin(IncludesPrivateMixin, PrivateMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    """Admin of webhooks."""

    form = WebhookForm
    list_display = ("name", "active", "last_told", "failing_since", "disabled_because", "url")
    list_filter = ("active", "include_private")
    search_fields = ("name", "url")
    ordering = ("-id",)
    readonly_fields = ("created", "failing_since", "disabled_at", "disabled_because", "deliveries")
    actions = ("send_a_test",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Show the secret only to those who may change it."""
        fields = ["name", "url", "active", "events", "include_private"]
        if self.has_change_permission(request, obj) or obj is None:
            fields.append("secret")
        return fields if obj is None else [*fields, *self.readonly_fields]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Webhook]:
        """Annotate each webhook with the time of its last delivery."""
        queue = Concat(models.Value("webhook "), Cast(models.OuterRef("pk"), models.CharField()))
        last = WebhookDelivery.objects.filter(queue__name=queue, status=OutboxMessage.DONE)
        found: models.QuerySet[Webhook] = super().get_queryset(request)
        return found.annotate(
            last_delivery=models.Subquery(last.order_by("-id").values("finished")[:1])
        )

    def save_model(self, request: HttpRequest, obj: Webhook, form: Any, change: bool) -> None:
        """Save the webhook; switching it on clears its failures."""
        if obj.active and change and "active" in form.changed_data:
            obj.failing_since, obj.disabled_at, obj.disabled_because = None, None, ""
        super().save_model(request, obj, form, change)

    @admin.display(description=_("last delivery"))
    def last_told(self, hook: Any) -> Any:
        """Return the time of the last delivery."""
        return hook.last_delivery

    @admin.display(description=_("deliveries"))
    def deliveries(self, hook: Webhook) -> str:
        """Return a link to the webhook's deliveries."""
        url = reverse("admin:response_webhookdelivery_changelist")
        return format_html('<a href="{}?webhook={}">{}</a>', url, hook.pk, _("Show them"))

    @admin.action(description=_("Send a test"), permissions=["change"])
    def send_a_test(self, request: HttpRequest, queryset: models.QuerySet[Webhook]) -> None:
        """Queue an event of type ``ping``."""
        active = [hook for hook in queryset if hook.active]
        for hook in active:
            delivery.queue(hook, events.ping(), None)
        wake()
        count = len(active)
        self.message_user(
            request,
            ngettext(
                "A test is being sent to %d webhook.", "A test is being sent to %d webhooks.", count
            )
            % count,
            messages.SUCCESS if count else messages.WARNING,
        )


class OfWebhook(admin.SimpleListFilter):
    """List filter: the deliveries of one webhook."""

    title = _("webhook")
    parameter_name = "webhook"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        """Return the choices: all webhooks."""
        return [(hook.pk, hook.name) for hook in Webhook.objects.order_by("name")]

    def queryset(
        self, request: HttpRequest, queryset: models.QuerySet[Any]
    ) -> models.QuerySet[Any]:
        """Return the deliveries of the chosen webhook."""
        value = self.value()
        if value is None or not str(value).isdecimal():
            return queryset
        return queryset.filter(queue__name=f"webhook {int(value)}")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(DiscardMixin, PrivateMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    """Admin of deliveries, which can be read and delivered again."""

    list_display = ("id", "to", "event", "status", "answer", "attempts", "created", "incident")
    list_filter = (OfWebhook, "status")
    list_select_related = ("queue", "incident")
    date_hierarchy = "created"
    fields = ("to", "event", "incident", "status", "created", "attempts", "due", "finished",
              "error", "answer", "body")  # fmt: skip
    readonly_fields = ("to", "event", "answer", "body")
    actions = ("deliver_again", "discard")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: deliveries are not added by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: deliveries are not changed by hand."""
        return False

    @admin.display(description=_("webhook"))
    def to(self, message: OutboxMessage) -> str:
        """Return the webhook's name at the time of the delivery."""
        return str(message.arguments.get("name", ""))

    @admin.display(description=_("event"))
    def event(self, message: OutboxMessage) -> str:
        """Return the type of the event."""
        return str(message.arguments["body"].get("type", ""))

    @admin.display(description=_("answer"))
    def answer(self, message: OutboxMessage) -> str:
        """Return the receiver's last answer."""
        answer = message.progress.get("answer") or {}
        return " ".join(str(answer[key]) for key in ("status", "error", "said") if answer.get(key))

    @admin.display(description=_("body"))
    def body(self, message: OutboxMessage) -> str:
        """Return the body that is sent."""
        text = json.dumps(message.arguments["body"], indent=2, ensure_ascii=False)
        return format_html('<pre style="white-space: pre-wrap">{}</pre>', text)

    @admin.action(description=_("Deliver again"), permissions=["delete"])
    def deliver_again(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        """Queue the chosen deliveries again."""
        count = delivery.repeat(queryset)
        wake()
        self.message_user(
            request,
            ngettext("%d will be delivered again.", "%d will be delivered again.", count) % count,
            messages.SUCCESS if count else messages.WARNING,
        )
