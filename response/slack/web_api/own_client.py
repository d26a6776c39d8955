"""Call the client that a project has set in ``SLACK_CLIENT``.

In release 0.5.1 all messages went through ``send_message`` and similar methods. Projects,
mostly in their tests, override these. They are therefore still called for everything that they
can express, and ``api_call`` is called for the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from response.slack.web_api.client import SlackClient, get_client


class _Method(NamedTuple):
    """A method of a client, with Slack's names of its positional and keyword arguments."""

    name: str
    positional: tuple[str, ...]
    keywords: Mapping[str, str] = {}
    #: Arguments that we send and that it leaves to Slack's defaults.
    ignored: frozenset[str] = frozenset()


_BLOCKS = {"blocks": "blocks", "text": "fallback_text", "ts": "ts"}
_METHODS: dict[str, tuple[_Method, ...]] = {
    "chat.postMessage": (
        _Method(
            "send_message",
            ("channel", "text"),
            {"attachments": "attachments", "thread_ts": "thread_ts"},
        ),
        _Method(
            "send_or_update_message_block",
            ("channel",),
            _BLOCKS,
            frozenset({"unfurl_links", "unfurl_media"}),
        ),
    ),
    "chat.update": (_Method("send_or_update_message_block", ("channel",), _BLOCKS),),
    "chat.postEphemeral": (
        _Method(
            "send_ephemeral_message", ("channel", "user", "text"), {"attachments": "attachments"}
        ),
    ),
    "reactions.add": (_Method("add_reaction", ("name", "channel", "timestamp")),),
    "reactions.remove": (_Method("remove_reaction", ("name", "channel", "timestamp")),),
}


def call(method: str, **arguments: Any) -> dict[str, Any]:
    """Call a method of the Web API through the project's client and return the answer.

    Raises :class:`~response.slack.web_api.errors.SlackError`.
    """
    client = get_client()
    if type(client) is not SlackClient:
        for own in _METHODS.get(method, ()):
            function = getattr(client, own.name, None)
            left = set(arguments) - own.ignored
            needed, known = set(own.positional), set(own.positional) | set(own.keywords)
            if function is not None and needed <= left <= known:
                args = [arguments[name] for name in own.positional]
                kwargs = {own.keywords[n]: arguments[n] for n in own.keywords if n in left}
                if own.name == "send_or_update_message_block":
                    kwargs = {"fallback_text": "", "ts": None, **kwargs}
                return dict(function(*args, **kwargs) or {})
    return dict(client.api_call(method, **arguments))
