"""From bytes to values.

Reads the three kinds of body that Slack posts, and gives what the rest of the package
needs of them as typed values. Everything is checked: a body may be signed and still not be
what we expect. Pure.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

from response.core.clean import load_json, storable
from response.slack.features.notify import Origin
from response.slack.render.form_metadata import read_metadata

Payload = dict[str, Any]


class Unreadable(ValueError):
    """A signed body that is not what Slack's reference says it would be."""


# Bodies


def read_json(body: bytes) -> Payload:
    """A JSON object. Raises :class:`Unreadable`."""
    try:
        value = load_json(body)
    except ValueError as error:
        raise Unreadable(f"the body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Unreadable("the body is not a JSON object")
    return value


def read_form(body: bytes) -> Payload:
    """The fields of a form. Raises :class:`Unreadable`."""
    try:
        fields = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, max_num_fields=1000, errors="strict"
        )
    except ValueError as error:
        raise Unreadable(f"the body is not a form: {error}") from None
    return {str(storable(name)): storable(value) for name, value in fields}


def read_interaction(body: bytes) -> Payload:
    """The JSON object in the form field ``payload``. Raises :class:`Unreadable`."""
    payload = read_form(body).get("payload")
    if payload is None:
        raise Unreadable("the form has no field “payload”")
    return read_json(payload.encode("utf-8"))


# Values


def text_of(payload: Payload, *path: str) -> str:
    """The string at ``path``, empty if there is none. Raises :class:`Unreadable`."""
    value: Any = payload
    for name in path:
        if value is None:
            return ""
        if not isinstance(value, dict):
            raise Unreadable(f"“{'.'.join(path)}” is not where it should be")
        value = value.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unreadable(f"“{'.'.join(path)}” is not a string")
    return value


def _number_or_text(payload: Payload, name: str) -> str:
    """A string, or a number as one: the payloads of a project's own tests have numbers."""
    value = payload.get(name)
    return str(value) if type(value) is int else text_of(payload, name)


def object_of(payload: Payload, name: str) -> Payload:
    """The object called ``name``, empty if there is none. Raises :class:`Unreadable`."""
    value = payload.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable(f"“{name}” is not an object")
    return value


@dataclass(frozen=True)
class Command:
    """A slash command as a person sent it."""

    command: str
    text: str
    user_id: str
    user_name: str
    channel_id: str
    response_url: str
    trigger_id: str

    @classmethod
    def read(cls, payload: Payload) -> Command:
        """From the fields of the form. Raises :class:`Unreadable`."""
        command = cls(
            **{
                name: text_of(payload, name)
                for name in (
                    "command", "text", "user_id", "user_name", "channel_id", "response_url",
                    "trigger_id",
                )
            }
        )  # fmt: skip
        if not command.user_id:
            raise Unreadable("a slash command needs a “user_id”")
        # Slack always names it; a project's own tests may not.
        return command if command.command else replace(command, command="/incident")


@dataclass(frozen=True)
class ButtonPress:
    """Something a person pressed or chose in a message or a form."""

    action_id: str
    block_id: str
    value: str
    user_id: str
    channel_id: str
    trigger_id: str
    response_url: str
    message: Payload = field(default_factory=dict)

    @property
    def origin(self) -> Origin:
        """Who pressed it, and where."""
        return Origin(self.user_id, self.channel_id, self.response_url)

    @classmethod
    def read(cls, payload: Payload) -> ButtonPress:
        """From a ``block_actions`` payload. Raises :class:`Unreadable`."""
        actions = payload.get("actions")
        if not isinstance(actions, list) or not actions or not isinstance(actions[0], dict):
            raise Unreadable("“actions” is not a list of what was pressed")
        action = actions[0]
        channel = text_of(payload, "channel", "id") or text_of(payload, "container", "channel_id")
        return cls(
            action_id=text_of(action, "action_id"),
            block_id=text_of(action, "block_id"),
            value=chosen_value(action) or "",
            user_id=text_of(payload, "user", "id"),
            channel_id=channel,
            trigger_id=text_of(payload, "trigger_id"),
            response_url=text_of(payload, "response_url"),
            message=object_of(payload, "message"),
        )


@dataclass(frozen=True)
class Submission:
    """A form that a person sent: a modal, or a dialog of the old kind."""

    callback_id: str
    user_id: str
    user_name: str
    channel_id: str
    values: dict[str, str | None]
    state: str
    response_url: str
    form: str = ""

    @classmethod
    def read(cls, payload: Payload) -> Submission:
        """From ``view_submission`` or ``dialog_submission``. Raises :class:`Unreadable`."""
        user = object_of(payload, "user")
        who = {
            "user_id": text_of(user, "id"),
            "user_name": text_of(user, "username") or text_of(user, "name"),
        }
        if payload.get("type") == "dialog_submission":
            submission = object_of(payload, "submission")
            return cls(
                callback_id=text_of(payload, "callback_id"),
                channel_id=text_of(payload, "channel", "id"),
                values={name: text_of(submission, name) or None for name in submission},
                state=_number_or_text(payload, "state"),
                response_url=text_of(payload, "response_url"),
                **who,
            )
        view = object_of(payload, "view")
        carried = read_metadata(text_of(view, "private_metadata"))
        return cls(
            callback_id=text_of(view, "callback_id"),
            channel_id=carried["channel"],
            values=_view_values(view),
            state=carried["state"],
            response_url=carried["response_url"],
            form=carried["form"],
            **who,
        )


def _view_values(view: Payload) -> dict[str, str | None]:
    """``view.state.values`` by field name: our forms give block and action one name."""
    values: dict[str, str | None] = {}
    for block_id, elements in object_of(object_of(view, "state"), "values").items():
        if not isinstance(elements, dict):
            raise Unreadable("“view.state.values” is not an object of objects")
        for action_id, element in elements.items():
            if not isinstance(element, dict):
                raise Unreadable("“view.state.values” is not an object of objects")
            name = block_id if len(elements) == 1 else action_id
            values[name] = chosen_value(element)
    return values


def chosen_value(element: Payload) -> str | None:
    """What was typed or chosen in an element, as a string; None if nothing.

    Several choices are joined with commas.
    """
    for key, value in element.items():
        if key == "value" or key.startswith("selected_"):
            return _as_text(value)
    return None


def _as_text(value: Any) -> str | None:
    if value is None or value == "" or value == []:
        return None
    if isinstance(value, list):
        return ",".join(filter(None, (_as_text(v) for v in value)))
    if isinstance(value, dict):
        return _as_text(value.get("value"))
    return str(value)


@dataclass(frozen=True)
class Event:
    """An event of the Events API."""

    type: str
    subtype: str
    channel_id: str
    user_id: str
    text: str
    ts: str
    thread_ts: str
    event_ts: str
    edited: bool
    own: bool
    bot_id: str
    body: Payload

    @classmethod
    def read(cls, payload: Payload) -> Event:
        """From the envelope of an ``event_callback``. Raises :class:`Unreadable`."""
        body = object_of(payload, "event")
        if not text_of(body, "type"):
            raise Unreadable("the event has no type")
        user = body.get("user")
        subtype = text_of(body, "subtype")
        return cls(
            type=text_of(body, "type"),
            subtype=subtype,
            channel_id=_channel_of(body),
            # In user_change it is the whole person, not their id.
            user_id=text_of(user, "id") if isinstance(user, dict) else text_of(body, "user"),
            text=text_of(body, "text"),
            ts=text_of(body, "ts"),
            thread_ts=text_of(body, "thread_ts"),
            event_ts=text_of(body, "event_ts"),
            edited=bool(body.get("edited")),
            own=_is_own(payload, body),
            bot_id=text_of(object_of(body, "message") or body, "bot_id"),
            body=body,
        )


def _channel_of(body: Payload) -> str:
    """Where it happened: ``channel`` (an id or an object), ``channel_id`` or in ``item``."""
    channel = body.get("channel")
    if isinstance(channel, dict):
        return text_of(channel, "id")
    if channel is not None:
        return text_of(body, "channel")
    return text_of(body, "channel_id") or text_of(object_of(body, "item"), "channel")


def _is_own(payload: Payload, body: Payload) -> bool:
    """Whether we said it ourselves, as far as the envelope tells.

    ``authorizations`` holds our installation, with the bot user's id; the message of an
    app bears the app's id.
    """
    if body.get("type") not in ("message", "app_mention", "member_joined_channel"):
        return False
    message = object_of(body, "message") or body
    app = payload.get("api_app_id")
    if app and message.get("app_id") == app and message.get("bot_id"):
        return True
    authorizations = payload.get("authorizations")
    bots = {
        a.get("user_id")
        for a in (authorizations if isinstance(authorizations, list) else [])
        if isinstance(a, dict) and a.get("is_bot")
    }
    return bool(bots) and message.get("user") in bots


# Keys


def keys(kind: str, payload: Payload) -> tuple[str, str]:
    """The two unique keys of a request: of its delivery, and of what it is about.

    Slack sends an event again under the same ``event_id``, and sometimes the same message
    under another one; interactions and commands are never sent again by Slack, but a
    captured one can be. A form of ours bears a number, so that sending it twice (after an
    answer that came too late, say) is recognised whatever else differs.
    """
    if kind == "event":
        event = object_of(payload, "event")
        delivery = text_of(payload, "event_id") or _digest(payload)
        return _key("event", delivery), _subject(event)
    digest = _digest(payload)
    if payload.get("type") == "view_submission":
        view = object_of(payload, "view")
        form = read_metadata(text_of(view, "private_metadata"))["form"]
        about = form or _digest([view.get("id"), object_of(view, "state")])
        return _key("form", digest), _key("form", about)
    return _key(kind, digest), _key(kind, digest)


def _subject(event: Payload) -> str:
    user = event.get("user")
    item = object_of(event, "item")
    message = item.get("message")
    ts, event_ts = event.get("ts"), event.get("event_ts")
    if ts and event.get("type") in ("message", "app_mention"):
        # The message's own ts says it all, unless a command in it was edited.
        mention = event.get("type") == "app_mention"
        event_ts = object_of(event, "edited").get("ts") if mention else None
    about = [
        event.get("type"),
        event.get("subtype"),
        _channel_of(event),
        text_of(user, "id") if isinstance(user, dict) else user,
        ts,
        event_ts,
        event.get("reaction"),
        item.get("ts") or (message.get("ts") if isinstance(message, dict) else None),
    ]
    if not ts and not event_ts:
        about.append(_digest(event))
    return _key("about", ":".join("" if part is None else str(part) for part in about))


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _key(prefix: str, value: str) -> str:
    key = f"{prefix}:{value}"
    return key if len(key) <= 255 else f"{prefix}:{_digest(value)}"


def origin_of(kind: str, type_: str, payload: Payload) -> Origin:
    """Return who made a stored request and where. Raises :class:`Unreadable`."""
    if kind == "command":
        command = Command.read(payload)
        return Origin(command.user_id, command.channel_id, command.response_url)
    if kind == "event":
        event = Event.read(payload)
        return Origin(event.user_id, event.channel_id)
    if type_ in ("view_submission", "dialog_submission"):
        form = Submission.read(payload)
        return Origin(form.user_id, form.channel_id, form.response_url)
    return ButtonPress.read(payload).origin
