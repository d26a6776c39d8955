"""Where the person is whose press, command or form is being handled."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class _Interaction:
    channel_id: str = ""
    response_url: str = ""
    thread_ts: str = ""


_NO_INTERACTION = _Interaction()
_current: contextvars.ContextVar[_Interaction] = contextvars.ContextVar(
    "response_place",
    default=_NO_INTERACTION,
)


@contextlib.contextmanager
def activate(channel_id: str, response_url: str = "", thread_ts: str = "") -> Iterator[None]:
    """Remember where the person is while a handler runs; empty for what is not known."""
    token = _current.set(_Interaction(channel_id, response_url, thread_ts))
    try:
        yield
    finally:
        _current.reset(token)


def channel_id() -> str:
    """The channel's id, empty if unknown."""
    return _current.get().channel_id


def response_url() -> str:
    """The url for answers to one person, empty if there is none."""
    return _current.get().response_url


def thread_ts() -> str:
    """The ts of the thread's first message, empty outside threads."""
    return _current.get().thread_ts
