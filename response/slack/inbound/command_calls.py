"""Run commands: lines that begin with a mention of the bot, and slash commands."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from response.core.models import Incident
from response.slack.decorators.incident_command import Command, commands
from response.slack.decorators.registry import where
from response.slack.features import help_text, misunderstood_commands, typed_choices
from response.slack.inbound import payloads
from response.slack.inbound.handler_call import HandlerCall
from response.slack.inbound.incident_channels import incident_of, require_channel
from response.slack.jobs.messages import (
    add_reaction,
    post_message,
    remove_reaction,
    send_ephemeral,
)
from response.slack.render import interaction_context
from response.slack.text import command_text
from response.slack.web_api import identity

logger = logging.getLogger(__name__)

UNDERSTOOD, NOT_UNDERSTOOD = "white_check_mark", "question"
#: So many commands of one message are run. Each has its own answer, and a message of 40,000
#: characters could have thousands.
MOST_COMMANDS = 30


def resolve(said: str) -> tuple[Command | None, str, str]:
    """Return the command that ``said`` names, its message, and the name as it was read.

    A severity alone ("sev2") means the command that sets it. The command is None if none has
    that name.
    """
    read = command_text.read(said)
    shown = command_text.without_invisible(said).strip()
    typed, *behind = shown.split(maxsplit=1) or [""]
    exactly = commands.find(typed.casefold())
    if exactly is not None:  # a project's command may have any name, punctuation as well
        return exactly, "".join(behind), typed.casefold()
    command = commands.find(read.name) or commands.find(command_text.in_latin(read.name))
    if command is None and _says_severity(read.name) and command_text.says_nothing(read.rest):
        return commands.find("severity"), read.name, "severity"
    return command, read.rest, read.name


def _says_severity(name: str) -> bool:
    return command_text.means_severity(name) and typed_choices.severity(name) is not None


def run_command(
    command: Command, incident: Incident, user_id: str, message: str
) -> tuple[bool | None, str | None]:
    """Call a command's function and return ``(handled, reply)``.

    ``handled`` is None if the command has asked a question and nothing is decided yet. Raises
    ``TypeError`` if the function returns anything but such a pair.
    """
    answer = command.fn(incident, user_id, message)
    if answer is None:
        return True, None
    if isinstance(answer, tuple) and len(answer) == 2:
        handled, reply = answer
        return None if handled is None else bool(handled), str(reply) if reply else None
    raise TypeError(
        f"{where(command.fn)} returned {answer!r}; an incident command returns "
        "(handled, reply), for instance (True, None)"
    )


# Mentions


def mention_calls(event: payloads.Event) -> Iterator[HandlerCall]:
    """Yield the calls for a mention of the bot in an incident's channel, one for each command.

    An edited message runs only the lines added since the bot did not understand it.
    """
    found = command_text.commands_in(event.text, _bot())
    lines = found[:MOST_COMMANDS]
    if not event.edited:
        if not lines:
            yield HandlerCall("command", partial(_hint, event))
        if len(found) > len(lines):
            yield HandlerCall("too many", partial(_too_many, event, len(found) - len(lines)))
        for number, line in enumerate(lines, start=1):
            name = "command" if number == 1 else f"command {number}"
            yield HandlerCall(name, partial(_run_line, event, lines, line))
        return
    known = misunderstood_commands.known_lines(event.channel_id, event.ts)
    if known is None:
        return
    for number, line in enumerate([new for new in lines if new not in known], start=1):
        yield HandlerCall(f"edited command {number}", partial(_run_line, event, lines, line))
    yield HandlerCall("edited", partial(_settle, event, lines))


def _run_line(event: payloads.Event, lines: list[str], line: str) -> None:
    incident = incident_of(require_channel(event.channel_id))
    answer_author = partial(_answer, event, incident)
    command, message, name = resolve(line)
    if command is None and not name:  # nothing, or nothing but marks
        answer_author(help_text.everything())
        return
    if command is None:
        _not_understood(event, incident, lines, line)
        answer_author(help_text.unknown(name))
        return
    visible = not event.thread_ts  # few read a thread
    with interaction_context.activate(event.channel_id, thread_ts=event.thread_ts, visible=visible):
        handled, reply = run_command(command, incident, event.user_id, message)
    if handled is False:
        _not_understood(event, incident, lines, line)
    elif handled:
        add_reaction(event.channel_id, event.ts, UNDERSTOOD, incident=incident.pk)
    if reply:
        post_message(
            event.channel_id, reply, incident=incident.pk, thread_ts=event.thread_ts or None
        )
    elif handled and len(lines) > 1:
        # A reaction to the whole message does not show which of its commands it is for.
        answer_author(f"✅ `{help_text.quoted(line, 200)}`")


def _too_many(event: payloads.Event, count: int) -> None:
    text = ngettext(
        "I run the first %(most)d commands of a message. %(count)d more was not run.",
        "I run the first %(most)d commands of a message. %(count)d more were not run.",
        count,
    ) % {"most": MOST_COMMANDS, "count": count}
    _answer(event, incident_of(require_channel(event.channel_id)), text)


def _not_understood(event: payloads.Event, incident: Incident, lines: list[str], line: str) -> None:
    misunderstood_commands.remember(event.channel_id, event.ts, lines, line)
    add_reaction(event.channel_id, event.ts, NOT_UNDERSTOOD, incident=incident.pk)


def _settle(event: payloads.Event, lines: list[str]) -> None:
    if misunderstood_commands.settle(event.channel_id, event.ts, lines):
        remove_reaction(event.channel_id, event.ts, NOT_UNDERSTOOD)


def _hint(event: payloads.Event) -> None:
    """Explain to the author how to give a command, if a mention in a sentence looks like one."""
    known = {name.casefold() for command in commands for name in command.names}
    meant = command_text.mentioned_command(event.text, _bot(), known)
    if meant is None:
        return
    misunderstood_commands.remember(event.channel_id, event.ts, [], "")
    text = _(
        "I have not done anything. To run the command `%(name)s`, start a line with my name: "
        "%(bot)s `%(name)s`"
    )
    bot = _bot()
    mention = f"<@{bot}>" if bot else "@incident"
    _answer(
        event,
        incident_of(require_channel(event.channel_id)),
        text % {"name": meant, "bot": mention},
    )


def mention_outside_calls(event: payloads.Event) -> Iterator[HandlerCall]:
    """Yield the call for a mention outside incident channels, which explains how to start."""
    if command_text.commands_in(event.text, _bot()) and not event.edited:
        yield HandlerCall("mention outside", partial(_mention_outside, event))


def _mention_outside(event: payloads.Event) -> None:
    text = _(
        "This is not an incident's channel, so commands do not work here. Type `/incident "
        "Something is wrong` to declare an incident, or `/incident list` to find one."
    )
    _answer(event, None, text)


def _answer(event: payloads.Event, incident: Incident | None, text: str) -> None:
    if event.bot_id:
        return  # a program reads no ephemeral messages
    thread = {"thread_ts": event.thread_ts} if event.thread_ts else {}
    send_ephemeral(
        event.channel_id,
        event.user_id,
        text,
        incident=incident.pk if incident else None,
        **thread,
    )


def _bot() -> str:
    """Return the bot's user id, or an empty string if Slack cannot be reached for it now."""
    try:
        return identity.bot_user_id()
    except Exception:
        logger.info("The bot's id is not known; any mention counts as the bot", exc_info=True)
        return ""


# Slash commands


def slash_calls(slash: payloads.Command) -> Iterator[HandlerCall]:
    """Yield the call for a slash command in an incident's channel."""
    yield HandlerCall("command", partial(_slash, slash))


def _slash(slash: payloads.Command) -> None:
    """Run the command as if it had been given by mentioning the bot."""
    incident = incident_of(require_channel(slash.channel_id))
    answer_author = partial(
        send_ephemeral,
        slash.channel_id,
        slash.user_id,
        response_url=slash.response_url,
        incident=incident.pk,
    )
    command, message, name = resolve(slash.text)
    if command is None and not name:
        answer_author(help_text.everything())
        return
    if command is None:
        hint = _("To declare another incident from here: `%(command)s new %(text)s`") % {
            "command": slash.command,
            "text": help_text.quoted(slash.text, 100),
        }
        answer_author(f"{help_text.unknown(name)}\n{hint}")
        return
    with interaction_context.activate(slash.channel_id, slash.response_url):
        handled, reply = run_command(command, incident, slash.user_id, message)
        is_told = interaction_context.has_changed()
    if reply and handled and command.key != "help" and not is_told:
        post_message(slash.channel_id, reply, incident=incident.pk)
    elif reply:
        answer_author(reply)
    elif handled is not None:
        mark = "✅" if handled else "❓"
        answer_author(f"{mark} `{help_text.quoted(slash.text, 200)}`")
