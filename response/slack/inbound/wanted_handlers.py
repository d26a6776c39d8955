"""Find the project's handlers that a request is for, and those of them missing here.

A project may import its handlers in some of its processes only, for instance in
``wsgi.py``. The process that accepts a request stores with it which of the project's handlers
have to run; a process that lacks one of them leaves that part to another.

Built-in handlers are in every process and are not recorded. Where a key has one handler, any
handler of the project for that key will do, so that moving a function to another module does
not delay requests; where a key has several, the dotted name identifies them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from response.slack.decorators.action_handler import buttons
from response.slack.decorators.dialog_handler import dialogs
from response.slack.decorators.event_handler import events
from response.slack.decorators.incident_command import commands
from response.slack.decorators.keyword_handler import keywords, matching
from response.slack.decorators.registry import Handler, ManyPerKey, OnePerKey, is_builtin
from response.slack.inbound import payloads
from response.slack.inbound.command_calls import resolve
from response.slack.models import InboxRequest
from response.slack.text import command_text, mrkdwn

COMMAND, BUTTON, FORM = "incident_command", "action_handler", "dialog_handler"
EVENT, KEYWORD = "slack_event", "keyword_handler"

_ONE: dict[str, OnePerKey[Any]] = {COMMAND: commands, BUTTON: buttons, FORM: dialogs}
_MANY: dict[str, ManyPerKey[Any]] = {EVENT: events, KEYWORD: keywords}


class Wanted(NamedTuple):
    """A handler that a request is for. ``name`` is empty if no handler was known for the key."""

    decorator: str
    key: str
    name: str

    def __str__(self) -> str:
        return f"@{self.decorator} {self.key!r}" + (f" ({self.name})" if self.name else "")

    @property
    def is_here(self) -> bool:
        """Return whether this process has the handler."""
        if self.decorator in _ONE:
            registry = _ONE[self.decorator]
            if not self.name:
                return registry.find(self.key) is not None
            return registry.find_among(self.key, builtin=False) is not None
        return any(h.name == self.name for h in _MANY.get(self.decorator, ()))


def note(decorator: str, handlers: Iterable[Handler]) -> list[Wanted]:
    """Return the records of those ``handlers`` that are the project's."""
    return [Wanted(decorator, h.key, h.name) for h in handlers if not is_builtin(h.fn)]


def read(noted: Iterable[Any] | None) -> list[Wanted]:
    """Return the handlers recorded with a request."""
    return [Wanted(*(str(part) for part in parts)) for parts in noted or () if len(parts) == 3]


def missing(noted: Iterable[Any] | None) -> list[Wanted]:
    """Return those of the recorded handlers that this process does not have."""
    return [wanted for wanted in read(noted) if not wanted.is_here]


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
        return note(BUTTON, [button] if button else [])
    if type_ in ("view_submission", "dialog_submission"):
        key = payloads.Submission.read(payload).callback_id
        form = dialogs.find(key)
        return note(FORM, [form]) if form else [Wanted(FORM, key, "")]
    return []


def hears(handler: Handler, event: payloads.Event) -> bool:
    """Return whether an event is for a handler: messages of bots need ``from_bots``."""
    from_bot = bool(event.bot_id) or event.subtype == "bot_message"
    return not from_bot or handler.from_bots or is_builtin(handler.fn)


def _command(said: str) -> list[Wanted]:
    command = resolve(said)[0]
    return note(COMMAND, [command] if command else [])


def _event(event: payloads.Event) -> list[Wanted]:
    here = [h for h in events.find(event.type) if h.wants(event.body) and hears(h, event)]
    noted = note(EVENT, here)
    if event.type == "message":
        heard = matching(mrkdwn.unescape(event.text))
        noted += note(KEYWORD, [h for h, _word in heard if hears(h, event)])
    elif event.type == "app_mention":
        # The bot's id would have to be looked up, so a line that mentions any user counts.
        for line in command_text.commands_in(event.text, ""):
            noted += _command(line)
    return noted
