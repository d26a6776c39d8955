"""``@slack_event``: what happens in an incident's channel."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from response.slack.decorators.registry import (
    Function,
    Handler,
    ManyPerKey,
    check_arguments,
    check_key,
)

F = TypeVar("F", bound=Function)

events: ManyPerKey[Handler] = ManyPerKey()


def slack_event(event_name: str) -> Callable[[F], F]:
    """Register ``fn(incident, event)`` for a type of event in an incident's comms channel.

    ``event`` is the inner event as Slack sends it. Several handlers may be registered for
    one type; each is a transaction of its own.
    """

    def register(fn: F) -> F:
        check_arguments("slack_event", fn, "incident", "event")
        check_key("slack_event", fn, event_name, "the event's type", 100)
        events.add(Handler(key=event_name, fn=fn))
        return fn

    return register
