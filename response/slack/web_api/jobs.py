"""Jobs that call Slack, within its rate limits, with its errors translated for the queue.

This is the only place that decides which of Slack's errors are retried and which are final, and
which method of the project's client makes a call.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, NamedTuple

from response.jobs import job_handlers
from response.jobs.errors import GiveUp, RetryLater
from response.jobs.models import OutboxMessage
from response.slack.web_api import pacing
from response.slack.web_api.client import SlackClient, get_client
from response.slack.web_api.errors import SlackError

logger = logging.getLogger(__name__)

Handler = Callable[[OutboxMessage], None]

#: The number of retries of a job that Slack keeps refusing with an internal error.
MAX_REFUSALS = 12

#: Slack's error codes for "it is already as you want it".
_DONE_ANYWAY = frozenset(
    {"already_reacted", "no_reaction", "already_pinned", "already_in_channel", "already_archived"}
)
#: Calls that no message depends on: jobs behind them must not wait for a missing scope.
_DECORATION = frozenset({"reactions.add", "bookmarks.add", "pins.add"})
_MISSING_RIGHT = frozenset({"missing_scope", "no_permission"})
_INTERNAL = frozenset({"internal_error", "fatal_error"})
#: The families of the Web API's methods. Other names are our own jobs; one that this process
#: does not know must not be mistaken for a method.
_METHOD = re.compile(
    r"(?:admin|api|apps|assistant|auth|bookmarks|bots|calls|canvases|chat|conversations|dnd|emoji"
    r"|files|lists|pins|reactions|reminders|search|slackLists|stars|team|usergroups|users|views"
    r"|workflows)\.[A-Za-z.]+"
)


class _ClientMethod(NamedTuple):
    """A method of a client, with Slack's names of its positional and keyword arguments."""

    name: str
    positional: tuple[str, ...]
    keywords: Mapping[str, str] = {}
    #: Arguments that we send and that it leaves to Slack's defaults.
    ignored: frozenset[str] = frozenset()


# In release 0.5.1 all messages went through ``send_message`` and similar methods. Projects, mostly
# in their tests, override these in a client of their own (``SLACK_CLIENT``). They are therefore
# still called for everything that they can express, and ``api_call`` is called for the rest.
_BLOCKS = {"blocks": "blocks", "text": "fallback_text", "ts": "ts"}
_CLIENT_METHODS: dict[str, tuple[_ClientMethod, ...]] = {
    "chat.postMessage": (
        _ClientMethod(
            "send_message",
            ("channel", "text"),
            {"attachments": "attachments", "thread_ts": "thread_ts"},
        ),
        _ClientMethod(
            "send_or_update_message_block",
            ("channel",),
            _BLOCKS,
            frozenset({"unfurl_links", "unfurl_media"}),
        ),
    ),
    "chat.update": (_ClientMethod("send_or_update_message_block", ("channel",), _BLOCKS),),
    "chat.postEphemeral": (
        _ClientMethod(
            "send_ephemeral_message", ("channel", "user", "text"), {"attachments": "attachments"}
        ),
    ),
    "reactions.add": (_ClientMethod("add_reaction", ("name", "channel", "timestamp")),),
    "reactions.remove": (_ClientMethod("remove_reaction", ("name", "channel", "timestamp")),),
}


def slack_job(name: str) -> Callable[[Handler], Handler]:
    """Register a function as the handler of jobs called ``name``.

    Its calls of Slack keep to the rate limits (see ``pacing.py``). It may let
    :class:`~response.slack.web_api.errors.SlackError` propagate, which is translated into
    ``RetryLater`` or ``GiveUp``.
    """

    def register(fn: Handler) -> Handler:
        @wraps(fn)
        def run(job: OutboxMessage) -> None:
            try:
                with pacing.paced(urgent=job.urgent):
                    fn(job)
            except SlackError as error:
                _translate(job, error)

        job_handlers.job_handler(name)(run)
        return run

    return register


def is_method(name: str) -> bool:
    """Return whether a job's name is that of a method of the Web API."""
    return _METHOD.fullmatch(name) is not None


@slack_job("slack.api_call")
def call_method(job: OutboxMessage) -> None:
    """Call the method of the Web API that the job is named after, with its arguments."""
    call_slack(job.method, **job.arguments)


job_handlers.register_fallback(is_method, call_method)


def call_slack(method: str, **arguments: Any) -> dict[str, Any]:
    """Call a method of the Web API through the project's client and return the answer.

    Raises :class:`~response.slack.web_api.errors.SlackError`.
    """
    client = get_client()
    if type(client) is not SlackClient:
        for own in _CLIENT_METHODS.get(method, ()):
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


def _translate(job: OutboxMessage, error: SlackError) -> None:
    """Raise the queue's exception for an error from Slack; return if the job is done anyway."""
    code = error.slack_error
    if code in _DONE_ANYWAY:
        logger.info("%s; nothing more to do", error, extra={"outbox_id": job.pk})
        return
    if code == pacing.PACED:
        raise RetryLater(str(error), error.retry_after or 0, counts=False) from error
    if error.refused_blocks and "blocks" in job.arguments:
        logger.error("%s; sending it as plain text", error, extra={"outbox_id": job.pk})
        del job.arguments["blocks"]
        job.save(update_fields=["arguments"])
        raise RetryLater(str(error), 0) from error
    if error.too_often and error.method:
        pacing.rest(error.method, error.retry_after or 1)
    if not (error.transient or error.misconfigured):
        raise GiveUp(str(error)) from error
    if code in _MISSING_RIGHT and job.method in _DECORATION:
        raise GiveUp(str(error)) from error
    if code in _INTERNAL and job.attempts >= MAX_REFUSALS:
        raise GiveUp(str(error)) from error
    raise RetryLater(str(error), error.retry_after, configuration=error.misconfigured) from error
