"""The models of the Slack side; :mod:`response.admin` registers all."""

from response.slack.models import (
    CommsChannel,
    HeadlinePost,
    Notification,
    PinnedMessage,
    UserStats,
)

__all__ = ["CommsChannel", "HeadlinePost", "Notification", "PinnedMessage", "UserStats"]
