"""Webhooks and their deliveries."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from response.conf import settings
from response.jobs.models import OutboxMessage
from response.jobs.models.outbox import OutboxMessageQuerySet
from response.webhooks import addresses, signing

#: What a delivery is called in the outbox.
DELIVER = "webhook.deliver"


class WebhookQuerySet(models.QuerySet["Webhook"]):
    """Queries for webhooks."""

    def subscribed_to(self, type_: str, *, private: bool) -> list[Webhook]:
        """Return the enabled webhooks that subscribe to an event; one query."""
        active = self.filter(active=True)
        if private:
            active = active.filter(include_private=True)
        return [hook for hook in active if not hook.events or type_ in hook.events]


class Webhook(models.Model):
    """The URL of a program that is told what happens to incidents."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(_("name"), max_length=100, unique=True)
    url = models.CharField(_("URL"), max_length=500)
    secret = models.CharField(
        _("secret"),
        max_length=200,
        default=signing.new_secret,
        help_text=_("The receiver checks signatures with it. Begins with whsec_."),
    )
    events = models.JSONField(
        _("events"), default=list, blank=True, help_text=_("Choose none to get all.")
    )
    active = models.BooleanField(_("active"), default=True)
    include_private = models.BooleanField(
        _("private incidents too"),
        default=False,
        help_text=_("Otherwise it is told nothing about private incidents."),
    )
    created = models.DateTimeField(default=timezone.now, editable=False)
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    disabled_at = models.DateTimeField(null=True, blank=True, editable=False)
    disabled_because = models.TextField(blank=True, default="", editable=False)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        app_label = "response"
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raise ``ValidationError`` for a URL or a secret that cannot work."""
        super().clean()
        errors: dict[str, Any] = {}
        try:
            addresses.check_url(
                self.url, addresses.networks(settings.RESPONSE_WEBHOOK_ALLOWED_NETWORKS)
            )
        except addresses.Forbidden as error:
            errors["url"] = str(error)
        try:
            signing.key_of(self.secret)
        except ValueError as error:
            errors["secret"] = _(
                "Not a secret: %(why)s. Leave it as it is, or make one of whsec_ and at least "
                "24 bytes in Base64."
            ) % {"why": error}
        if errors:
            raise ValidationError(errors)

    @property
    def queue(self) -> str:
        """The outbox queue of this webhook; each has its own, so that deliveries come in order."""
        return f"webhook {self.pk}"


class DeliveryManager(models.Manager.from_queryset(OutboxMessageQuerySet)):  # type: ignore[misc]
    """Manager of the outbox messages that are deliveries."""

    def get_queryset(self) -> OutboxMessageQuerySet:
        """Return the deliveries only."""
        return super().get_queryset().filter(method=DELIVER)  # type: ignore[no-any-return]


class WebhookDelivery(OutboxMessage):
    """An outbox message that is a delivery to a webhook."""

    objects = DeliveryManager()  # type: ignore[misc]

    class Meta:
        app_label = "response"
        proxy = True
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
