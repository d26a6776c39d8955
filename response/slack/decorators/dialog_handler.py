"""``@dialog_handler`` registers functions that run when a form is submitted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, overload

from response.slack.decorators.dispatchers import handle_dialog
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
    "DIALOG_HANDLERS",
    "dialog_handler",
    "dialogs",
    "handle_dialog",
    "remove_dialog_handler",
]

F = TypeVar("F", bound=Function)

dialogs: OnePerKey[Handler] = OnePerKey()


@overload
def dialog_handler(callback_id: str, func: None = None) -> Callable[[F], F]: ...
@overload
def dialog_handler(callback_id: str, func: F) -> F: ...
def dialog_handler(callback_id: str, func: F | None = None) -> Callable[[F], F] | F:
    """Register ``fn(user_id, channel_id, submission, response_url, state)`` for a form.

    ``submission`` is a dict of field name to text, or to None for an empty field. Raise
    ``response.slack.decorators.form_error.FormError`` to reject fields.
    """

    def register(fn: F) -> F:
        check_arguments(
            "dialog_handler", fn, "user_id", "channel_id", "submission", "response_url", "state"
        )
        check_key("dialog_handler", fn, callback_id, "the callback id", limits.ID)
        dialogs.add(Handler(key=callback_id, fn=fn))
        return fn

    return register(func) if func else register


def remove_dialog_handler(callback_id: str) -> None:
    """Remove the handler of a form; does nothing if there is none."""
    dialogs.remove(callback_id)


#: Callback ids and their functions, as release 0.5.1 had them.
DIALOG_HANDLERS: FunctionsByKey = FunctionsByKey(dialogs, dialog_handler)
