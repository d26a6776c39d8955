"""The types of events that webhooks receive, and their bodies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from response.conf import settings
from response.core.api.incident_serializer import IncidentSerializer
from response.core.api.reviews import ReviewSerializer
from response.core.api.serializers import ActionSerializer
from response.core.api.update_serializer import UpdateSerializer
from response.core.models import Action, ExternalUser, Incident, Review, Update

DECLARED, CHANGED = "incident.declared", "incident.changed"
CLOSED, REOPENED = "incident.closed", "incident.reopened"
ACTION_ADDED, ACTION_CHANGED = "action.added", "action.changed"
UPDATE_POSTED = "update.posted"
REVIEW_PUBLISHED = "review.published"
PING = "ping"

TYPES = (
    (DECLARED, _("An incident is declared")),
    (CHANGED, _("An incident changes")),
    (CLOSED, _("An incident is closed")),
    (REOPENED, _("An incident is reopened")),
    (ACTION_ADDED, _("An action is added")),
    (ACTION_CHANGED, _("An action changes")),
    (UPDATE_POSTED, _("An update is posted")),
    (REVIEW_PUBLISHED, _("A review is published")),
)

Changes = Mapping[str, tuple[Any, Any]]


def about_incident(type_: str, incident: Incident, changes: Changes) -> dict[str, Any]:
    """Return the JSON body of an event about an incident, as it is now."""
    body = {**_head(type_), "incident": IncidentSerializer(incident).data}
    if changes:
        body["changes"] = {
            name: {"old": _plain(old), "new": _plain(new)} for name, (old, new) in changes.items()
        }
        if changes.keys() & set(Incident.settled_fields):
            before, after = incident.status_before(changes), incident.current_status()
            body["changes"]["status"] = {"old": before.key, "new": after.key}
            if before.key == after.key:
                del body["changes"]["status"]
    return body


def about_action(type_: str, action: Action) -> dict[str, Any]:
    """Return the body of an event about an action."""
    return {
        **_head(type_),
        "incident_id": action.incident_id,
        "action": dict(ActionSerializer(action).data),
    }


def about_update(update: Update) -> dict[str, Any]:
    """Return the body of an event about an update."""
    return {
        **_head(UPDATE_POSTED),
        "incident_id": update.incident_id,
        "update": dict(UpdateSerializer(update).data),
    }


def about_review(review: Review) -> dict[str, Any]:
    """Return the body of an event about a review that is published."""
    return {
        **_head(REVIEW_PUBLISHED),
        "incident_id": review.incident_id,
        "review": dict(ReviewSerializer(review).data),
    }


def ping() -> dict[str, Any]:
    """Return the body of a test event."""
    return _head(PING)


def _head(type_: str) -> dict[str, Any]:
    return {"type": type_, "created": _plain(timezone.now()), "site": settings.SITE_URL}


def _plain(value: Any) -> Any:
    if isinstance(value, ExternalUser):
        return {"app_id": value.app_id, "external_id": value.external_id,
                "display_name": value.display_name}  # fmt: skip
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return (timezone.make_aware(value) if timezone.is_naive(value) else value).isoformat()
    return value if isinstance(value, str | int | float | bool | None) else str(value)
