"""``@keyword_handler`` registers functions for messages with a keyword."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import TypeVar, overload

from response.slack.decorators.dispatchers import handle_keywords
from response.slack.decorators.mappings import FunctionLists
from response.slack.decorators.registry import (
    Function,
    Handler,
    ManyPerKey,
    check_arguments,
    check_key,
    refuse,
)
from response.slack.models import CommsChannel

__all__ = [
    "KEYWORD_HANDLERS",
    "call",
    "handle_keywords",
    "keyword_handler",
    "keywords",
    "matching",
]

F = TypeVar("F", bound=Function)
_Words = list[str] | tuple[str, ...] | str

_registered: ManyPerKey[Handler] = ManyPerKey()

_ARGUMENTS = ("comms_channel", "user", "keyword", "text", "ts")


@overload
def keyword_handler(
    keywords: _Words, func: None = None, *, from_bots: bool = False
) -> Callable[[F], F]: ...
@overload
def keyword_handler(keywords: _Words, func: F, *, from_bots: bool = False) -> F: ...
def keyword_handler(
    keywords: _Words, func: F | None = None, *, from_bots: bool = False
) -> Callable[[F], F] | F:
    """Register ``fn(comms_channel, user, keyword, text, ts)`` for messages with a keyword.

    A function may leave out arguments that it does not need, as long as it uses these names.
    ``keyword`` is the first keyword of the list that the text contains, as it was registered;
    case is ignored. Edited messages and the bot's own are ignored, as are those of other bots
    unless ``from_bots`` is true.
    """
    listed = (keywords,) if isinstance(keywords, str) else tuple(keywords)

    def register(fn: F) -> F:
        named = _named_arguments(fn)
        if named is None:
            check_arguments("keyword_handler", fn, *_ARGUMENTS)
        if not listed:
            raise refuse("keyword_handler", fn, "it needs at least one keyword")
        for word in listed:
            check_key("keyword_handler", fn, word, "a keyword", 200)
        _registered.add(
            Handler(
                key="keyword",
                fn=fn,
                options={"words": listed, "arguments": named},
                from_bots=from_bots,
            )
        )
        return fn

    return register(func) if func else register


def _named_arguments(fn: Function) -> tuple[str, ...] | None:
    """Return the names of the arguments that ``fn`` takes, or None if it takes all five.

    The README of older releases showed handlers without ``keyword``.
    """
    parameters = inspect.signature(fn).parameters.values()
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return None
    required = [p.name for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    if len(required) < len(_ARGUMENTS) and set(required) <= set(_ARGUMENTS):
        return tuple(n for n in _ARGUMENTS if any(p.name == n for p in parameters))
    return None


def call(
    handler: Handler, comms_channel: CommsChannel, user: str, keyword: str, text: str, ts: str
) -> None:
    """Call a keyword handler with the arguments that it takes."""
    values = dict(zip(_ARGUMENTS, (comms_channel, user, keyword, text, ts), strict=True))
    named = handler.options["arguments"]
    if named is None:
        handler.fn(*values.values())
    else:
        handler.fn(**{name: values[name] for name in named})


keywords = _registered


def matching(text: str) -> Iterator[tuple[Handler, str]]:
    """Yield each handler with a keyword in ``text``, once, with the keyword that was found."""
    folded = text.casefold()
    for handler in keywords:
        for word in handler.options["words"]:
            if word.casefold() in folded:
                yield handler, word
                break


#: Words and their functions, as release 0.5.1 had them.
KEYWORD_HANDLERS: FunctionLists = FunctionLists(
    keywords,
    lambda handler: list(handler.options["words"]),
    register=lambda word, fn: keyword_handler([word], fn),
    last_only=True,
)
