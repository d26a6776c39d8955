"""Connects the webhooks with core."""

from __future__ import annotations

from django.db.models.signals import pre_delete

from response.core.models import signals
from response.webhooks import receivers
from response.webhooks.models import Webhook


def connect() -> None:
    """Connect the receivers; called once, when Django is ready. Uses no network and no database."""
    for signal, receiver in (
        (signals.incident_creating, receivers.incident_creating),
        (signals.incident_changing, receivers.incident_changing),
        (signals.action_changing, receivers.action_changing),
        (signals.update_posting, receivers.update_posting),
        (signals.review_publishing, receivers.review_publishing),
    ):
        signal.connect(receiver, dispatch_uid=f"response.webhooks.{receiver.__name__}")
    pre_delete.connect(
        receivers.webhook_deleting, sender=Webhook, dispatch_uid="response.webhooks.deleting"
    )
