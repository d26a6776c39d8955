"""The built-in buttons, under the names that release 0.5.1 gave them."""

from __future__ import annotations

from response.core.models import Incident
from response.slack.decorators import ActionContext, action_handler
from response.slack.handlers import buttons
from response.slack.models import CommsChannel, HeadlinePost
from response.slack.render.dialog_builder import (
    Dialog,
    SelectFromUsers,
    SelectWithOptions,
    Text,
    TextArea,
)
from response.slack.render.forms import EDIT as INCIDENT_EDIT_DIALOG

__all__ = [
    "INCIDENT_EDIT_DIALOG",
    "ActionContext",
    "CommsChannel",
    "Dialog",
    "HeadlinePost",
    "Incident",
    "SelectFromUsers",
    "SelectWithOptions",
    "Text",
    "TextArea",
    "action_handler",
    "handle_close_incident",
    "handle_create_comms_channel",
    "handle_edit_incident_button",
]


def handle_close_incident(ac: ActionContext) -> None:
    """Close the incident."""
    buttons.close(ac)


def handle_create_comms_channel(ac: ActionContext) -> None:
    """Queue making the comms channel."""
    buttons.create_comms_channel(ac)


def handle_edit_incident_button(ac: ActionContext) -> None:
    """Open the form with the incident's present values."""
    buttons.edit(ac)
