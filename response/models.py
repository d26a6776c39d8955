"""All models under the one name that projects import."""

from response.core.models import (
    Action,
    Alert,
    DedupKey,
    Event,
    ExternalUser,
    Incident,
    Measurement,
    Severity,
    Status,
    TimelineEvent,
)
from response.jobs.models import OutboxMessage, OutboxQueue, Tick
from response.slack.models import (
    CommsChannel,
    HeadlinePost,
    InboxRequest,
    KnownHandler,
    Lookup,
    Notification,
    Pace,
    PinnedMessage,
    PinState,
    TimelineMark,
    UserStats,
)
from response.webhooks.models import Webhook, WebhookDelivery

__all__ = [
    "Action",
    "Alert",
    "CommsChannel",
    "DedupKey",
    "Event",
    "ExternalUser",
    "HeadlinePost",
    "InboxRequest",
    "Incident",
    "KnownHandler",
    "Lookup",
    "Measurement",
    "Notification",
    "OutboxMessage",
    "OutboxQueue",
    "Pace",
    "PinState",
    "PinnedMessage",
    "Severity",
    "Status",
    "Tick",
    "TimelineEvent",
    "TimelineMark",
    "UserStats",
    "Webhook",
    "WebhookDelivery",
]
