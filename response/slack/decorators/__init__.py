"""The decorators with which a project extends Response: they register its functions.

Put them in a module ``slack_handlers`` of an installed app, or in any module that the app
imports when Django is ready.
"""

from response.slack.decorators.action_handler import ActionContext, action_handler
from response.slack.decorators.dialog_handler import dialog_handler
from response.slack.decorators.dispatchers import (
    handle_action,
    handle_dialog,
    handle_event,
    handle_incident_command,
    handle_keywords,
    handle_notifications,
)
from response.slack.decorators.event_handler import slack_event
from response.slack.decorators.headline_post_action import headline_post_action
from response.slack.decorators.incident_command import incident_command
from response.slack.decorators.incident_notification import (
    recurring_notification,
    single_notification,
)
from response.slack.decorators.keyword_handler import keyword_handler

__all__ = [
    "ActionContext",
    "action_handler",
    "dialog_handler",
    "handle_action",
    "handle_dialog",
    "handle_event",
    "handle_incident_command",
    "handle_keywords",
    "handle_notifications",
    "headline_post_action",
    "incident_command",
    "keyword_handler",
    "recurring_notification",
    "single_notification",
    "slack_event",
]
