"""``@slack_event``: what happens in an incident's channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from response.db import Statement
from response.slack.decorators.registry import (
    Function,
    Handler,
    ManyPerKey,
    check_arguments,
    check_key,
)

F = TypeVar("F", bound=Function)
Body = dict[str, Any]


@dataclass(frozen=True)
class EventHandler(Handler):
    """A handler of events, and when it has nothing to do.

    ``shortcut(channel_id, event)`` is an UPDATE that does the same as the handler, or changes
    nothing where there is more to do.
    """

    only_if: Callable[[Body], bool] | None = None
    shortcut: Callable[[str, Body], Statement] | None = None

    def wants(self, event: Body) -> bool:
        """Whether there is anything to do for ``event``."""
        return self.only_if is None or self.only_if(event)


events: ManyPerKey[EventHandler] = ManyPerKey()


def slack_event(
    event_name: str,
    *,
    only_if: Callable[[Body], bool] | None = None,
    shortcut: Callable[[str, Body], Statement] | None = None,
) -> Callable[[F], F]:
    """Register ``fn(incident, event)`` for a type of event in an incident's comms channel.

    ``event`` is the inner event as Slack sends it. Several handlers may be registered for
    one type; each is a transaction of its own.

    ``only_if(event)`` says whether there is anything to do. It is asked before Slack gets its
    answer, so it only looks at what it is given; an event that no handler wants is not stored.

    ``shortcut(channel_id, event)`` returns the one UPDATE (a ``response.db.Statement``) that does
    what ``fn`` does. If no other handler wants the event, it is run in the transaction that
    stores the request, and no worker is needed. Where it changes no row, because there is more
    to do, or fails, ``fn`` is called later as ever.
    """

    def register(fn: F) -> F:
        check_arguments("slack_event", fn, "incident", "event")
        check_key("slack_event", fn, event_name, "the event's type", 100)
        if only_if is not None:
            check_arguments("slack_event", only_if, "event")
        if shortcut is not None:
            check_arguments("slack_event", shortcut, "channel_id", "event")
        events.add(EventHandler(key=event_name, fn=fn, only_if=only_if, shortcut=shortcut))
        return fn

    return register
