"""``@slack_event`` registers functions for events in an incident's channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, overload

from response.db import Statement
from response.slack.decorators.dispatchers import handle_event
from response.slack.decorators.mappings import FunctionLists
from response.slack.decorators.registry import (
    Function,
    Handler,
    ManyPerKey,
    check_arguments,
    check_key,
)

__all__ = ["EVENT_MAPPINGS", "events", "handle_event", "slack_event"]

F = TypeVar("F", bound=Function)
Body = dict[str, Any]


@dataclass(frozen=True)
class EventHandler(Handler):
    """A handler of events.

    ``only_if(event)`` returns whether the handler wants an event. ``shortcut(channel_id, event)``
    returns an UPDATE that does the same as the handler, or changes no row if more has to be done.
    """

    only_if: Callable[[Body], bool] | None = None
    shortcut: Callable[[str, Body], Statement] | None = None

    def wants(self, event: Body) -> bool:
        """Return whether the handler has anything to do for ``event``."""
        return self.only_if is None or self.only_if(event)


events: ManyPerKey[EventHandler] = ManyPerKey()

_OnlyIf = Callable[[Body], bool] | None
_Shortcut = Callable[[str, Body], Statement] | None


@overload
def slack_event(
    event: str,
    func: None = None,
    *,
    only_if: _OnlyIf = None,
    shortcut: _Shortcut = None,
    from_bots: bool = False,
) -> Callable[[F], F]: ...
@overload
def slack_event(
    event: str,
    func: F,
    *,
    only_if: _OnlyIf = None,
    shortcut: _Shortcut = None,
    from_bots: bool = False,
) -> F: ...
def slack_event(
    event: str,
    func: F | None = None,
    *,
    only_if: _OnlyIf = None,
    shortcut: _Shortcut = None,
    from_bots: bool = False,
) -> Callable[[F], F] | F:
    """Register ``fn(incident, event)`` for a type of event in an incident's comms channel.

    ``event`` is the inner event as Slack sends it. Several handlers may be registered for
    one type; each runs in its own transaction. Messages of other bots are left out unless
    ``from_bots`` is true: such a message may have no ``user``.

    ``only_if(event)`` returns whether there is anything to do. It is called before Slack gets
    its answer, so it should only look at the event; an event that no handler wants is not stored.

    ``shortcut(channel_id, event)`` returns a single UPDATE (a ``response.db.Statement``) that
    does what ``fn`` does. If no other handler wants the event, it is run in the transaction that
    stores the request, and no worker is needed. If it fails, or changes no row because there is
    more to do, ``fn`` is called later as usual.
    """

    def register(fn: F) -> F:
        check_arguments("slack_event", fn, "incident", "event")
        check_key("slack_event", fn, event, "the event's type", 100)
        if only_if is not None:
            check_arguments("slack_event", only_if, "event")
        if shortcut is not None:
            check_arguments("slack_event", shortcut, "channel_id", "event")
        handler = EventHandler(
            key=event, fn=fn, only_if=only_if, shortcut=shortcut, from_bots=from_bots
        )
        events.add(handler)
        return fn

    return register(func) if func else register


#: Types of events and their functions, as release 0.5.1 had them.
EVENT_MAPPINGS: FunctionLists = FunctionLists(
    events, lambda handler: [handler.key], register=slack_event
)
