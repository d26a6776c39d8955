"""Help: what can be said to the bot, and with the slash command."""

from __future__ import annotations

from django.utils.translation import gettext as _

from response.slack.decorators.incident_command import Command, all_commands, commands, nearest
from response.slack.features import people
from response.slack.text.mrkdwn import escape, truncate


def everything() -> str:
    """Every command with a line of help."""
    lines = [
        _("*What you can say here* — to the bot, or with `/incident`:"),
        *(f"• `{' | '.join(c.names)}` {c.helptext}" for c in all_commands()),
        _("`help lead` tells more about one."),
    ]
    return "\n".join(lines)


def one(name: str) -> str:
    """One command, with its example."""
    command: Command | None = commands.find(name.strip().casefold())
    if command is None:
        return unknown(name)
    text = f"*{' | '.join(command.names)}*: {command.helptext}"
    if command.example:
        text += "\n" + _("For example: `%(example)s`") % {"example": command.example}
    return text


def quoted(text: str, limit: int) -> str:
    """What somebody typed, as Slack sent it, for showing between backticks."""
    return truncate(escape(people.readable(text)), limit).replace("`", "")


def unknown(name: str) -> str:
    """What is said to somebody who mistyped a command."""
    shown = quoted(name, 50)
    near = nearest(name.casefold())
    if near:
        return _("I do not know `%(name)s`. Did you mean `%(near)s`? `help` lists all.") % {
            "name": shown,
            "near": near,
        }
    return _("I do not know `%(name)s`. `help` lists what you can say.") % {"name": shown}


def outside(command: str) -> str:
    """How to use the slash command where there is no incident."""
    return "\n".join(
        [
            _("*How incidents work here*"),
            _("• `%(command)s Something is wrong` declares an incident: a form opens.")
            % {"command": command},
            _("• `%(command)s list` shows the open ones, with links.") % {"command": command},
            _(
                "• In an incident's channel, `%(command)s lead @someone`, `%(command)s severity "
                "major`, `%(command)s close` and so on work on that incident; `%(command)s help` "
                "there lists them all, and `%(command)s new …` declares another one."
            )
            % {"command": command},
        ]
    )
