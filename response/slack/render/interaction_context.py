"""The channel of the press, command or form that is being handled.

A form carries it through Slack and back, in its ``private_metadata``.
"""

from __future__ import annotations

import contextlib
import contextvars
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from response.core.clean import load_json


@dataclass(frozen=True)
class _Interaction:
    channel_id: str = ""
    response_url: str = ""
    thread_ts: str = ""
    visible: bool = False
    changes: list[None] = field(default_factory=list)


_NO_INTERACTION = _Interaction()
_current: contextvars.ContextVar[_Interaction] = contextvars.ContextVar(
    "response_place",
    default=_NO_INTERACTION,
)


@contextlib.contextmanager
def activate(
    channel_id: str, response_url: str = "", thread_ts: str = "", *, visible: bool = False
) -> Iterator[None]:
    """Remember where the person is while a handler runs; empty for what is not known.

    ``visible`` says that everyone in the channel sees what the person asked for.
    """
    token = _current.set(_Interaction(channel_id, response_url, thread_ts, visible))
    try:
        yield
    finally:
        _current.reset(token)


@contextlib.contextmanager
def seen_by_all() -> Iterator[None]:
    """Mark the changes made in the block as visible to everyone in the channel."""
    token = _current.set(replace(_current.get(), visible=True))
    try:
        yield
    finally:
        _current.reset(token)


def is_visible() -> bool:
    """Return whether everyone in the channel sees what is being done."""
    return _current.get().visible


def is_read_by_all() -> bool:
    """Return whether a command is in a message that needs no answer besides a reaction.

    What only its author sees, like a slash command, has a ``response_url``.
    """
    return not _current.get().response_url


def note_change() -> None:
    """Note that the handler has made a change that will be announced in the channel."""
    if _current.get() is not _NO_INTERACTION:
        _current.get().changes.append(None)


def has_changed() -> bool:
    """Return whether the handler has made a change that will be announced in the channel."""
    return bool(_current.get().changes)


def channel_id() -> str:
    """Return the channel's id, empty if unknown."""
    return _current.get().channel_id


def response_url() -> str:
    """Return the url for answers to one person, empty if there is none."""
    return _current.get().response_url


def thread_ts() -> str:
    """Return the ts of the thread's first message, empty outside threads."""
    return _current.get().thread_ts


def write_metadata(channel: str, state: str, response_url: str, form: str) -> str:
    """Return the ``private_metadata`` of a form: modals know no channel and no state."""
    carried = {"channel": channel, "state": state, "response_url": response_url, "form": form}
    return json.dumps({k: v for k, v in carried.items() if v}, ensure_ascii=False)


def read_metadata(text: str) -> dict[str, str]:
    """Read what :func:`write_metadata` wrote; any other text is taken as the state."""
    try:
        value = load_json(text or "{}")
    except ValueError:
        value = {"state": text}
    if not isinstance(value, dict):
        value = {"state": text}
    names = ("channel", "state", "response_url", "form")
    return {n: v if isinstance(v := value.get(n), str) else "" for n in names}
