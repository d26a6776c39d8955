"""Connects the Slack side with core, and registers what is built in."""

from __future__ import annotations

from django.conf import settings as django_settings
from django.db.models.signals import post_delete, post_save

from response.core import chat
from response.core.models import Role, Severity, Status, TimelineEvent, signals
from response.slack import handlers  # noqa: F401  (importing registers them)
from response.slack.features import (  # noqa: F401  (importing registers their jobs)
    announcement,
    changes,
    channel_rename,
    comms_channel,
    ephemeral,
    headline,
    lead,
    monthly_figures,
    overdue_reminders,
    pins,
    receivers,
    reference_names,
    report_request,
    timeline_marks,
    update_notices,
    update_reminders,
    user_refresh,
    welcome,
)
from response.slack.features.chat import SlackChat
from response.slack.inbound import dispatch_at_once  # noqa: F401  (importing provides it)
from response.slack.web_api.client import SlackClient


def connect() -> None:
    """Connect the receivers and register what is built in. Uses no network and no database."""
    chat.register(SlackChat())
    signals.incident_creating.connect(
        receivers.incident_creating, dispatch_uid="response.slack.creating"
    )
    signals.incident_changing.connect(
        receivers.incident_changing, dispatch_uid="response.slack.changing"
    )
    signals.update_posting.connect(
        receivers.update_posting, dispatch_uid="response.slack.update_posting"
    )
    post_save.connect(
        receivers.timeline_written,
        sender=TimelineEvent,
        dispatch_uid="response.slack.timeline_written",
    )
    for kind in (Severity, Status, Role):
        for signal, what in ((post_save, "saved"), (post_delete, "deleted")):
            signal.connect(
                receivers.configured_row_changed,
                sender=kind,
                dispatch_uid=f"response.slack.{kind.__name__}_{what}",
            )
    for model in receivers.TEXTS:
        post_save.connect(
            receivers.text_saved, sender=model, dispatch_uid=f"response.names.{model.__name__}"
        )
    # Handlers written for 0.5.1 find the client in the settings.
    if not hasattr(django_settings, "SLACK_CLIENT"):
        django_settings.SLACK_CLIENT = SlackClient()
