"""``@headline_post_action`` registers functions that return buttons for the headline post."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, overload

from response.slack.decorators.mappings import FunctionLists
from response.slack.decorators.registry import (
    Function,
    Handler,
    ManyPerKey,
    check_arguments,
    refuse,
)

F = TypeVar("F", bound=Function)


@dataclass(frozen=True)
class HeadlineAction(Handler):
    """A button (or other element) of the headline post, and its position."""

    order: float = 0


headline_actions: ManyPerKey[HeadlineAction] = ManyPerKey()


@overload
def headline_post_action(order: float = 0, func: None = None) -> Callable[[F], F]: ...
@overload
def headline_post_action(order: float, func: F) -> F: ...
def headline_post_action(order: float = 0, func: F | None = None) -> Callable[[F], F] | F:
    """Register ``fn(headline_post) -> block_kit element or None``.

    Elements are sorted by ``order``; the built-in ones have 100 (comms channel), 200 (edit)
    and 300 (close).
    """

    def register(fn: F) -> F:
        check_arguments("headline_post_action", fn, "headline_post")
        if isinstance(order, bool) or not isinstance(order, int | float):
            raise refuse("headline_post_action", fn, f"order must be a number, not {order!r}")
        headline_actions.add(HeadlineAction(key="headline", fn=fn, order=order))
        return fn

    return register(func) if func else register


def in_order() -> list[HeadlineAction]:
    """Return the registered actions in the order of the headline post."""
    return sorted(headline_actions, key=lambda action: action.order)


#: Orders and their functions, as release 0.5.1 had them.
SLACK_HEADLINE_POST_ACTION_MAPPINGS: FunctionLists = FunctionLists(
    headline_actions, lambda action: [action.order], register=headline_post_action
)
