"""Slack's references, under the name that projects import."""

from response.slack.web_api.references import (
    channel_reference,
    channel_reference_to_id,
    looks_like_user_id,
    reference_to_id,
    slack_to_human_readable,
    user_reference,
)

__all__ = [
    "channel_reference",
    "channel_reference_to_id",
    "looks_like_user_id",
    "reference_to_id",
    "slack_to_human_readable",
    "user_reference",
]
