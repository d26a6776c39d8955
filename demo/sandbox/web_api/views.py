"""``views.*``."""

from __future__ import annotations

import secrets
import time
from typing import Any

from demo.sandbox import conversations, validation
from demo.sandbox.models import Home, Member, Trigger, View
from demo.sandbox.payloads import view_object
from demo.sandbox.web_api.registry import Answer, Arguments, method, parsed, required
from demo.sandbox.workspace import Refusal, new_id

TRIGGER_LASTS = 3.0
STACK = 3


def _checked_view(arguments: Arguments) -> dict[str, Any]:
    view = parsed(arguments, "view", "invalid_arguments")
    if not isinstance(view, dict):
        raise Refusal("invalid_arguments")
    problems = validation.view_problems(view)
    if "view_too_large" in problems:
        raise Refusal("view_too_large")
    if problems:
        raise Refusal("invalid_arguments", response_metadata={"messages": problems})
    return view


def _trigger(arguments: Arguments) -> Trigger:
    required(arguments, "trigger_id", "view")
    trigger = Trigger.objects.filter(pk=str(arguments["trigger_id"])).first()
    if trigger is None:
        raise Refusal("invalid_trigger_id")
    if time.time() - trigger.created > TRIGGER_LASTS:
        raise Refusal("expired_trigger_id")
    if not Trigger.objects.filter(pk=trigger.pk, used=False).update(used=True):
        raise Refusal("exchanged_trigger_id")
    return trigger


def show(user: str, view: dict[str, Any], previous: str = "") -> View:
    """Open a view for a member."""
    opened = View.objects.create(
        id=new_id("V"),
        user=user,
        view=view,
        hash=_hash(),
        opened=time.time(),
        previous=previous,
    )
    conversations.changed(user=user)
    return opened


def _hash() -> str:
    return f"{int(time.time())}.{secrets.token_hex(4)}"


def replace(known: View, view: dict[str, Any]) -> None:
    """Put other content into an open view."""
    known.view, known.hash = view, _hash()
    known.save(update_fields=["view", "hash"])
    conversations.changed(user=known.user)


def _of_kind(arguments: Arguments, kind: str) -> dict[str, Any]:
    view = _checked_view(arguments)
    if view["type"] != kind:
        raise Refusal("invalid_arguments", response_metadata={
            "messages": [f"[ERROR] must be a view of the type {kind} [json-pointer:/view/type]"]
        })  # fmt: skip
    external_id = view.get("external_id")
    if external_id and View.objects.filter(view__external_id=external_id, closed=False).exists():
        raise Refusal("duplicate_external_id")
    return view


@method("views.open")
def open_(arguments: Arguments) -> Answer:
    """For whoever made the trigger."""
    view = _of_kind(arguments, "modal")
    trigger = _trigger(arguments)
    return {"view": view_object(show(trigger.user, view))}


@method("views.push")
def push(arguments: Arguments) -> Answer:
    """On top of the open one; at most three."""
    view = _of_kind(arguments, "modal")
    trigger = _trigger(arguments)
    stack = View.objects.filter(user=trigger.user, closed=False).order_by("-opened")
    if stack.count() >= STACK:
        raise Refusal("push_limit_reached")
    top = stack.first()
    return {"view": view_object(show(trigger.user, view, top.id if top else ""))}


@method("views.update")
def update(arguments: Arguments) -> Answer:
    """By ``view_id`` or ``external_id``; a ``hash`` that is out of date is refused."""
    required(arguments, "view")
    known = _open_view(arguments)
    if known is None:
        raise Refusal("not_found")
    if arguments.get("hash") and arguments["hash"] != known.hash:
        raise Refusal("hash_conflict")
    replace(known, _checked_view(arguments))
    return {"view": view_object(known)}


def _open_view(arguments: Arguments) -> View | None:
    shown = View.objects.filter(closed=False)
    if arguments.get("view_id"):
        return shown.filter(pk=str(arguments["view_id"])).first()
    external_id = str(arguments.get("external_id") or "")
    return shown.filter(view__external_id=external_id).first() if external_id else None


@method("views.publish")
def publish(arguments: Arguments) -> Answer:
    """Store a member's home tab."""
    required(arguments, "user_id", "view")
    view = _checked_view(arguments)
    if view["type"] != "home":
        raise Refusal("invalid_arguments")
    user = str(arguments["user_id"])
    if not Member.objects.filter(pk=user, deleted=False, is_bot=False).exists():
        raise Refusal("user_not_found")
    known = Home.objects.filter(pk=user).first()
    if arguments.get("hash") and known and arguments["hash"] != known.hash:
        raise Refusal("hash_conflict")
    home, _new = Home.objects.update_or_create(
        user=user,
        defaults={"view": view, "hash": _hash()},
        create_defaults={"id": new_id("V"), "view": view, "hash": _hash()},
    )
    conversations.changed(user=user)
    return {"view": view_object(home)}
