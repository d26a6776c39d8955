"""The built-in commands, under the names that release 0.5.1 gave them."""

from __future__ import annotations

from response.core.models import Action, ExternalUser, Incident
from response.slack.decorators.incident_command import __default_incident_command, get_help
from response.slack.incident_commands._run import Reply, run
from response.slack.models import CommsChannel
from response.slack.web_api.errors import SlackError
from response.slack.web_api.references import reference_to_id
from response.slack.web_api.user_cache import get_user_profile

__all__ = [
    "Action",
    "CommsChannel",
    "ExternalUser",
    "Incident",
    "SlackError",
    "__default_incident_command",
    "close_incident",
    "get_help",
    "get_user_profile",
    "reference_to_id",
    "rename_incident",
    "send_help_text",
    "set_action",
    "set_duration",
    "set_incident_lead",
    "set_severity",
]


def send_help_text(incident: Incident, user_id: str, message: str) -> Reply:
    """``help``."""
    return run("help", incident, user_id, message)


def set_incident_lead(incident: Incident, user_id: str, message: str) -> Reply:
    """``lead``."""
    return run("lead", incident, user_id, message)


def set_severity(incident: Incident, user_id: str, message: str) -> Reply:
    """``severity``."""
    return run("severity", incident, user_id, message)


def rename_incident(incident: Incident, user_id: str, message: str) -> Reply:
    """``rename``."""
    return run("rename", incident, user_id, message)


def set_duration(incident: Incident, user_id: str, message: str) -> Reply:
    """``duration``."""
    return run("duration", incident, user_id, message)


def close_incident(incident: Incident, user_id: str, message: str) -> Reply:
    """``close``."""
    return run("close", incident, user_id, message)


def set_action(incident: Incident, user_id: str, message: str) -> Reply:
    """``action``."""
    return run("action", incident, user_id, message)
