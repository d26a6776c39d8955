"""All models under the one name that projects import."""

from response.core.models import (
    Action,
    Alert,
    DedupKey,
    Event,
    ExternalUser,
    Incident,
    Subscription,
    TimelineEvent,
    Update,
)
from response.jobs.models import OutboxMessage, OutboxQueue, Tick, Timer
from response.rules.models import Rule, RuleRun
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
    UpdateNotice,
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
    "Notification",
    "OutboxMessage",
    "OutboxQueue",
    "Pace",
    "PinState",
    "PinnedMessage",
    "Rule",
    "RuleRun",
    "Subscription",
    "Tick",
    "TimelineEvent",
    "TimelineMark",
    "Timer",
    "Update",
    "UpdateNotice",
    "UserStats",
    "Webhook",
    "WebhookDelivery",
]
