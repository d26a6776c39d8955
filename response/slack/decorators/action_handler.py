"""``@action_handler`` registers functions that run when a button is pressed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, overload

from response.core.models import Incident
from response.slack.decorators.dispatchers import handle_action
from response.slack.decorators.mappings import FunctionsByKey
from response.slack.decorators.registry import (
    Function,
    Handler,
    OnePerKey,
    check_arguments,
    check_key,
)
from response.slack.text import limits

__all__ = [
    "SLACK_ACTION_MAPPINGS",
    "ActionContext",
    "ButtonHandler",
    "action_handler",
    "buttons",
    "handle_action",
    "remove_action_handler",
]

F = TypeVar("F", bound=Function)


@dataclass
class ActionContext:
    """A button press: the user, the button and the incident.

    ``message`` is the message with the button, as Slack sends it. ``value`` is the button's
    value or the chosen option. ``trigger_id`` can open a form within 3 seconds of the press.
    """

    incident: Incident
    user_id: str
    message: dict[str, Any] = field(default_factory=dict)
    value: str = ""
    trigger_id: str = ""
    response_url: str = ""
    channel_id: str = ""


@dataclass(frozen=True)
class ButtonHandler(Handler):
    """A handler of a button. With ``opens_form`` it runs before Slack gets its answer."""

    opens_form: bool = False


buttons: OnePerKey[ButtonHandler] = OnePerKey()


@overload
def action_handler(
    callback_id: str, func: None = None, *, opens_form: bool = False
) -> Callable[[F], F]: ...
@overload
def action_handler(callback_id: str, func: F, *, opens_form: bool = False) -> F: ...
def action_handler(
    callback_id: str, func: F | None = None, *, opens_form: bool = False
) -> Callable[[F], F] | F:
    """Register ``fn(context)`` for presses of the button with this action id.

    It runs at once, in a thread of the process that received the press, so that the
    ``trigger_id`` is recent enough to open a form. With ``opens_form`` it runs even before
    Slack gets its answer; it must then only open a form.
    """

    def register(fn: F) -> F:
        check_arguments("action_handler", fn, "context")
        check_key("action_handler", fn, callback_id, "the action id", limits.ID)
        buttons.add(ButtonHandler(key=callback_id, fn=fn, opens_form=opens_form))
        return fn

    return register(func) if func else register


def remove_action_handler(callback_id: str) -> None:
    """Remove the handler of a button; does nothing if there is none."""
    buttons.remove(callback_id)


#: Action ids and their functions, as release 0.5.1 had them.
SLACK_ACTION_MAPPINGS: FunctionsByKey = FunctionsByKey(buttons, action_handler)
