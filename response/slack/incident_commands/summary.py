"""The built-in command ``summary``, under the names that release 0.5.1 gave it."""

from __future__ import annotations

from response.core.models import Incident
from response.slack.decorators import ActionContext, action_handler, dialog_handler
from response.slack.decorators.incident_command import __default_incident_command
from response.slack.handlers.old_questions import (
    SET_NEW_SUMMARY_ACTION,
    UPDATE_CURRENT_SUMMARY_ACTION,
)
from response.slack.incident_commands._run import Reply, refuse_question, run
from response.slack.models import CommsChannel
from response.slack.render import block_kit, dialog_builder
from response.slack.render.forms import SUMMARY as UPDATE_SUMMARY_DIALOG

__all__ = [
    "SET_NEW_SUMMARY_ACTION",
    "UPDATE_CURRENT_SUMMARY_ACTION",
    "UPDATE_SUMMARY_DIALOG",
    "ActionContext",
    "CommsChannel",
    "Incident",
    "__default_incident_command",
    "action_handler",
    "block_kit",
    "dialog_builder",
    "dialog_handler",
    "update_summary",
]


def update_summary(incident: Incident, user_id: str, message: str) -> Reply:
    """Run the built-in command ``summary``."""
    return run("summary", incident, user_id, message)


__getattr__ = refuse_question(__name__, "summary")
