"""``@dialog_handler``: what happens when a form is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from response.slack.decorators.registry import (
    Function,
    Handler,
    OnePerKey,
    check_arguments,
    check_key,
)
from response.slack.text import limits

F = TypeVar("F", bound=Function)

dialogs: OnePerKey[Handler] = OnePerKey()


def dialog_handler(callback_id: str) -> Callable[[F], F]:
    """Register ``fn(user_id, channel_id, submission, response_url, state)`` for a form.

    ``submission`` is a dict of field name to text, None where nothing was given. Raise
    ``response.slack.decorators.form_error.FormError`` to refuse fields.
    """

    def register(fn: F) -> F:
        check_arguments(
            "dialog_handler", fn, "user_id", "channel_id", "submission", "response_url", "state"
        )
        check_key("dialog_handler", fn, callback_id, "the callback id", limits.ID)
        dialogs.add(Handler(key=callback_id, fn=fn))
        return fn

    return register
