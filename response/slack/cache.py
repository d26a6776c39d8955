"""What is known of Slack's people, under the name that projects import."""

from response.core.models import ExternalUser
from response.slack.web_api.errors import SlackError
from response.slack.web_api.user_cache import (
    get_user_profile,
    get_user_profile_by_email,
    update_user_cache,
)

__all__ = [
    "ExternalUser",
    "SlackError",
    "get_user_profile",
    "get_user_profile_by_email",
    "update_user_cache",
]
