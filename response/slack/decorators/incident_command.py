"""``@incident_command`` registers commands to the bot in an incident's channel."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, overload

from response.slack.decorators.dispatchers import (
    handle_incident_command,
    react_not_ok,
    react_ok,
)
from response.slack.decorators.mappings import FunctionsByKey, HelpTexts
from response.slack.decorators.registry import (
    Function,
    Handler,
    OnePerKey,
    check_arguments,
    check_key,
    refuse,
)

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

__all__ = [
    "COMMAND_HELP",
    "COMMAND_MAPPINGS",
    "COMMAND_MAPPINGS_CUSTOM",
    "Command",
    "all_commands",
    "commands",
    "get_commands",
    "get_help",
    "handle_incident_command",
    "incident_command",
    "nearest",
    "react_not_ok",
    "react_ok",
]

F = TypeVar("F", bound=Function)

LONGEST_NAME = 50


@dataclass(frozen=True)
class Command(Handler):
    """A command: its names, of which the help shows the first, and its help text."""

    names: tuple[str, ...] = ()
    helptext: StrOrPromise = ""
    example: StrOrPromise = ""


commands: OnePerKey[Command] = OnePerKey()


_Names = list[str] | tuple[str, ...] | str
# Below, ``commands`` is the argument of that name; this is the registry.
_registered = commands


@overload
def incident_command(
    commands: _Names, func: None = None, helptext: StrOrPromise = "", *, example: StrOrPromise = ""
) -> Callable[[F], F]: ...
@overload
def incident_command(
    commands: _Names, func: F, helptext: StrOrPromise = "", *, example: StrOrPromise = ""
) -> F: ...
def incident_command(
    commands: _Names,
    func: F | None = None,
    helptext: StrOrPromise = "",
    *,
    example: StrOrPromise = "",
) -> Callable[[F], F] | F:
    """Register ``fn(incident, user_id, message) -> (handled, reply)`` under some names.

    If ``handled`` is True the bot reacts to the message with ✅, if False with ❓, and if None
    (the command has asked a question) not at all. A ``reply`` (mrkdwn) is posted in the channel.
    ``example`` is shown by the help, without the bot's name.
    """
    names = (commands,) if isinstance(commands, str) else tuple(commands)

    def register(fn: F) -> F:
        check_arguments("incident_command", fn, "incident", "user_id", "message")
        if not names:
            raise refuse("incident_command", fn, "it needs at least one name")
        for name in names:
            check_key("incident_command", fn, name, "a command's name", LONGEST_NAME)
            if re.search(r"\s", name):
                raise refuse(
                    "incident_command",
                    fn,
                    f"a command's name is one word, and {name!r} has white space in it",
                )
        for name in names:
            key = name.casefold()
            _registered.add(
                Command(key=key, fn=fn, names=names, helptext=helptext, example=example)
            )
        return fn

    return register(func) if func else register


#: The name of this decorator for built-in commands in release 0.5.1.
__default_incident_command = incident_command


def nearest(name: str) -> str | None:
    """Return the command name that ``name`` may be a misspelling of, or None."""
    known = [n for command in commands for n in command.names]
    found = difflib.get_close_matches(name[: LONGEST_NAME + 1], known, n=1, cutoff=0.6)
    return found[0] if found else None


def all_commands() -> list[Command]:
    """Return every command once, in the order of registration."""
    return list({command.fn: command for command in commands}.values())


# As release 0.5.1 had them: names of commands and their functions, and their help.
COMMAND_MAPPINGS: FunctionsByKey = FunctionsByKey(commands, incident_command, builtin=True)
COMMAND_MAPPINGS_CUSTOM: FunctionsByKey = FunctionsByKey(commands, incident_command, builtin=False)
COMMAND_HELP: HelpTexts = HelpTexts(commands)


def get_commands() -> list[str]:
    """Return the names of all commands, including the project's."""
    return [command.key for command in commands]


def get_help() -> str:
    """Return all commands with their help, one per line."""
    return "".join(f"`{names}` -  {text}\n" for names, text in sorted(COMMAND_HELP.items()))
