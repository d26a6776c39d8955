"""Connects the Slack side with core and registers what is built in."""

from __future__ import annotations

from django.conf import settings as django_settings

from response.core import chat, signals


def connect() -> None:
    """Called once, when Django is ready. Goes to no network and no database."""
    from response.slack import handlers, headline, procedures, subscribers  # noqa: F401
    from response.slack.chat import SlackChat
    from response.slack.client import SlackClient
    from response.slack.procedures import (  # noqa: F401
        ask_for_report,
        comms_channel,
        profile,
        rename,
        whisper,
    )

    chat.register(SlackChat())
    signals.incident_creating.connect(
        subscribers.incident_creating, dispatch_uid="response.slack.creating"
    )
    signals.incident_changing.connect(
        subscribers.incident_changing, dispatch_uid="response.slack.changing"
    )
    # Handlers written for 0.5.1 find the client in the settings.
    if not hasattr(django_settings, "SLACK_CLIENT"):
        django_settings.SLACK_CLIENT = SlackClient()
