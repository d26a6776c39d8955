"""Parse what Slack sends, from bytes to typed values.

Reads the three kinds of body that Slack posts, and returns what the rest of the package needs
of them. Everything is checked: a body may be signed and still not be what we expect. Pure.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

from response.core.clean import load_json
from response.db import storable
from response.slack.features.notify import Origin
from response.slack.render.interaction_context import read_metadata

Payload = dict[str, Any]


class Unreadable(ValueError):
    """A signed body does not have the shape that Slack's reference describes."""


# Bodies


def read_json(body: bytes) -> Payload:
    """Return the JSON object of a body. Raises :class:`Unreadable`."""
    try:
        value = load_json(body)
    except ValueError as error:
        raise Unreadable(f"the body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Unreadable("the body is not a JSON object")
    return value


def read_form(body: bytes) -> Payload:
    """Return the fields of a form. Raises :class:`Unreadable`."""
    try:
        fields = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, max_num_fields=1000, errors="strict"
        )
    except ValueError as error:
        raise Unreadable(f"the body is not a form: {error}") from None
    return {str(storable(name)): storable(value) for name, value in fields}


def read_interaction(body: bytes) -> Payload:
    """Return the JSON object in the form field ``payload``. Raises :class:`Unreadable`."""
    payload = read_form(body).get("payload")
    if payload is None:
        raise Unreadable("the form has no field “payload”")
    return read_json(payload.encode("utf-8"))


# Values


#: How long values may be, in characters: as long as the columns that they end up in, or for
#: what is not stored by itself, well above what Slack sends.
LONGEST = {
    "user": 50,
    "user_id": 50,
    "item_user": 50,
    "bot_id": 50,
    "inviter": 50,
    "channel": 64,
    "channel_id": 64,
    "old_channel_id": 64,
    "new_channel_id": 64,
    "id": 64,
    "ts": 50,
    "event_ts": 50,
    "thread_ts": 50,
    "deleted_ts": 50,
    "message_ts": 50,
    "type": 100,
    "subtype": 100,
    "event_id": 255,
    "callback_id": 255,
    "action_id": 255,
    "block_id": 255,
    "command": 255,
    "trigger_id": 255,
    "response_url": 1000,
    "value": 3000,
    "private_metadata": 3000,
}


def text_of(payload: Payload, *path: str) -> str:
    """Return the string at ``path``, empty if there is none.

    Raises :class:`Unreadable` for another type, and for one that is longer than its name in
    :data:`LONGEST` allows.
    """
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
    if len(value) > LONGEST.get(path[-1], len(value)):
        raise Unreadable(f"“{'.'.join(path)}” has {len(value)} characters")
    return value


def _number_or_text(payload: Payload, name: str) -> str:
    """Return a string, or a number as one: payloads in projects' tests have numbers."""
    value = payload.get(name)
    return str(value) if type(value) is int else text_of(payload, name)


def object_of(payload: Payload, name: str) -> Payload:
    """Return the object called ``name``, empty if none. Raises :class:`Unreadable`."""
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
        """Read the fields of the form. Raises :class:`Unreadable`."""
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
        """The person who pressed it, and the place."""
        return Origin(self.user_id, self.channel_id, self.response_url)

    @classmethod
    def read(cls, payload: Payload) -> ButtonPress:
        """Read a ``block_actions`` payload. Raises :class:`Unreadable`."""
        actions = payload.get("actions")
        if not isinstance(actions, list) or not actions or not isinstance(actions[0], dict):
            raise Unreadable("“actions” is not a list of what was pressed")
        action = actions[0]
        channel = text_of(payload, "channel", "id") or text_of(payload, "container", "channel_id")
        value = chosen_value(action) or ""
        if len(value) > LONGEST["value"]:
            raise Unreadable(f"what was pressed has a value of {len(value)} characters")
        _check_message(object_of(payload, "message"))
        return cls(
            action_id=text_of(action, "action_id"),
            block_id=text_of(action, "block_id"),
            value=value,
            user_id=_who(payload),
            channel_id=channel,
            trigger_id=text_of(payload, "trigger_id"),
            response_url=text_of(payload, "response_url"),
            message=object_of(payload, "message"),
        )


@dataclass(frozen=True)
class MessageShortcut:
    """A shortcut of the app that a person chose in the menu of a message."""

    callback_id: str
    user_id: str
    channel_id: str
    response_url: str
    action_ts: str
    message: Payload

    @property
    def origin(self) -> Origin:
        """The person who chose it, and the place."""
        return Origin(self.user_id, self.channel_id, self.response_url)

    @classmethod
    def read(cls, payload: Payload) -> MessageShortcut:
        """Read a ``message_action`` payload. Raises :class:`Unreadable`."""
        message = object_of(payload, "message")
        _check_message(message)
        return cls(
            callback_id=text_of(payload, "callback_id"),
            user_id=_who(payload),
            channel_id=text_of(payload, "channel", "id"),
            response_url=text_of(payload, "response_url"),
            action_ts=text_of(payload, "action_ts"),
            message=message,
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
        """Read a ``view_submission`` or ``dialog_submission``. Raises :class:`Unreadable`."""
        user = object_of(payload, "user")
        who = {
            "user_id": _who(payload),
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
        carried: Payload = dict(read_metadata(text_of(view, "private_metadata")))
        return cls(
            callback_id=text_of(view, "callback_id"),
            channel_id=text_of(carried, "channel"),
            values=_view_values(view),
            state=carried["state"],
            response_url=text_of(carried, "response_url"),
            form=carried["form"],
            **who,
        )


def _view_values(view: Payload) -> dict[str, str | None]:
    """Return ``view.state.values`` by field name: in our forms, that of block and action."""
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
    """Return the value typed or chosen in an element, as a string; None if there is none.

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
    new_channel_id: str
    own: bool
    bot_id: str
    body: Payload

    @classmethod
    def read(cls, payload: Payload) -> Event:
        """Read the envelope of an ``event_callback``. Raises :class:`Unreadable`."""
        body = object_of(payload, "event")
        if not text_of(body, "type"):
            raise Unreadable("the event has no type")
        _check_event(body)
        subtype = text_of(body, "subtype")
        return cls(
            type=text_of(body, "type"),
            subtype=subtype,
            channel_id=_channel_of(body),
            user_id=_person_id(body, "user"),
            text=text_of(body, "text"),
            ts=text_of(body, "ts"),
            thread_ts=text_of(body, "thread_ts"),
            event_ts=text_of(body, "event_ts"),
            edited=bool(body.get("edited")),
            new_channel_id=text_of(body, "new_channel_id"),
            own=_is_own(payload, body),
            bot_id=text_of(object_of(body, "message") or body, "bot_id"),
            body=body,
        )


def _person_id(payload: Payload, name: str) -> str:
    """Return a person's id; empty without one. In ``user_change`` the person is an object.

    Raises :class:`Unreadable` for an id that no column holds.
    """
    if isinstance(payload.get(name), dict):
        found = text_of(payload, name, "id")
        if len(found) > LONGEST["user"]:
            raise Unreadable(f"“{name}.id” has {len(found)} characters")
        return found
    return text_of(payload, name)


def _who(payload: Payload) -> str:
    """Return the id of the person who acts. Raises :class:`Unreadable` without one."""
    found = _person_id(payload, "user")
    if not found:
        raise Unreadable("“user” does not tell which person")
    return found


#: What must be an object, a list or a string in the messages of events that we work on, if
#: it is there at all.
_OBJECTS = ("message", "previous_message", "edited", "item", "root", "bot_profile")
_LISTS = ("files", "attachments", "blocks", "reactions")
_STRINGS = (
    "text", "user", "bot_id", "app_id", "ts", "thread_ts", "deleted_ts", "event_ts", "subtype",
    "username", "permalink", "item_user", "inviter", "channel_id",
)  # fmt: skip
_OF_A_PERSON = ("real_name", "display_name", "email")
#: The events whose bodies our own handlers read.
_READ = frozenset({
    "message", "app_mention", "pin_added", "pin_removed", "member_joined_channel", "user_change",
    "channel_rename", "group_rename", "channel_archive", "channel_unarchive", "group_archive",
    "group_unarchive", "channel_id_changed", "channel_deleted", "group_deleted", "reaction_added",
    "reaction_removed",
})  # fmt: skip


def _check_event(body: Payload) -> None:
    """Raise :class:`Unreadable` for an event whose parts do not have the shape of Slack's."""
    if body["type"] not in _READ:
        return
    user = body.get("user")
    if isinstance(user, dict):
        _check_person(user)
        body = {**body, "user": None}
    _check_message(body)
    if body["type"] in ("reaction_added", "reaction_removed"):
        _who(body)
    if body["type"] in ("channel_rename", "group_rename"):
        text_of(object_of(body, "channel"), "name")
    if body["type"] == "channel_id_changed" and not (
        text_of(body, "old_channel_id") and text_of(body, "new_channel_id")
    ):
        raise Unreadable("a channel got another id, and the event does not tell which")


def _check_message(message: Payload) -> None:
    for name in _OBJECTS:
        inner = object_of(message, name)
        if inner:
            _check_message(inner)
    for name in _LISTS:
        if not isinstance(message.get(name), list | None):
            raise Unreadable(f"“{name}” is not a list")
    for name in _STRINGS:
        text_of(message, name)


def _check_person(user: Payload) -> None:
    if not text_of(user, "id"):
        raise Unreadable("the event does not tell which person")
    for name in ("name", "real_name"):
        text_of(user, name)
    for name in _OF_A_PERSON:
        text_of(object_of(user, "profile"), name)


def _channel_of(body: Payload) -> str:
    """Return the channel id: ``channel`` (an id or an object), ``channel_id`` or in ``item``."""
    if body.get("type") == "channel_id_changed":
        return text_of(body, "old_channel_id")
    channel = body.get("channel")
    if isinstance(channel, dict):
        return text_of(channel, "id")
    if channel is not None:
        return text_of(body, "channel")
    return text_of(body, "channel_id") or text_of(object_of(body, "item"), "channel")


def _is_own(payload: Payload, body: Payload) -> bool:
    """Return whether our app said it, as far as the envelope tells.

    ``authorizations`` holds our installation, with the bot user's id; the message of an
    app has the app's id.
    """
    if body.get("type") not in ("message", "app_mention", "member_joined_channel"):
        return False
    message = object_of(body, "message") or body
    app = payload.get("api_app_id")
    if app and message.get("app_id") == app and message.get("bot_id"):
        return True
    authorizations = payload.get("authorizations")
    bots = {
        user_id
        for a in (authorizations if isinstance(authorizations, list) else [])
        if isinstance(a, dict) and a.get("is_bot") and isinstance(user_id := a.get("user_id"), str)
    }
    return isinstance(message.get("user"), str) and message["user"] in bots


# Keys


def keys(kind: str, payload: Payload) -> tuple[str, str]:
    """Return the unique keys of a request: of its delivery, and of what it is about.

    Slack sends an event again under the same ``event_id``, and sometimes the same message
    under another one; interactions and commands are never sent again by Slack, but a
    captured one can be. A form of ours carries a number, so that sending it twice (after an
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
        _person_id(event, "user") or None,
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
    if type_ == "message_action":
        return MessageShortcut.read(payload).origin
    return ButtonPress.read(payload).origin
