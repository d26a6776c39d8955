"""Slack's references, under the name that projects import."""

from response.slack.web_api import user_cache as cache
from response.slack.web_api.references import (
    channel_reference,
    channel_reference_to_id,
    looks_like_user_id,
    reference_to_id,
    slack_to_human_readable,
    user_ref_to_username,
    user_reference,
)

__all__ = [
    "cache",
    "channel_reference",
    "channel_reference_to_id",
    "looks_like_user_id",
    "reference_to_id",
    "slack_to_human_readable",
    "user_ref_to_username",
    "user_reference",
]
