"""The built-in command ``impact``, under the names that release 0.5.1 gave it."""

from __future__ import annotations

from response.core.models import Incident
from response.gone import refuse
from response.slack.decorators import ActionContext, action_handler, dialog_handler
from response.slack.decorators.incident_command import __default_incident_command
from response.slack.handlers.old_questions import (
    SET_NEW_IMPACT_ACTION,
    UPDATE_CURRENT_IMPACT_ACTION,
)
from response.slack.incident_commands._run import Reply, run
from response.slack.models import CommsChannel
from response.slack.render import block_kit, dialog_builder
from response.slack.render.forms import IMPACT as UPDATE_IMPACT_DIALOG

__all__ = [
    "SET_NEW_IMPACT_ACTION",
    "UPDATE_CURRENT_IMPACT_ACTION",
    "UPDATE_IMPACT_DIALOG",
    "ActionContext",
    "CommsChannel",
    "Incident",
    "__default_incident_command",
    "action_handler",
    "block_kit",
    "dialog_builder",
    "dialog_handler",
    "update_impact",
]


def update_impact(incident: Incident, user_id: str, message: str) -> Reply:
    """``impact``."""
    return run("impact", incident, user_id, message)


_WORDS = "The question's words are translated now; write your own."
_BUTTONS = (
    "Find the built-in function with response.slack.decorators.action_handler."
    "SLACK_ACTION_MAPPINGS, or register your own for the same action id."
)
_FORM = (
    "Find the built-in function with response.slack.decorators.dialog_handler."
    "DIALOG_HANDLERS, or register your own for the same callback id."
)
__getattr__ = refuse(
    __name__,
    {
        "ACCEPT_PROPOSED_TEXT": _WORDS,
        "CHANGE_BUTTON_TEXT": _WORDS,
        "CURRENT_TITLE": _WORDS,
        "NO_IMPACT_TEXT": _WORDS,
        "PROPOSED_TITLE": _WORDS,
        "IMPACT_UPDATED_TITLE": _WORDS,
        "PROPOSED_MESSAGE_BLOCK_ID": "The proposal is kept in the database, not in the message.",
        "handle_open_impact_dialog": _BUTTONS,
        "handle_set_new_impact": _BUTTONS,
        "update_status_page": _FORM,
    },
)
