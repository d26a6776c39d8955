"""``@action_handler``: what happens when a button is pressed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from response.core.models import Incident
from response.slack.decorators.registry import (
    Function,
    Handler,
    OnePerKey,
    check_arguments,
    check_key,
)
from response.slack.text import limits

F = TypeVar("F", bound=Function)


@dataclass
class ActionContext:
    """Who pressed what, and about which incident.

    ``message`` is the message with the button, as Slack sends it; ``value`` is the button's
    value or what was chosen; ``trigger_id`` opens a form within 3 seconds of the press.
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
    """``opens_form``: it needs the trigger, so it runs before Slack gets its answer."""

    opens_form: bool = False


buttons: OnePerKey[ButtonHandler] = OnePerKey()


def action_handler(callback_id: str, opens_form: bool = False) -> Callable[[F], F]:
    """Register ``fn(context)`` for presses of the button with this action id.

    With ``opens_form`` it runs inside Slack's request, where a ``trigger_id`` is sure to be
    fresh; it must then do nothing but open a form.
    """

    def register(fn: F) -> F:
        check_arguments("action_handler", fn, "context")
        check_key("action_handler", fn, callback_id, "the action id", limits.ID)
        buttons.add(ButtonHandler(key=callback_id, fn=fn, opens_form=opens_form))
        return fn

    return register
