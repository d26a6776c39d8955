"""Slack's Web API client, under the name that projects import."""

from response.slack.web_api.client import SlackClient, get_client, profile_of
from response.slack.web_api.errors import MISCONFIGURED, TRANSIENT, SlackError

__all__ = ["MISCONFIGURED", "TRANSIENT", "SlackClient", "SlackError", "get_client", "profile_of"]
