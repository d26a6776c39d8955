"""Receivers that queue deliveries when something changes, in the transaction of the change."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from response.core.models import Action, Incident, Review, Update
from response.jobs.models import OutboxMessage
from response.webhooks import delivery, events
from response.webhooks.models import Webhook, WebhookDelivery


def incident_creating(sender: type, incident: Incident, **kwargs: Any) -> None:
    """Queue the event for a new incident."""
    _queue(events.DECLARED, incident, {})


def incident_changing(
    sender: type, incident: Incident, changes: events.Changes, **kwargs: Any
) -> None:
    """Queue the event for a change to an incident."""
    _queue(_type_of_change(changes), incident, changes)


def action_changing(sender: type, action: Action, created: bool, **kwargs: Any) -> None:
    """Queue the event for an action that is new or changed."""
    type_ = events.ACTION_ADDED if created else events.ACTION_CHANGED
    hooks = Webhook.objects.subscribed_to(type_, private=action.incident.private)
    if hooks:
        body = events.about_action(type_, action)
        for hook in hooks:
            delivery.queue(hook, body, action.incident_id)


def update_posting(sender: type, update: Update, **kwargs: Any) -> None:
    """Queue the event for a new update."""
    private = update.incident.private
    hooks = Webhook.objects.subscribed_to(events.UPDATE_POSTED, private=private)
    if hooks:
        body = events.about_update(update)
        for hook in hooks:
            delivery.queue(hook, body, update.incident_id)


def review_publishing(sender: type, review: Review, incident: Incident, **kwargs: Any) -> None:
    """Queue the event for a published review."""
    hooks = Webhook.objects.subscribed_to(events.REVIEW_PUBLISHED, private=incident.private)
    if hooks:
        body = events.about_review(review)
        for hook in hooks:
            delivery.queue(hook, body, incident.pk)


def _type_of_change(changes: events.Changes) -> str:
    """Return the event type of a change to an incident; closing comes before other changes."""
    if "end_time" not in changes:
        return events.CHANGED
    before, after = changes["end_time"]
    if (before is None) == (after is None):
        return events.CHANGED
    return events.CLOSED if before is None else events.REOPENED


def _queue(type_: str, incident: Incident, changes: events.Changes) -> None:
    hooks = Webhook.objects.subscribed_to(type_, private=incident.private)
    if hooks:
        body = events.about_incident(type_, incident, changes)
        for hook in hooks:
            delivery.queue(hook, body, incident.pk)


def webhook_deleting(sender: type, instance: Webhook, **kwargs: Any) -> None:
    """Discard the waiting deliveries of a webhook that is deleted."""
    WebhookDelivery.objects.waiting().filter(queue__name=instance.queue).update(
        status=OutboxMessage.DISCARDED, finished=timezone.now(), error=_("The webhook was deleted")
    )
