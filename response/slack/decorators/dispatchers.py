"""The functions of release 0.5.1 that handle a payload, for projects that call them.

Each runs the handlers at once, in the caller's thread, and raises their exceptions.
``handle_action.after_response(payload)`` and ``handle_dialog.after_response(payload)`` run them
in a thread after the response has been sent.
"""

from __future__ import annotations

from typing import Any

import after_response

from response.core.models import Incident
from response.ports import Port

run_event = Port("handle_event")
run_action = Port("handle_action")
run_dialog = Port("handle_dialog")
run_keywords = Port("handle_keywords")
run_incident_command = Port("handle_incident_command")
run_notifications = Port("handle_notifications")
react = Port("react_ok")


def handle_event(payload: dict[str, Any]) -> None:
    """Run the handlers of an event; ``payload`` is the envelope with the key ``event``."""
    run_event(payload)


@after_response.enable
def handle_action(payload: dict[str, Any]) -> None:
    """Run the handler of a press; ``payload`` is of the type ``block_actions``."""
    run_action(payload)


@after_response.enable
def handle_dialog(payload: dict[str, Any]) -> None:
    """Run the handler of a form; ``payload`` is a ``view_submission`` or ``dialog_submission``."""
    run_dialog(payload)


def handle_keywords(incident: Incident, payload: dict[str, Any]) -> None:
    """Run the keyword handlers that match a message; ``payload`` is the inner event."""
    run_keywords(incident, payload)


def handle_incident_command(
    command_name: str, message: str, thread_ts: str, channel_id: str, user_id: str
) -> None:
    """Run a command; ``thread_ts`` is the ts of its message, which gets the reaction."""
    run_incident_command(command_name, message, thread_ts, channel_id, user_id)


def handle_notifications() -> None:
    """Send the reminders that are due, as the minute tick does."""
    run_notifications()


def react_ok(channel_id: str, thread_ts: str) -> None:
    """Queue ✅ as a reaction to a message."""
    react(channel_id, thread_ts, "white_check_mark")


def react_not_ok(channel_id: str, thread_ts: str) -> None:
    """Queue ❓ as a reaction to a message."""
    react(channel_id, thread_ts, "question")
