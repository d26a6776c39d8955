"""The client of Slack's Web API: a method for each call that Response makes.

Calls are retried for rate limits only; messages that must arrive go through the outbox, which
retries.
"""

from __future__ import annotations

import contextlib
import contextvars
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

from response.conf import settings
from response.ports import Port
from response.slack.text import channel_names
from response.slack.web_api.errors import SlackError
from response.slack.web_api.transport import Transport, post_to_response_url

logger = logging.getLogger(__name__)


BeforeCall = Callable[[str, dict[str, Any]], None]
_before_call: contextvars.ContextVar[BeforeCall | None] = contextvars.ContextVar(
    "response_before_call", default=None
)


@contextlib.contextmanager
def before_each_call(fn: BeforeCall) -> Iterator[None]:
    """Call ``fn(method, arguments)`` before each call of the Web API in the block.

    If it raises :class:`SlackError`, the call is not made.
    """
    token = _before_call.set(fn)
    try:
        yield
    finally:
        _before_call.reset(token)


#: A function that turns the arguments of ``dialog.open`` into a modal.
dialog_port = Port("dialog_open")

#: Seconds. If Slack asks for a longer wait, the error is raised to the caller.
LONGEST_WAIT = 30.0


class SlackClient:
    """Slack's Web API as Response and its handlers use it.

    Without arguments it reads ``SLACK_TOKEN`` and ``SLACK_API_URL`` at each call. Every method
    raises :class:`SlackError` if Slack refuses the call or cannot be reached.

    A call that Slack refuses with one of ``retryable_errors`` (rate limits) is repeated up to
    ``max_retry_attempts`` times. The wait is as long as Slack asks for, or else
    ``retry_base_backoff_seconds`` times the number of the attempt; if Slack asks for more than
    :data:`LONGEST_WAIT`, the error is raised at once. The outbox does not wait in this way, nor
    does a call with a ``timeout``, as Slack is waiting for our answer then.
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
        #: Makes the calls: any object with ``api_call(method, **arguments)``.
        self.client: Any = Transport(api_token, timeout)

    @property
    def has_own_token(self) -> bool:
        """Return whether it was created with a token instead of using the one in the settings."""
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
        """Return the seconds until a refused call is repeated, or None if it is not."""
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
            # Only a project's own transport gets here: ours raises.
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
        transport = Transport(self.api_token, self._timeout)
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
        """Post a message in a channel, or to a person by their user id."""
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
        """Post a message in a channel that only one member sees."""
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
        """Post blocks, or with ``ts`` replace the content of that message with them."""
        method = "chat.update" if ts else "chat.postMessage"
        return self.api_call(method, channel=channel_id, ts=ts, blocks=blocks, text=fallback_text)

    def respond(
        self, response_url: str, text: str, timeout: float | None = None, **message: Any
    ) -> None:
        """Answer through a ``response_url``, ephemerally unless ``response_type`` says otherwise.

        Also works where the bot is not a member, at most 5 times within 30 minutes.
        """
        limit = timeout or self._timeout or settings.RESPONSE_SLACK_TIMEOUT
        post_to_response_url(response_url, {"text": text, **message}, float(limit))

    def add_reaction(self, reaction: str, channel_id: str, thread_ts: str) -> dict[str, Any] | None:
        """Add an emoji (without colons) as a reaction to the message with the given ts.

        Returns Slack's answer, or None if the reaction is there already.
        """
        with _ignoring("already_reacted"):
            return self.api_call(
                "reactions.add", name=reaction, channel=channel_id, timestamp=thread_ts
            )
        return None

    def remove_reaction(
        self, reaction: str, channel_id: str, thread_ts: str
    ) -> dict[str, Any] | None:
        """Remove our reaction. Returns Slack's answer, or None if there was no reaction."""
        with _ignoring("no_reaction"):
            return self.api_call(
                "reactions.remove", name=reaction, channel=channel_id, timestamp=thread_ts
            )
        return None

    def open_view(self, trigger_id: str, view: dict[str, Any]) -> dict[str, Any]:
        """Open a modal, within the time limit for a request from Slack."""
        return self.api_call(
            "views.open",
            trigger_id=trigger_id,
            view=view,
            timeout=settings.RESPONSE_SLACK_REQUEST_TIMEOUT,
        )

    def dialog_open(self, dialog: dict[str, Any], trigger_id: str) -> dict[str, Any]:
        """Open a modal from the description of a dialog, which Slack no longer supports."""
        return self.open_view(trigger_id, dialog_port(dialog))

    # Channels

    def create_channel(self, name: str) -> str:
        """Create a public channel and return its id."""
        answer = self.api_call("conversations.create", name=name)
        return str(_part(answer, "conversations.create", "channel", "id"))

    def find_channel(self, name: str) -> dict[str, Any] | None:
        """Return the channel with this name, archived or not, or None if the bot sees none."""
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
                # Without the scope for private channels, only public ones are searched.
                if error.slack_error != "missing_scope" or types == "public_channel":
                    raise
        return None

    def get_channel_id(self, name: str, auto_unarchive: bool = False) -> str:
        """Return the id of the channel with this name.

        With ``auto_unarchive`` an archived channel is found too and is unarchived; Slack allows
        this with a person's token only, not with a bot's. Raises :class:`SlackError` if there
        is no such channel.
        """
        channel = self._find_channel(name, archived=auto_unarchive)
        if channel is None:
            raise SlackError(f"Channel {name!r} not found", "channel_not_found")
        if auto_unarchive and channel.get("is_archived"):
            self.unarchive_channel(str(channel["id"]))
        return str(channel["id"])

    def get_or_create_channel(self, channel_name: str, auto_unarchive: bool = False) -> str:
        """Return the id of the channel with this name; create the channel if there is none."""
        name = channel_name.lstrip("#")
        try:
            return self.create_channel(name)
        except SlackError as error:
            # A bot that may not create channels can still find one.
            if error.slack_error not in ("name_taken", "missing_scope", "restricted_action"):
                raise
            taken = error
        try:
            return self.get_channel_id(name, auto_unarchive)
        except SlackError as error:
            # The channel exists but Slack does not show it to us: the first error says more.
            raise (taken if error.slack_error == "channel_not_found" else error) from error

    def get_channel_name(self, id_: str) -> str | None:
        """Return the name of a channel, or None if Slack does not show it to us."""
        try:
            answer = self.api_call("conversations.info", channel=id_)
        except SlackError as error:
            if error.slack_error == "channel_not_found":
                return None
            raise
        return str(answer["channel"].get("name") or "") or None

    def join_channel(self, channel_id: str) -> dict[str, Any]:
        """Join a public channel; does nothing if the bot is a member already."""
        return self.api_call("conversations.join", channel=channel_id)

    def leave_channel(self, channel_id: str) -> dict[str, Any]:
        """Leave a channel."""
        return self.api_call("conversations.leave", channel=channel_id)

    def invite_user_to_channel(self, user_id: str, channel_id: str) -> dict[str, Any]:
        """Invite one person, or several separated by commas; members are skipped."""
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
        """Rename a comms channel, prefixing the name with ``inc-`` if need be.

        Slack may adapt the name; the answer has the resulting one under ``channel``.
        """
        name = channel_names.slug(new_name)
        if not name.startswith("inc-"):
            name = f"inc-{name}"
        return self.api_call("conversations.rename", channel=channel_id, name=name[:80])

    def archive_channel(self, channel_id: str) -> dict[str, Any]:
        """Archive a channel. Slack does not let a bot unarchive it again."""
        return self.api_call("conversations.archive", channel=channel_id)

    def unarchive_channel(self, channel_id: str) -> dict[str, Any]:
        """Unarchive a channel; Slack allows this with a person's token only."""
        return self.api_call("conversations.unarchive", channel=channel_id)

    # People

    def get_slack_token_owner(self) -> str:
        """Return the id of the user that the token belongs to."""
        return str(_part(self.api_call("auth.test"), "auth.test", "user_id"))

    def users_list(self) -> dict[str, Any]:
        """Return all users of the workspace, as ``{"members": [user, …]}``."""
        return {"ok": True, "members": list(self.pages("users.list", "members"))}

    def get_user_id(self, name: str) -> str:
        """Return the id of the user with this handle. Raises :class:`SlackError` if none has it."""
        for user in self.pages("users.list", "members"):
            if user.get("name") == name:
                return str(user["id"])
        raise SlackError(f"User {name!r} not found", "user_not_found")

    def get_usergroup_id(self, group_handle: str) -> str | None:
        """Return the id of the user group with this handle, or None if there is none."""
        groups = self.api_call("usergroups.list").get("usergroups") or []
        return next((str(g["id"]) for g in groups if g.get("handle") == group_handle), None)

    def get_usergroup_users(self, group_id: str) -> list[str] | None:
        """Return the ids of the members of a user group, or None if there is no such group."""
        groups = self.api_call("usergroups.list", include_users="true").get("usergroups") or []
        return next((list(g.get("users") or []) for g in groups if g.get("id") == group_id), None)

    def get_user_profile(self, user_id: str | None) -> dict[str, Any] | None:
        """Return a user's profile with ``id, name, fullname, email`` and more; None for no id.

        ``name`` is the handle; the name that people see is under ``display_name``.
        """
        if not user_id:
            return None
        return _client_profile(self.api_call("users.info", user=user_id)["user"])

    def get_user_profile_by_email(self, email: str | None) -> dict[str, Any] | None:
        """Return the profile of the user with this e-mail address; None for an empty one."""
        if not email:
            return None
        found = _client_profile(self.api_call("users.lookupByEmail", email=email)["user"])
        return {**found, "email": email}

    def get_paginated_users(self, limit: int = 0, cursor: str | None = None) -> dict[str, Any]:
        """Return one page of ``users.list``."""
        return self.api_call("users.list", limit=limit, cursor=cursor)

    def pages(self, method: str, key: str, **arguments: Any) -> Any:
        """Yield the items of a paginated method, page by page until there is no next cursor."""
        cursor: str | None = None
        while True:
            answer = self.api_call(method, limit=200, cursor=cursor, **arguments)
            yield from answer.get(key) or []
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return


def profile_of(user: dict[str, Any]) -> dict[str, Any]:
    """Return the values that we store of Slack's user object, as a dict.

    In Slack's object ``display_name`` may be empty, and of deleted users everything but the id
    may be missing. ``sparse`` means that the names are only derived from what is there.
    ``updated`` is in seconds since the epoch, 0 if Slack does not send it.
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


def _client_profile(user: dict[str, Any]) -> dict[str, Any]:
    """Return :func:`profile_of` in the client's form, where ``name`` is the handle."""
    profile = profile_of(user)
    return {**profile, "name": profile["handle"] or profile["name"]}


def _part(answer: dict[str, Any], method: str, *path: str) -> Any:
    """Return the value at ``path`` in an answer. Raises :class:`SlackError` if it is missing."""
    value: Any = answer
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
        if value is None:
            missing = ".".join(path)
            raise SlackError(f"Slack's answer to {method} has no {missing}", "unreadable_answer")
    return value


@contextlib.contextmanager
def _ignoring(slack_error: str) -> Iterator[None]:
    """Suppress a :class:`SlackError` with the code ``slack_error``."""
    try:
        yield
    except SlackError as error:
        if error.slack_error != slack_error:
            raise


def get_client() -> Any:
    """Return the project's own client from ``SLACK_CLIENT``, else ours."""
    return settings.SLACK_CLIENT or SlackClient()
