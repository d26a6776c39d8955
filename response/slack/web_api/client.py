"""The only module that touches the network.

Built on slack_sdk's ``WebClient``, with two things of our own: connections are kept and
used again (urllib3's pool), and every call ends within a time limit. Nothing is retried but
for rate limits: what must arrive goes through the outbox, which retries.
"""

from __future__ import annotations

import contextlib
import contextvars
import json
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.error import URLError
from urllib.request import Request

import urllib3
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from urllib3.connection import HTTPConnection, HTTPSConnection

from response import retry_after
from response.conf import settings
from response.deadline import Deadline
from response.ports import Port
from response.slack.text import channel_names
from response.slack.web_api.errors import SlackError

logger = logging.getLogger(__name__)
# slack_sdk logs errors that are raised anyway, with all of Slack's answer.
_sdk_logger = logging.getLogger("response.slack.sdk")
_sdk_logger.setLevel(logging.CRITICAL)


BeforeCall = Callable[[str, dict[str, Any]], None]
_before_call: contextvars.ContextVar[BeforeCall | None] = contextvars.ContextVar(
    "response_before_call", default=None
)


@contextlib.contextmanager
def before_each_call(fn: BeforeCall) -> Iterator[None]:
    """Within the block ``fn(method, arguments)`` is asked before each call of the Web API.

    It may raise :class:`SlackError`; the call is not made then.
    """
    token = _before_call.set(fn)
    try:
        yield
    finally:
        _before_call.reset(token)


_FORM = "application/x-www-form-urlencoded"


class _PooledWebClient(WebClient):
    """slack_sdk's client on a pool of connections."""

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        headers = dict(req.header_items())
        headers["Content-type"] = _FORM  # slack_sdk takes a form without fields for JSON
        answer = _send(url, req.data, headers, self.timeout)
        return {
            "status": answer.status,
            "headers": answer.headers,
            "body": answer.data.decode("utf-8", "replace"),
        }


_deadline: contextvars.ContextVar[Deadline] = contextvars.ContextVar("response_deadline")


class _HTTPConnection(HTTPConnection):
    def request(self, *args: Any, **kwargs: Any) -> None:
        _deadline.get().watch(self)
        super().request(*args, **kwargs)


class _HTTPSConnection(HTTPSConnection):
    def request(self, *args: Any, **kwargs: Any) -> None:
        _deadline.get().watch(self)
        super().request(*args, **kwargs)


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


_NEVER_SENT = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)


@lru_cache(maxsize=4)
def _pool(proxy: str) -> urllib3.PoolManager:
    """The connections that we keep, through a proxy if there is one."""
    limits: dict[str, Any] = {"num_pools": 4, "maxsize": 16, "block": False, "retries": False}
    pool = urllib3.ProxyManager(proxy, **limits) if proxy else urllib3.PoolManager(**limits)
    pool.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
    return pool


def _send(
    url: str,
    data: Any,
    headers: dict[str, str],
    timeout: float,
    *,
    method: str = "POST",
    proxy: str | None = None,
) -> Any:
    """Return the whole answer to a request. Ends after ``timeout`` seconds, come what may."""
    if proxy is None:
        proxy = str(settings.RESPONSE_SLACK_PROXY or "")
    with Deadline(timeout) as deadline:
        token = _deadline.set(deadline)
        try:
            return _pool(proxy).request(
                method,
                url,
                body=data,
                headers=headers,
                timeout=urllib3.Timeout(total=timeout),
                redirect=False,
            )
        except _NEVER_SENT:
            raise
        except (urllib3.exceptions.HTTPError, OSError) as error:
            if deadline.passed or isinstance(error, urllib3.exceptions.TimeoutError):
                raise TimeoutError(f"no whole answer within {timeout:g} seconds") from error
            raise
        finally:
            _deadline.reset(token)


#: Makes a modal of a dialog: a function of what ``dialog.open`` took.
dialog_port = Port("dialog_open")

#: Seconds: a longer wait for a rate limit is left to whoever called.
LONGEST_WAIT = 30.0


class _Transport:
    """Makes the calls of a client: one try, and Slack's answer or a :class:`SlackError`."""

    def __init__(self, token: str | None, timeout: float | None) -> None:
        self._token, self._timeout = token, timeout

    def api_call(
        self, method: str, *args: Any, timeout: float | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Call a method of the Web API and return its answer."""
        return self.call_with_headers(method, *args, timeout=timeout, **kwargs)[0]

    def call_with_headers(
        self, method: str, *args: Any, timeout: float | None = None, **kwargs: Any
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Call a method and return its answer and the headers, their names in lower case."""
        client = _PooledWebClient(
            token=self._token or settings.SLACK_TOKEN,
            base_url=settings.SLACK_API_URL.rstrip("/") + "/",
            timeout=timeout or self._timeout or settings.RESPONSE_SLACK_TIMEOUT,  # type: ignore[arg-type]
            retry_handlers=[],
            logger=_sdk_logger,
        )
        # Form encoding is taken by all methods; JSON only by some.
        arguments = {**(args[0] if args else {}), **kwargs}
        form = {name: _form_value(v) for name, v in arguments.items() if v is not None}
        try:
            answer = client.api_call(method, data=form)
        except SlackApiError as error:
            raise _as_slack_error(method, error) from error
        except (urllib3.exceptions.HTTPError, URLError, OSError, ValueError) as error:
            raise _unreachable(method, error) from error
        data: dict[str, Any] = answer.data  # type: ignore[assignment]
        return data, {str(name).lower(): str(v) for name, v in answer.headers.items()}


@dataclass(frozen=True)
class SiteAnswer:
    """What this site answered at its own address. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: str
    seconds: float


def ask_own_site(
    url: str, data: bytes | None = None, headers: dict[str, str] | None = None, timeout: float = 5.0
) -> SiteAnswer:
    """Get a page of this site, or with ``data`` post to it, as Slack and browsers reach it.

    No redirect is followed and Slack's proxy is not used. Raises ``OSError`` with the reason if
    there is no answer within ``timeout`` seconds.
    """
    began = time.monotonic()
    try:
        answer = _send(
            url,
            data,
            headers or {},
            timeout,
            method="GET" if data is None else "POST",
            proxy="",
        )
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        raise OSError(str(error)) from error
    return SiteAnswer(
        answer.status,
        {name.lower(): value for name, value in answer.headers.items()},
        answer.data.decode("utf-8", "replace"),
        time.monotonic() - began,
    )


class SlackClient:
    """Slack's Web API as Response and its handlers use it.

    Made without arguments it reads ``SLACK_TOKEN`` and ``SLACK_API_URL`` at each call.
    Every method raises :class:`SlackError` when Slack refuses or cannot be reached.

    A call that Slack refuses with one of ``retryable_errors`` (rate limits) is made again
    up to ``max_retry_attempts`` times. It waits for as long as Slack asks, or
    ``retry_base_backoff_seconds``, twice, three times … that; where Slack asks for more
    than :data:`LONGEST_WAIT` it raises at once. The outbox does not wait in this way, and
    neither does a call with a ``timeout``: Slack waits for our answer then.
    """

    def __init__(
        self,
        api_token: str | None = None,
        max_retry_attempts: int = 10,
        retry_base_backoff_seconds: float = 0.2,
        retryable_errors: list[str] | None = None,
        *,
        timeout: float | None = None,
    ) -> None:
        self.api_token = api_token
        self.max_retry_attempts = max_retry_attempts
        self.retry_base_backoff_seconds = retry_base_backoff_seconds
        self.retryable_errors = retryable_errors or ["ratelimited"]
        self._timeout = timeout
        #: What makes the calls: anything with ``api_call(method, **arguments)``.
        self.client: Any = _Transport(api_token, timeout)

    @property
    def has_own_token(self) -> bool:
        """Whether it was made with a token, rather than reading the one in the settings."""
        return bool(self.api_token)

    def api_call(
        self, api_endpoint: str, *args: Any, timeout: float | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Call any method of the Web API and return its answer.

        ``kwargs`` are the method's arguments; objects and lists are sent as JSON, None is
        left out. ``timeout`` is in seconds.
        """
        before = _before_call.get()
        waits = before is None and timeout is None
        if timeout is not None:
            kwargs["timeout"] = timeout
        attempt = 0
        while True:
            try:
                return self._call(api_endpoint, before, args, kwargs)
            except SlackError as error:
                attempt += 1
                if not waits or attempt > self.max_retry_attempts:
                    raise
                wait = self._wait_before(attempt, error)
                if wait is None:
                    raise
                logger.warning("%s; calling %s again in %.1f s", error, api_endpoint, wait)
                time.sleep(wait)

    def _wait_before(self, attempt: int, error: SlackError) -> float | None:
        """Seconds until a refused call is made again; None if it is not."""
        limited = error.too_often and "ratelimited" in self.retryable_errors
        if not limited and error.slack_error not in self.retryable_errors:
            return None
        wait = max(self.retry_base_backoff_seconds * attempt, error.retry_after or 0)
        return wait if wait <= LONGEST_WAIT else None

    def _call(
        self,
        api_endpoint: str,
        before: BeforeCall | None,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> dict[str, Any]:
        try:
            if before:
                before(api_endpoint, {**(args[0] if args else {}), **kwargs})
            answer: dict[str, Any] = self.client.api_call(api_endpoint, *args, **kwargs)
        except SlackError as error:
            error.method = api_endpoint
            raise
        if not answer.get("ok", False):
            # The transport is the project's own: ours raises.
            word = str(answer.get("error") or "unreadable_answer")
            refused = SlackError(f"Slack refused {api_endpoint}: {word}", word)
            refused.method = api_endpoint
            raise refused
        return answer

    def call_with_headers(
        self, api_endpoint: str, timeout: float | None = None, **arguments: Any
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Call any method, and return its answer and the headers; their names in lower case.

        ``x-oauth-scopes`` has the token's scopes with commas between.
        """
        transport = _Transport(self.api_token, self._timeout)
        return transport.call_with_headers(api_endpoint, timeout=timeout, **arguments)

    # Messages

    def send_message(
        self,
        channel_id: str,
        text: str,
        attachments: Any = None,
        thread_ts: str | None = None,
        **message: Any,
    ) -> dict[str, Any]:
        """Post in a channel, or to a person by their user id."""
        return self.api_call(
            "chat.postMessage",
            channel=channel_id,
            text=text,
            attachments=attachments,
            thread_ts=thread_ts,
            **message,
        )

    def send_ephemeral_message(
        self, channel_id: str, user_id: str, text: str, attachments: Any = None, **message: Any
    ) -> dict[str, Any]:
        """Say something in a channel that only one person there sees."""
        return self.api_call(
            "chat.postEphemeral",
            channel=channel_id,
            user=user_id,
            text=text,
            attachments=attachments,
            **message,
        )

    def send_or_update_message_block(
        self,
        channel_id: str,
        blocks: list[dict[str, Any]],
        fallback_text: str,
        ts: str | None = None,
    ) -> dict[str, Any]:
        """Post blocks, or with ``ts`` put them in the place of a message's content."""
        method = "chat.update" if ts else "chat.postMessage"
        return self.api_call(method, channel=channel_id, ts=ts, blocks=blocks, text=fallback_text)

    def respond(
        self, response_url: str, text: str, timeout: float | None = None, **message: Any
    ) -> None:
        """Answer through a ``response_url``: ephemeral unless ``response_type`` says else.

        Works where the bot is no member, at most 5 times within 30 minutes.
        """
        body = json.dumps({"text": text, **message}).encode()
        headers = {"Content-Type": "application/json"}
        limit = timeout or self._timeout or settings.RESPONSE_SLACK_TIMEOUT
        try:
            answer = _send(response_url, body, headers, limit)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise _unreachable("response_url", error) from error
        if answer.status == 429 or answer.status >= 500:
            raise _bad_status("response_url", answer.status, answer.headers)
        if answer.status != 200:
            raise SlackError(
                f"The response_url answered {answer.status}; it may be used up.",
                "response_url_refused",
            )

    def add_reaction(self, reaction: str, channel_id: str, thread_ts: str) -> dict[str, Any] | None:
        """React with an emoji (no colons) to the message with the given ts.

        That it is there already is fine; the answer is None then.
        """
        with _fine("already_reacted"):
            return self.api_call(
                "reactions.add", name=reaction, channel=channel_id, timestamp=thread_ts
            )
        return None

    def remove_reaction(
        self, reaction: str, channel_id: str, thread_ts: str
    ) -> dict[str, Any] | None:
        """Take our reaction back. That there is none is fine; the answer is None then."""
        with _fine("no_reaction"):
            return self.api_call(
                "reactions.remove", name=reaction, channel=channel_id, timestamp=thread_ts
            )
        return None

    def open_view(self, trigger_id: str, view: dict[str, Any]) -> dict[str, Any]:
        """Open a modal, within the time that a request may take."""
        return self.api_call(
            "views.open",
            trigger_id=trigger_id,
            view=view,
            timeout=settings.RESPONSE_SLACK_REQUEST_TIMEOUT,
        )

    def dialog_open(self, dialog: dict[str, Any], trigger_id: str) -> dict[str, Any]:
        """Open what Slack's dialogs described, as a modal: Slack has no dialogs any more."""
        return self.open_view(trigger_id, dialog_port(dialog))

    # Channels

    def create_channel(self, name: str) -> str:
        """Make a public channel and return its id."""
        answer = self.api_call("conversations.create", name=name)
        return str(_part(answer, "conversations.create", "channel", "id"))

    def find_channel(self, name: str) -> dict[str, Any] | None:
        """The channel with this name, archived or not, among those the bot can see."""
        return self._find_channel(name, archived=True)

    def _find_channel(self, name: str, *, archived: bool) -> dict[str, Any] | None:
        name = name.lstrip("#").lower()
        for types in ("public_channel,private_channel", "public_channel"):
            try:
                pages = self.pages(
                    "conversations.list",
                    "channels",
                    types=types,
                    exclude_archived="false" if archived else "true",
                )
                return next((channel for channel in pages if channel.get("name") == name), None)
            except SlackError as error:
                # Without the scope for private channels the public ones are asked for alone.
                if error.slack_error != "missing_scope" or types == "public_channel":
                    raise
        return None

    def get_channel_id(self, name: str, auto_unarchive: bool = False) -> str:
        """The id of the channel with this name. Raises :class:`SlackError` if there is none.

        With ``auto_unarchive`` an archived one counts and is unarchived, which Slack allows
        to a person's token, not to a bot's.
        """
        channel = self._find_channel(name, archived=auto_unarchive)
        if channel is None:
            raise SlackError(f"Channel {name!r} not found", "channel_not_found")
        if auto_unarchive and channel.get("is_archived"):
            self.unarchive_channel(str(channel["id"]))
        return str(channel["id"])

    def get_or_create_channel(self, channel_name: str, auto_unarchive: bool = False) -> str:
        """The id of the channel with this name, made if there is none."""
        name = channel_name.lstrip("#")
        try:
            return self.create_channel(name)
        except SlackError as error:
            # A bot that may not make channels can still find one.
            if error.slack_error not in ("name_taken", "missing_scope", "restricted_action"):
                raise
            taken = error
        try:
            return self.get_channel_id(name, auto_unarchive)
        except SlackError as error:
            # Slack has it and does not show it to us: the first refusal says more.
            raise (taken if error.slack_error == "channel_not_found" else error) from error

    def get_channel_name(self, id_: str) -> str | None:
        """The name of a channel, None if Slack does not show it to us."""
        try:
            answer = self.api_call("conversations.info", channel=id_)
        except SlackError as error:
            if error.slack_error == "channel_not_found":
                return None
            raise
        return str(answer["channel"].get("name") or "") or None

    def join_channel(self, channel_id: str) -> dict[str, Any]:
        """Become a member of a public channel; being one already is fine."""
        return self.api_call("conversations.join", channel=channel_id)

    def leave_channel(self, channel_id: str) -> dict[str, Any]:
        """Stop being a member."""
        return self.api_call("conversations.leave", channel=channel_id)

    def invite_user_to_channel(self, user_id: str, channel_id: str) -> dict[str, Any]:
        """Invite one person, or several with commas between; one who is in is fine."""
        try:
            return self.api_call("conversations.invite", channel=channel_id, users=user_id)
        except SlackError as error:
            if error.slack_error in ("already_in_channel", "cant_invite_self"):
                return {"ok": True}
            raise

    def set_channel_topic(self, channel_id: str, channel_topic: str) -> dict[str, Any]:
        """Set the topic, at most 250 characters."""
        return self.api_call("conversations.setTopic", channel=channel_id, topic=channel_topic)

    def set_channel_purpose(self, channel_id: str, purpose: str) -> dict[str, Any]:
        """Set the purpose, at most 250 characters."""
        return self.api_call("conversations.setPurpose", channel=channel_id, purpose=purpose)

    def rename_channel(self, channel_id: str, new_name: str) -> dict[str, Any]:
        """Rename a comms channel; its name begins with ``inc-``.

        The answer has the name that Slack has made of it under ``channel``.
        """
        name = channel_names.slug(new_name)
        if not name.startswith("inc-"):
            name = f"inc-{name}"
        return self.api_call("conversations.rename", channel=channel_id, name=name[:80])

    def archive_channel(self, channel_id: str) -> dict[str, Any]:
        """Archive; Slack lets no bot take that back."""
        return self.api_call("conversations.archive", channel=channel_id)

    def unarchive_channel(self, channel_id: str) -> dict[str, Any]:
        """Take the archiving back; Slack lets only a person's token do so."""
        return self.api_call("conversations.unarchive", channel=channel_id)

    # People

    def get_slack_token_owner(self) -> str:
        """The id of the user to whom the token belongs."""
        return str(_part(self.api_call("auth.test"), "auth.test", "user_id"))

    def users_list(self) -> dict[str, Any]:
        """Return all people of the workspace, as ``{"members": [user, …]}``."""
        return {"ok": True, "members": list(self.pages("users.list", "members"))}

    def get_user_id(self, name: str) -> str:
        """The id of the user with this handle. Raises :class:`SlackError` if there is none."""
        for user in self.pages("users.list", "members"):
            if user.get("name") == name:
                return str(user["id"])
        raise SlackError(f"User {name!r} not found", "user_not_found")

    def get_usergroup_id(self, group_handle: str) -> str | None:
        """The id of the user group with this handle, None if there is none."""
        groups = self.api_call("usergroups.list").get("usergroups") or []
        return next((str(g["id"]) for g in groups if g.get("handle") == group_handle), None)

    def get_usergroup_users(self, group_id: str) -> list[str] | None:
        """The ids of the members of a user group, None if there is no such group."""
        groups = self.api_call("usergroups.list", include_users="true").get("usergroups") or []
        return next((list(g.get("users") or []) for g in groups if g.get("id") == group_id), None)

    def get_user_profile(self, user_id: str | None) -> dict[str, Any] | None:
        """A person as ``id, name, fullname, email`` and more; None for an empty id.

        ``name`` is the handle; what people see is under ``display_name``.
        """
        if not user_id:
            return None
        return _told(self.api_call("users.info", user=user_id)["user"])

    def get_user_profile_by_email(self, email: str | None) -> dict[str, Any] | None:
        """The same, found by e-mail address."""
        if not email:
            return None
        found = _told(self.api_call("users.lookupByEmail", email=email)["user"])
        return {**found, "email": email}

    def get_paginated_users(self, limit: int = 0, cursor: str | None = None) -> dict[str, Any]:
        """One page of ``users.list``."""
        return self.api_call("users.list", limit=limit, cursor=cursor)

    def pages(self, method: str, key: str, **arguments: Any) -> Any:
        """Every item of a paged method, page by page until Slack gives no further cursor."""
        cursor: str | None = None
        while True:
            answer = self.api_call(method, limit=200, cursor=cursor, **arguments)
            yield from answer.get(key) or []
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return


def profile_of(user: dict[str, Any]) -> dict[str, Any]:
    """Slack's user object as the few things that we keep of it.

    ``display_name`` may be empty there, and all but the id may be missing: of deleted users
    Slack tells little. ``sparse`` says that the names are only what can be made of that.
    ``updated`` is in seconds, 0 if Slack does not say.
    """
    profile = user.get("profile") or {}
    fullname = profile.get("real_name") or user.get("real_name") or user.get("name")
    updated = user.get("updated")
    return {
        "id": user["id"],
        "name": profile.get("display_name") or user.get("name") or fullname or user["id"],
        "display_name": profile.get("display_name") or user.get("name") or fullname or user["id"],
        "fullname": fullname or user["id"],
        "email": profile.get("email"),
        "deleted": bool(user.get("deleted")),
        "is_bot": bool(user.get("is_bot")) or user["id"] == "USLACKBOT",
        "handle": str(user.get("name") or ""),
        "updated": int(updated) if isinstance(updated, int | float) else 0,
        "sparse": not (profile.get("real_name") or profile.get("display_name")),
    }


def _told(user: dict[str, Any]) -> dict[str, Any]:
    """:func:`profile_of` as the client tells it: ``name`` is the handle there."""
    profile = profile_of(user)
    return {**profile, "name": profile["handle"] or profile["name"]}


def _part(answer: dict[str, Any], method: str, *path: str) -> Any:
    """What stands under some keys of an answer. Raises :class:`SlackError` if nothing does."""
    value: Any = answer
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
        if value is None:
            missing = ".".join(path)
            raise SlackError(f"Slack's answer to {method} has no {missing}", "unreadable_answer")
    return value


@contextlib.contextmanager
def _fine(slack_error: str) -> Iterator[None]:
    """Let a refusal pass that says that all is as it should be."""
    try:
        yield
    except SlackError as error:
        if error.slack_error != slack_error:
            raise


def get_client() -> Any:
    """The client to use: the project's own in ``SLACK_CLIENT``, else ours."""
    return settings.SLACK_CLIENT or SlackClient()


def _form_value(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value


def _as_slack_error(method: str, error: SlackApiError) -> SlackError:
    answer = error.response
    status = getattr(answer, "status_code", 200)
    headers = getattr(answer, "headers", None) or {}
    data = answer.data if isinstance(getattr(answer, "data", None), dict) else {}
    if status == 429 or status >= 500:
        return _bad_status(method, status, headers)
    code = str(data.get("error") or "unreadable_answer")
    if " " in code:  # slack_sdk's sentence about a body that is no JSON
        code = "unreadable_answer"
    details = tuple(str(m) for m in (data.get("response_metadata") or {}).get("messages") or [])
    needed = f" (needs {data['needed']})" if data.get("needed") else ""
    return SlackError(
        f"Slack refused {method}: {code}{needed}" + (f" [{'; '.join(details)}]" if details else ""),
        code,
        retry_after=_retry_after(headers) if code in ("ratelimited", "rate_limited") else None,
        uncertain=code in ("fatal_error", "internal_error", "unreadable_answer"),
        details=details,
        needed=str(data.get("needed") or ""),
    )


def _bad_status(method: str, status: int, headers: Any) -> SlackError:
    if status == 429:
        wait = _retry_after(headers)
        return SlackError(
            f"Slack asks us to call {method} less often", "ratelimited", retry_after=wait or 1.0
        )
    return SlackError(f"Slack answered {method} with HTTP {status}", "server_error", uncertain=True)


def _retry_after(headers: Any) -> float | None:
    value = next((v for k, v in dict(headers).items() if k.lower() == "retry-after"), None)
    return retry_after.seconds(str(value)) if value is not None else None


def _unreachable(method: str, error: Exception) -> SlackError:
    late = isinstance(error, urllib3.exceptions.TimeoutError | TimeoutError)
    return SlackError(
        f"Slack could not be reached for {method}: {error}",
        "timeout" if late else "connection_failed",
        uncertain=not isinstance(error, _NEVER_SENT),
    )
