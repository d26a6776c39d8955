"""What a person can do in the sandbox.

Plain functions, used by the page and by tests. ``user`` is a member's id or name; with
``wait`` (the default) what the app has to hear is posted before the function returns, and
:class:`Result` tells what it answered; else it is posted in the background.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from demo.sandbox import conversations, delivery, payloads
from demo.sandbox.models import Channel, Home, Member, Message, ResponseUrl, Trigger, View
from demo.sandbox.web_api import views as form_methods
from demo.sandbox.wire import from_composer
from demo.sandbox.workspace import (
    APP,
    BOT,
    BOT_USER,
    COMMAND,
    DOMAIN,
    TEAM,
    Refusal,
    address,
    new_ts,
)


@dataclass
class Result:
    """What came of it: the app's answer, and for forms what is wrong with fields."""

    status: int | None = None
    body: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    message: Message | None = None
    trouble: str = ""

    @property
    def ok(self) -> bool:
        """Whether the app took it."""
        return self.status == 200 and not self.errors


def member(user: str) -> Member:
    """Return the member with this id or name."""
    return Member.objects.filter(pk=user).first() or Member.objects.get(name=user.lstrip("@"))


def channel(name: str) -> Channel:
    """Return the channel with this id or name."""
    known = Channel.objects.filter(pk=name).first()
    return known or Channel.objects.get(name=name.lstrip("#"))


def _tell(wait: bool) -> conversations.Tell:
    return conversations.at_once if wait else conversations.in_background


def trigger(user: str) -> str:
    """Return a new trigger: with it the app may open a form for ``user``."""
    made = Trigger.objects.create(
        id=f"{int(time.time() * 1000)}.{secrets.randbelow(10**9)}.{secrets.token_hex(8)}",
        user=user,
        created=time.time(),
    )
    return made.id


def response_url(user: str, where: Channel, message_ts: str = "") -> str:
    """Return a URL below the API's address at which the app may answer ``user``."""
    made = ResponseUrl.objects.create(
        token=secrets.token_hex(16),
        channel=where,
        user=user,
        message_ts=message_ts,
        created=time.time(),
    )
    return f"{address()}respond/{made.token}"


# Saying things


def say(
    user: str,
    where: str,
    text: str,
    *,
    thread_ts: str = "",
    files: list[dict[str, Any]] | None = None,
    attachments: list[dict[str, Any]] | None = None,
    blocks: list[dict[str, Any]] | None = None,
    raw: bool = False,
    wait: bool = True,
) -> Message:
    """Write in a channel; ``text`` as typed, or with ``raw`` as it goes over the wire.

    Of a file it may be that only the id is told: ``{"id": "F0…", "file_access":
    "check_file_info"}``, or ``"mode": "tombstone"`` for one that was deleted.

    A text that begins with ``/`` is no message: use :func:`command`.
    """
    who, place = member(user), channel(where)
    conversations.open_channel(place.id, who.id)
    tell = _tell(wait)
    message = conversations.post(
        place,
        who.id,
        text=text if raw else from_composer(text),
        thread_ts=thread_ts,
        files=files,
        attachments=attachments,
        blocks=blocks,
        subtype="file_share" if files else "",
        tell=tell,
    )
    if f"<@{BOT_USER}" in message.text and conversations.bot_hears(place) and not place.is_im:
        body = payloads.message_event(message)
        del body["channel_type"]
        tell({**body, "type": "app_mention"})
    return message


def edit(message: Message, text: str, *, wait: bool = True) -> None:
    """Edit a message of the person's own."""
    conversations.edit(message, from_composer(text), _tell(wait))


def delete(message: Message, *, wait: bool = True) -> None:
    """Delete a message of the person's own."""
    conversations.delete(message, _tell(wait))


def react(user: str, message: Message, name: str, *, wait: bool = True) -> None:
    """Put an emoji on a message, or take one's own back."""
    who = member(user).id
    try:
        conversations.react(message, who, name, _tell(wait))
    except Refusal:
        conversations.unreact(message, who, name, _tell(wait))


def pin(user: str, message: Message, *, wait: bool = True) -> None:
    """Pin a message."""
    conversations.pin(message, member(user).id, _tell(wait))


def unpin(user: str, message: Message, *, wait: bool = True) -> None:
    """Remove the pin of a message."""
    conversations.unpin(message, member(user).id, _tell(wait))


# Talking to the app


def command(user: str, where: str, typed: str, *, wait: bool = True) -> Result:
    """Send a slash command: ``/incident Something is wrong``."""
    who, place = member(user), channel(where)
    name, _space, text = typed.partition(" ")
    if name != COMMAND:
        return Result(trouble=f"{name} is not a valid command.")
    fields = {
        "token": "deprecated-verification-token",
        "team_id": TEAM,
        "team_domain": DOMAIN,
        "channel_id": place.id,
        "channel_name": place.name or "directmessage",
        "user_id": who.id,
        "user_name": who.name,
        "command": name,
        "text": from_composer(text.strip(), with_names=True),
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": response_url(who.id, place),
        "trigger_id": trigger(who.id),
    }

    def send() -> Result:
        answer = delivery.command(fields)
        if not answer.ok:
            why = answer.error or f"http_{answer.status}"
            text = f"{name} failed with the error “{why}”"
            _send_ephemeral(place, who.id, text)
            return Result(answer.status, answer.body, trouble=text)
        _reply(place, who.id, answer)
        return Result(answer.status, answer.body)

    return _now_or_later(send, wait)


def _reply(place: Channel, user: str, answer: delivery.Answer) -> None:
    """Show what a command was answered with."""
    data = answer.data
    text = data.get("text") if data else answer.body.strip()
    if not text and not data.get("blocks"):
        return
    public = data.get("response_type") == "in_channel"
    conversations.post(
        place,
        BOT_USER,
        text=str(text or ""),
        blocks=data.get("blocks"),
        bot_id=BOT,
        only_for="" if public else user,
        tell=conversations.in_background,
    )


def _send_ephemeral(place: Channel, user: str, text: str) -> None:
    """Post a message of Slackbot's that only ``user`` sees."""
    conversations.post(
        place, "USLACKBOT", text=text, only_for=user, tell=conversations.in_background
    )


def press(
    user: str, message: Message, action_id: str, value: Any = None, *, wait: bool = True
) -> Result:
    """Press the button ``action_id`` in a message; or choose ``value`` in a select there.

    Raises ``LookupError`` if the message has no such element.
    """
    who = member(user)
    action = _action(_all_blocks(message), action_id, value)
    payload = payloads.block_actions(
        who.id,
        message,
        action,
        trigger(who.id),
        response_url(who.id, message.channel, message.ts),
    )

    def send() -> Result:
        answer = delivery.interaction(payload)
        if not answer.ok:
            text = "The app did not answer in time. Please try again."
            _send_ephemeral(message.channel, who.id, text)
            return Result(answer.status, answer.body, trouble=text)
        return Result(answer.status, answer.body)

    return _now_or_later(send, wait)


def _all_blocks(message: Message) -> list[dict[str, Any]]:
    return [*message.blocks, *(b for a in message.attachments for b in a.get("blocks") or [])]


def _action(blocks: list[dict[str, Any]], action_id: str, value: Any) -> dict[str, Any]:
    block_id, element = _element(blocks, action_id)
    action: dict[str, Any] = {
        "action_id": action_id,
        "block_id": block_id,
        "type": element["type"],
        "action_ts": new_ts(),
    }
    if element["type"] == "button":
        action["text"] = element["text"]
        if element.get("value"):
            action["value"] = element["value"]
    elif element["type"] in ("static_select", "overflow", "radio_buttons"):
        action["selected_option"] = next(
            (o for o in element.get("options", []) if o["value"] == value), None
        )
    elif element["type"] == "users_select":
        action["selected_user"] = value
    return action


def _element(blocks: list[dict[str, Any]], action_id: str) -> tuple[str, dict[str, Any]]:
    for number, block in enumerate(blocks):
        elements = [
            *block.get("elements", []), block.get("accessory") or {}, block.get("element") or {}
        ]  # fmt: skip
        for element in elements:
            if element.get("action_id") == action_id:
                return block.get("block_id") or f"b{number}", element
    raise LookupError(f"There is no {action_id!r} there")


# Shortcuts and the home tab


def shortcut(
    user: str, callback_id: str, message: Message | None = None, *, wait: bool = True
) -> Result:
    """Use a shortcut of the app: of a message, or (without one) from anywhere."""
    who = member(user)
    if message is None:
        payload = payloads.shortcut(who.id, callback_id, trigger(who.id))
    else:
        payload = payloads.message_action(
            who.id,
            message,
            callback_id,
            trigger(who.id),
            response_url(who.id, message.channel, message.ts),
        )

    def send() -> Result:
        answer = delivery.interaction(payload)
        if answer.ok:
            return Result(answer.status, answer.body)
        text = "The app did not answer in time. Please try again."
        if message:
            _send_ephemeral(message.channel, who.id, text)
        return Result(answer.status, answer.body, trouble=text)

    return _now_or_later(send, wait)


def open_home(user: str, tab: str = "home", *, wait: bool = True) -> Home | None:
    """Look at the app's home (or ``messages``) tab; what it has published there."""
    who = member(user).id
    home = Home.objects.filter(pk=who).first()
    event = {
        "type": "app_home_opened",
        "user": who,
        "channel": conversations.direct_message(who, BOT_USER).id,
        "tab": tab,
        "event_ts": new_ts(),
    }
    if home and tab == "home":
        event["view"] = payloads.view_object(home)
    _tell(wait)(event)
    return Home.objects.filter(pk=who).first()


def press_in_view(
    user: str, view: View | Home, action_id: str, value: Any = None, *, wait: bool = True
) -> Result:
    """Press a button in a form or in the home tab."""
    who = member(user)
    action = _action(view.view.get("blocks", []), action_id, value)
    payload = payloads.view_actions(who.id, view, action, trigger(who.id))

    def send() -> Result:
        answer = delivery.interaction(payload)
        trouble = "" if answer.ok else "The app did not answer in time. Please try again."
        return Result(answer.status, answer.body, trouble=trouble)

    return _now_or_later(send, wait)


# Forms


def open_view(user: str) -> View | None:
    """Return the form that ``user`` sees on top."""
    return View.objects.filter(user=member(user).id, closed=False).order_by("-opened").first()


def submit(user: str, view: View, values: dict[str, Any]) -> Result:
    """Send a form. ``values`` is block id to what was typed or chosen; what is not named
    keeps its initial value. Field errors leave it open."""
    who = member(user)
    state = {
        block["block_id"]: {block["element"]["action_id"]: _state(block["element"], block, values)}
        for block in view.view["blocks"]
        if block.get("type") == "input"
    }
    missing = {
        block["block_id"]: "Please complete this required field."
        for block in view.view["blocks"]
        if block.get("type") == "input"
        and not block.get("optional")
        and _is_empty(state[block["block_id"]][block["element"]["action_id"]])
    }
    if missing:
        return Result(errors=missing)
    answer = delivery.interaction(payloads.view_submission(who.id, view, state, trigger(who.id)))
    if not answer.ok:
        return Result(
            answer.status,
            answer.body,
            trouble="We had some trouble connecting. Try again?",
        )
    return _after_submit(view, answer)


def _after_submit(view: View, answer: delivery.Answer) -> Result:
    data = answer.data
    action = data.get("response_action")
    if action == "errors":
        known = {b.get("block_id") for b in view.view["blocks"]}
        errors = {k: str(v) for k, v in (data.get("errors") or {}).items() if k in known}
        trouble = "" if errors else "We had some trouble connecting. Try again?"
        return Result(answer.status, answer.body, errors=errors, trouble=trouble)
    if action == "update":
        form_methods.replace(view, data["view"])
    elif action == "push":
        form_methods.show(view.user, data["view"], view.id)
    else:
        closing = View.objects.filter(user=view.user)
        (closing if action == "clear" else closing.filter(pk=view.pk)).update(closed=True)
        conversations.changed(user=view.user)
    return Result(answer.status, answer.body)


def close_view(user: str, view: View) -> None:
    """Cancel a form."""
    View.objects.filter(pk=view.pk).update(closed=True)
    conversations.changed(user=view.user)
    if view.view.get("notify_on_close"):
        delivery.interaction(payloads.view_closed(member(user).id, view))


def _is_empty(state: dict[str, Any]) -> bool:
    return all(v in (None, "", []) for k, v in state.items() if k != "type")


def _state(element: dict[str, Any], block: dict[str, Any], values: dict[str, Any]) -> Any:
    kind = element["type"]
    given = block["block_id"] in values
    value = values.get(block["block_id"])
    if kind.endswith("_input"):
        typed = value if given else element.get("initial_value")
        return {"type": kind, "value": typed or None}
    if kind in ("static_select", "radio_buttons"):
        chosen = element.get("initial_option")
        if given:
            chosen = next((o for o in element["options"] if o["value"] == value), None)
        return {"type": kind, "selected_option": chosen}
    if kind == "multi_static_select":
        chosen = element.get("initial_options", [])
        if given:
            chosen = [o for o in element["options"] if o["value"] in (value or [])]
        return {"type": kind, "selected_options": chosen}
    if kind == "checkboxes":
        options = [o for o in element["options"] if o["value"] in (value or [])]
        return {"type": kind, "selected_options": options}
    name = {
        "users_select": ("selected_user", "initial_user"),
        "multi_users_select": ("selected_users", "initial_users"),
        "conversations_select": ("selected_conversation", "initial_conversation"),
        "channels_select": ("selected_channel", "initial_channel"),
        "datepicker": ("selected_date", "initial_date"),
        "timepicker": ("selected_time", "initial_time"),
        "datetimepicker": ("selected_date_time", "initial_date_time"),
    }[kind]
    empty: Any = [] if kind.startswith("multi_") else None
    return {"type": kind, name[0]: (value or empty) if given else element.get(name[1], empty)}


# Channels and people


def create_channel(user: str, name: str, *, private: bool = False, wait: bool = True) -> Channel:
    """Create a channel with ``user`` in it."""
    return conversations.create(name, member(user).id, private, _tell(wait))


def join(user: str, where: str, *, wait: bool = True) -> None:
    """Join a channel."""
    conversations.join(channel(where), member(user).id, _tell(wait))


def leave(user: str, where: str, *, wait: bool = True) -> None:
    """Leave a channel."""
    conversations.leave(channel(where), member(user).id, _tell(wait))


def invite(user: str, where: str, other: str, *, wait: bool = True) -> None:
    """Invite a person. Raises ``not_in_channel``, ``is_archived`` or ``already_in_channel``."""
    who = member(user).id
    place = conversations.open_channel(channel(where).id, who)
    if not conversations.join(place, member(other).id, _tell(wait), inviter=who):
        raise Refusal("already_in_channel")


def rename_channel(where: str, name: str, *, wait: bool = True) -> None:
    """Give a channel another name."""
    conversations.rename(channel(where), name, _tell(wait))


def archive(user: str, where: str, *, archived: bool = True, wait: bool = True) -> None:
    """Archive a channel, or take it back."""
    conversations.archive(channel(where), member(user).id, _tell(wait), archived=archived)


def share_channel(where: str, *, wait: bool = True) -> Channel:
    """Share a channel with another workspace: it gets another id."""
    return conversations.change_id(channel(where), _tell(wait))


def delete_channel(user: str, where: str, *, wait: bool = True) -> None:
    """Delete a channel and all that was said in it."""
    conversations.delete_channel(channel(where), member(user).id, _tell(wait))


def change_profile(user: str, *, wait: bool = True, **fields: Any) -> Member:
    """Change ``display_name``, ``real_name``, ``email`` … or ``deleted``."""
    who = member(user)
    Member.objects.filter(pk=who.pk).update(**fields)
    who.refresh_from_db()
    conversations.member_changed(who, _tell(wait))
    return who


def read(user: str, where: str) -> None:
    """Mark a channel as read."""
    place = channel(where)
    newest = place.messages.order_by("-ts").values_list("ts", flat=True).first() or "0"
    place.memberships.filter(member_id=member(user).id).update(last_read=newest)


def _now_or_later(send: Any, wait: bool) -> Result:
    if wait:
        return send()  # type: ignore[no-any-return]
    delivery.in_background(send)
    return Result()
