"""Find the project's handlers that an accepted request is for."""

from __future__ import annotations

from response.slack.decorators import wanted
from response.slack.decorators.action_handler import buttons
from response.slack.decorators.dialog_handler import dialogs
from response.slack.decorators.event_handler import events
from response.slack.decorators.keyword_handler import matching
from response.slack.decorators.registry import Handler, is_builtin
from response.slack.decorators.wanted import Wanted
from response.slack.inbound import payloads
from response.slack.inbound.command_calls import resolve
from response.slack.models import InboxRequest
from response.slack.text import command_text, mrkdwn


def wanted_handlers(kind: str, type_: str, payload: payloads.Payload) -> list[Wanted]:
    """Return the project's handlers in this process that a request is for. Needs no database.

    A form without any handler in this process is included too, as another process may have one.
    """
    if kind == InboxRequest.COMMAND:
        return _command(payloads.Command.read(payload).text)
    if kind == InboxRequest.EVENT:
        return _event(payloads.Event.read(payload))
    if type_ == "block_actions":
        button = buttons.find(payloads.ButtonPress.read(payload).action_id)
        return wanted.note(wanted.BUTTON, [button] if button else [])
    if type_ in ("view_submission", "dialog_submission"):
        key = payloads.Submission.read(payload).callback_id
        form = dialogs.find(key)
        return wanted.note(wanted.FORM, [form]) if form else [Wanted(wanted.FORM, key, "")]
    return []


def hears(handler: Handler, event: payloads.Event) -> bool:
    """Return whether an event is for a handler: messages of bots need ``from_bots``."""
    from_bot = bool(event.bot_id) or event.subtype == "bot_message"
    return not from_bot or handler.from_bots or is_builtin(handler.fn)


def _command(said: str) -> list[Wanted]:
    command = resolve(said)[0]
    return wanted.note(wanted.COMMAND, [command] if command else [])


def _event(event: payloads.Event) -> list[Wanted]:
    here = [h for h in events.find(event.type) if h.wants(event.body) and hears(h, event)]
    noted = wanted.note(wanted.EVENT, here)
    if event.type == "message":
        heard = matching(mrkdwn.unescape(event.text))
        noted += wanted.note(wanted.KEYWORD, [h for h, _word in heard if hears(h, event)])
    elif event.type == "app_mention":
        # The bot's id would have to be looked up, so a line that mentions any user counts.
        for line in command_text.commands_in(event.text, ""):
            noted += _command(line)
    return noted
