"""Calling a built-in command by its name."""

from __future__ import annotations

from response.core.models import Incident
from response.slack import handlers  # noqa: F401  (importing registers the commands)
from response.slack.decorators.incident_command import commands

Reply = tuple[bool, str | None]


def run(name: str, incident: Incident, user_id: str, message: str) -> Reply:
    """Run the built-in command ``name``, even if a project has one of that name."""
    command = commands.find_among(name, builtin=True)
    if command is None:
        raise LookupError(f"There is no built-in command {name!r}")
    handled, reply = command.fn(incident, user_id, message)
    return handled, reply
