"""The help texts: commands for the bot, and the slash command."""

from __future__ import annotations

from django.utils.translation import gettext as _

from response.slack.decorators.incident_command import Command, all_commands, commands, nearest
from response.slack.features import people, typed_choices
from response.slack.text.mrkdwn import escape, truncate


def everything() -> str:
    """Return a list of all commands, with a line of help each."""
    lines = [
        _("*Commands* – begin a line with my name, or use `/incident`:"),
        *(f"• `{' | '.join(c.names)}` {c.helptext}" for c in all_commands()),
        _("`help lead` shows an example."),
    ]
    return "\n".join(lines)


def one(name: str) -> str:
    """Return the help of one command, with its example."""
    command: Command | None = commands.find(name.strip().casefold())
    if command is None:
        return unknown(name)
    text = f"*{' | '.join(command.names)}*: {command.helptext}"
    if command.example:
        text += "\n" + _("For example: `%(example)s`") % {"example": command.example}
    return text


def quoted(text: str, limit: int) -> str:
    """Return typed text, as Slack sent it, for showing between backticks."""
    return truncate(escape(people.readable(text)), limit).replace("`", "")


def unknown(name: str) -> str:
    """Return the answer to a command that is not known, with the nearest one."""
    shown = quoted(name, 50)
    near = nearest(name.casefold())
    if near:
        return _(
            "`%(name)s` is not a command. Did you mean `%(near)s`? `help` lists all commands."
        ) % {
            "name": shown,
            "near": near,
        }
    return _("`%(name)s` is not a command. `help` lists all commands.") % {"name": shown}


def outside(command: str) -> str:
    """Return how the slash command works outside an incident's channel."""
    return "\n".join(
        [
            _("*How incidents work here*"),
            _("• `%(command)s Something is wrong` declares an incident: a form opens.")
            % {"command": command},
            _("• `%(command)s list` shows the open incidents, with links.") % {"command": command},
            _(
                "• In an incident's channel, `%(command)s lead @someone`, `%(command)s severity "
                "%(severity)s`, `%(command)s close` and so on work on that incident. "
                "`%(command)s help` there lists all commands; `%(command)s new …` declares another "
                "incident."
            )
            % {"command": command, "severity": quoted(typed_choices.example_severity(), 80)},
        ]
    )
