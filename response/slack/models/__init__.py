"""The models of the Slack side."""

from response.slack.models.comms_channel import CommsChannel
from response.slack.models.headline_post import HeadlinePost
from response.slack.models.inbox_request import InboxRequest
from response.slack.models.known_handler import KnownHandler
from response.slack.models.lookup import Lookup
from response.slack.models.notification import Notification
from response.slack.models.pace import Pace
from response.slack.models.pinned_message import PinnedMessage, PinState, TimelineMark
from response.slack.models.update_notice import UpdateNotice
from response.slack.models.user_stats import UserStats

__all__ = [
    "CommsChannel",
    "HeadlinePost",
    "InboxRequest",
    "KnownHandler",
    "Lookup",
    "Notification",
    "Pace",
    "PinState",
    "PinnedMessage",
    "TimelineMark",
    "UpdateNotice",
    "UserStats",
]
