"""Where the person is whose press or command is being handled."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class _Place:
    channel_id: str = ""
    response_url: str = ""


_NOWHERE = _Place()
_place: contextvars.ContextVar[_Place] = contextvars.ContextVar(
    "response_place",
    default=_NOWHERE,
)


@contextlib.contextmanager
def place(channel_id: str, response_url: str) -> Iterator[None]:
    """Remember the channel and the ``response_url`` while a handler runs."""
    token = _place.set(_Place(channel_id, response_url))
    try:
        yield
    finally:
        _place.reset(token)


def channel_id() -> str:
    """The channel's id, empty if unknown."""
    return _place.get().channel_id


def response_url() -> str:
    """The url for answers to one person, empty if there is none."""
    return _place.get().response_url
