"""``@keyword_handler``: words that mean something in an incident's channel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from response.slack.decorators.registry import (
    Function,
    Handler,
    ManyPerKey,
    check_arguments,
    check_key,
    refuse,
)

F = TypeVar("F", bound=Function)

keywords: ManyPerKey[Handler] = ManyPerKey()


def keyword_handler(words: list[str] | tuple[str, ...] | str) -> Callable[[F], F]:
    """Register ``fn(comms_channel, user, keyword, text, ts)`` for messages with a keyword.

    ``keyword`` is the one that was found first in the list, as it was registered; capitals
    do not matter. Edited messages and the bot's own do not count.
    """
    listed = (words,) if isinstance(words, str) else tuple(words)

    def register(fn: F) -> F:
        check_arguments("keyword_handler", fn, "comms_channel", "user", "keyword", "text", "ts")
        if not listed:
            raise refuse("keyword_handler", fn, "it needs at least one keyword")
        for word in listed:
            check_key("keyword_handler", fn, word, "a keyword", 200)
        keywords.add(Handler(key="keyword", fn=fn, options={"words": listed}))
        return fn

    return register


def matching(text: str) -> Iterator[tuple[Handler, str]]:
    """The handlers that ``text`` concerns, each once, with the keyword that was found."""
    folded = text.casefold()
    for handler in keywords:
        for word in handler.options["words"]:
            if word.casefold() in folded:
                yield handler, word
                break
