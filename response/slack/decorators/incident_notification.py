"""``@recurring_notification`` and ``@single_notification``: reminders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar, overload

from response.core.models import Incident
from response.slack.decorators.dispatchers import handle_notifications
from response.slack.decorators.mappings import NotificationHandler, NotificationHandlers
from response.slack.decorators.registry import (
    Function,
    Handler,
    OnePerKey,
    check_arguments,
    check_key,
    is_builtin,
    name_of,
    refuse,
    where,
)
from response.slack.models import Notification

__all__ = [
    "NOTIFICATION_HANDLERS",
    "NotificationHandler",
    "Reminder",
    "handle_notifications",
    "recurring_notification",
    "reminders",
    "single_notification",
]

F = TypeVar("F", bound=Function)
Condition = Callable[[Incident, datetime], bool]


@dataclass(frozen=True)
class Reminder(Handler):
    """A reminder: when it is first due, the interval, and how many times it is sent.

    ``only_if(incident, now)`` returns whether the reminder is needed; it is called before the
    handler and makes no query.
    """

    first_after_mins: float = 0
    interval_mins: float = 0
    max_notifications: int = 1
    only_if: Condition | None = None


reminders: OnePerKey[Reminder] = OnePerKey()


def recurring_notification(
    interval_mins: float, max_notifications: int = 1, *, only_if: Condition | None = None
) -> Callable[[F], F]:
    """Register ``fn(incident)`` to run every ``interval_mins`` minutes.

    It runs ``max_notifications`` times for open incidents that have a comms channel, the first
    time one interval after the incident was declared. If the handler returns False, the run is
    not counted and the handler is called again at the next tick. The function's name identifies
    the reminder in the database; it replaces a built-in reminder of the same name.
    """

    def register(fn: F) -> F:
        _check("recurring_notification", fn, interval_mins, "interval_mins")
        if isinstance(max_notifications, bool) or not isinstance(max_notifications, int):
            raise refuse(
                "recurring_notification",
                fn,
                f"max_notifications must be a whole number, not {max_notifications!r}",
            )
        reminders.add(
            Reminder(
                key=fn.__name__,
                fn=fn,
                first_after_mins=interval_mins,
                interval_mins=interval_mins,
                max_notifications=max_notifications,
                only_if=only_if,
            )
        )
        return fn

    return register


@overload
def single_notification(
    initial_delay_mins: float = 0, func: None = None, *, only_if: Condition | None = None
) -> Callable[[F], F]: ...
@overload
def single_notification(
    initial_delay_mins: float, func: F, *, only_if: Condition | None = None
) -> F: ...
def single_notification(
    initial_delay_mins: float = 0, func: F | None = None, *, only_if: Condition | None = None
) -> Callable[[F], F] | F:
    """Register ``fn(incident)`` to run once, some minutes after the incident was declared.

    Otherwise like :func:`recurring_notification`.
    """

    def register(fn: F) -> F:
        _check("single_notification", fn, initial_delay_mins, "initial_delay_mins")
        reminders.add(
            Reminder(
                key=fn.__name__,
                fn=fn,
                first_after_mins=initial_delay_mins,
                interval_mins=0,
                max_notifications=1,
                only_if=only_if,
            )
        )
        return fn

    return register(func) if func else register


def _check(decorator: str, fn: Function, minutes: float, what: str) -> None:
    check_arguments(decorator, fn, "incident")
    if isinstance(minutes, bool) or not isinstance(minutes, int | float) or minutes < 0:
        raise refuse(decorator, fn, f"{what} must be a number of minutes, not {minutes!r}")
    longest = Notification._meta.get_field("key").max_length or 0
    check_key(decorator, fn, fn.__name__, "the function's name", longest)
    known = reminders.find_among(fn.__name__, builtin=is_builtin(fn))
    if known is not None and known.name != name_of(fn):
        raise refuse(
            decorator,
            fn,
            f"another reminder has the same name, {where(known.fn)}, and the name is what "
            "counts them apart: rename one of the two",
        )


#: All reminders, as release 0.5.1 had them.
NOTIFICATION_HANDLERS: NotificationHandlers = NotificationHandlers(reminders)
