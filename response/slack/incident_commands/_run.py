"""What the modules of 0.5.1's built-in commands have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from response.core.models import Incident
from response.removed_names import refuse
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


_WORDS = "The question's words are translated now; write your own."
_BUTTONS = (
    "Find the built-in function with response.slack.decorators.action_handler."
    "SLACK_ACTION_MAPPINGS, or register your own for the same action id."
)
_FORM = (
    "Find the built-in function with response.slack.decorators.dialog_handler."
    "DIALOG_HANDLERS, or register your own for the same callback id."
)


def refuse_question(module: str, field: str) -> Callable[[str], NoReturn]:
    """Return the ``__getattr__`` for the removed names of ``summary.py`` or ``impact.py``."""
    return refuse(
        module,
        {
            "ACCEPT_PROPOSED_TEXT": _WORDS,
            "CHANGE_BUTTON_TEXT": _WORDS,
            "CURRENT_TITLE": _WORDS,
            f"NO_{field.upper()}_TEXT": _WORDS,
            "PROPOSED_TITLE": _WORDS,
            f"{field.upper()}_UPDATED_TITLE": _WORDS,
            "PROPOSED_MESSAGE_BLOCK_ID": "The proposal is kept in the database now.",
            f"handle_open_{field}_dialog": _BUTTONS,
            f"handle_set_new_{field}": _BUTTONS,
            "update_status_page": _FORM,
        },
    )
