"""The built-in forms' handlers, under the names that release 0.5.1 gave them."""

from __future__ import annotations

from typing import Any

from response.core.models import ExternalUser, Incident
from response.slack.decorators import dialog_handler
from response.slack.handlers import forms
from response.slack.render.forms import EDIT as INCIDENT_EDIT_DIALOG
from response.slack.render.forms import REPORT as INCIDENT_REPORT_DIALOG
from response.slack.web_api.references import channel_reference
from response.slack.web_api.user_cache import get_user_profile

__all__ = [
    "INCIDENT_EDIT_DIALOG",
    "INCIDENT_REPORT_DIALOG",
    "ExternalUser",
    "Incident",
    "channel_reference",
    "dialog_handler",
    "edit_incident",
    "get_user_profile",
    "report_incident",
]


def report_incident(
    user_id: str, channel_id: str, submission: Any, response_url: str, state: Any
) -> None:
    """Declare an incident with what a form says, on behalf of a user."""
    forms.report_incident(user_id, channel_id, submission, response_url, str(state or ""))


def edit_incident(
    user_id: str, channel_id: str, submission: Any, response_url: str, state: Any
) -> None:
    """Change the incident whose number is the ``state`` to what a form says."""
    forms.edit_incident(user_id, channel_id, submission, response_url, str(state))
