"""The page, what it asks for, and ``response_url`` answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import F
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from demo.sandbox import conversations, faults, page_state, people
from demo.sandbox.models import Change, Home, Member, Message, ResponseUrl, View
from demo.sandbox.sockets import sockets
from demo.sandbox.web_api.chat import content
from demo.sandbox.workspace import BOT, BOT_USER, Refusal

Body = dict[str, Any]

#: Seconds for which a page waits for a change before it asks again.
POLL = 20.0


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Show the page on which a person acts as a member; which one is in the address."""
    members = Member.objects.filter(is_bot=False, deleted=False)
    user = request.GET.get("as", "")
    me = members.filter(name=user).first() or members.first()
    return render(
        request,
        "sandbox/page.html",
        {"me": me, "incidents_url": getattr(settings, "SITE_URL", "") or "/"},
    )


@require_GET
def archives(request: HttpRequest, channel: str, message: str = "") -> HttpResponse:
    """Show the page with the channel of a permalink open."""
    return redirect(f"{reverse('sandbox:page')}#{quote(channel)}")


@require_GET
def state(request: HttpRequest) -> JsonResponse:
    """Return everything in the side bar, the messages of a channel, and of a thread, as JSON."""
    user = people.member(request.GET.get("as", "")).id
    answer: Body = {"workspace": page_state.workspace(user)}
    if request.GET.get("channel"):
        try:
            channel = conversations.visible_channel(request.GET["channel"], user)
        except Refusal:
            return JsonResponse(answer)  # it was left, or deleted, or has another id
        answer["about"] = page_state.about(channel)
        answer["messages"] = page_state.messages(channel, user)
        if request.GET.get("thread"):
            answer["thread"] = page_state.messages(channel, user, request.GET["thread"])
    return JsonResponse(answer)


@require_GET
def poll(request: HttpRequest) -> JsonResponse:
    """Wait for a change after ``since`` that concerns the member; then name its number."""
    user = people.member(request.GET.get("as", "")).id
    since = int(request.GET.get("since") or 0)
    deadline = time.monotonic() + POLL
    while time.monotonic() < deadline:
        concerning = Change.objects.filter(pk__gt=since, user__in=["", user])
        if concerning.exists():
            return JsonResponse({"change": page_state.last_change()})
        time.sleep(0.15)
    return JsonResponse({"change": since})


@csrf_exempt
@require_POST
def act(request: HttpRequest, what: str) -> JsonResponse:
    """Do what a person did on the page."""
    try:
        body = json.loads(request.body or b"{}")
        return JsonResponse({"ok": True, **(_ACTS[what](body) or {})})
    except Refusal as refusal:
        return JsonResponse({"ok": False, "error": refusal.error})
    except (KeyError, ValueError, LookupError, ObjectDoesNotExist) as error:
        return JsonResponse({"ok": False, "error": f"{type(error).__name__}: {error}"}, status=400)


def _message(body: Body) -> Message:
    return Message.objects.get(channel_id=body["channel"], ts=body["ts"])


def _say(body: Body) -> None:
    people.say(
        body["as"], body["channel"], body["text"], thread_ts=body.get("thread") or "", wait=False
    )


def _command(body: Body) -> Body:
    result = people.command(body["as"], body["channel"], body["text"], wait=False)
    return {"trouble": result.trouble}


def _press(body: Body) -> None:
    people.press(body["as"], _message(body), body["action_id"], body.get("value"), wait=False)


def _submit(body: Body) -> Body:
    view = View.objects.get(pk=body["view"])
    result = people.submit(body["as"], view, body["values"])
    return {"errors": result.errors, "trouble": result.trouble}


def _close(body: Body) -> None:
    people.close_view(body["as"], View.objects.get(pk=body["view"]))


def _fault(body: Body) -> None:
    faults.add(
        body["kind"],
        body.get("pattern") or "*",
        times=int(body["times"]) if body.get("times") else None,
        seconds=float(body.get("seconds") or 0),
        error=body.get("error") or "",
    )
    conversations.changed()


def _clear_faults(body: Body) -> None:
    faults.clear()
    conversations.changed()


def _open_direct_message(body: Body) -> Body:
    user = people.member(body["as"]).id
    return {"channel": conversations.direct_message(user, body["with"]).id}


def _create_channel(body: Body) -> Body:
    private = bool(body.get("private"))
    return {
        "channel": people.create_channel(body["as"], body["name"], private=private, wait=False).id
    }


def _shortcut(body: Body) -> None:
    message = _message(body) if body.get("ts") else None
    people.shortcut(body["as"], body["callback_id"], message, wait=False)


def _press_view(body: Body) -> None:
    view = View.objects.get(pk=body["view"])
    people.press_in_view(body["as"], view, body["action_id"], body.get("value"), wait=False)


def _press_home(body: Body) -> None:
    home = Home.objects.get(pk=people.member(body["as"]).id)
    people.press_in_view(body["as"], home, body["action_id"], body.get("value"), wait=False)


def _open_home(body: Body) -> None:
    people.open_home(body["as"], body.get("tab") or "home", wait=False)


def _disconnect(body: Body) -> Body:
    return {"sockets": sockets.disconnect(body["reason"])}


_ACTS: dict[str, Callable[[Body], Body | None]] = {
    "say": _say,
    "command": _command,
    "press": _press,
    "submit": _submit,
    "close": _close,
    "fault": _fault,
    "clear_faults": _clear_faults,
    "dm": _open_direct_message,
    "react": lambda b: people.react(b["as"], _message(b), b["name"], wait=False),
    "pin": lambda b: people.pin(b["as"], _message(b), wait=False),
    "unpin": lambda b: people.unpin(b["as"], _message(b), wait=False),
    "edit": lambda b: people.edit(_message(b), b["text"], wait=False),
    "delete": lambda b: people.delete(_message(b), wait=False),
    "join": lambda b: people.join(b["as"], b["channel"], wait=False),
    "leave": lambda b: people.leave(b["as"], b["channel"], wait=False),
    "archive": lambda b: people.archive(b["as"], b["channel"], wait=False),
    "unarchive": lambda b: people.archive(b["as"], b["channel"], archived=False, wait=False),
    "rename": lambda b: people.rename_channel(b["channel"], b["name"], wait=False),
    "create_channel": _create_channel,
    "invite": lambda b: people.invite(b["as"], b["channel"], b["other"], wait=False),
    "share": lambda b: {"channel": people.share_channel(b["channel"], wait=False).id},
    "shortcut": _shortcut,
    "press_view": _press_view,
    "press_home": _press_home,
    "open_home": _open_home,
    "disconnect": _disconnect,
    "read": lambda b: people.read(b["as"], b["channel"]),
}


@csrf_exempt
@require_POST
def respond(request: HttpRequest, token: str) -> HttpResponse:
    """Take an answer of the app to a ``response_url``: at most 5 within 30 minutes."""
    right = ResponseUrl.objects.select_related("channel").filter(pk=token).first()
    if right is None or time.time() - right.created > 30 * 60:
        return HttpResponse("expired_url", status=404)
    if not ResponseUrl.objects.filter(pk=token, uses__lt=5).update(uses=F("uses") + 1):
        return HttpResponse("used_url", status=404)
    try:
        body = json.loads(request.body)
        if not isinstance(body, dict):
            raise ValueError("not an object")
        with conversations.all_or_nothing():
            _answered(right, body)
    except (ValueError, Refusal) as error:
        return HttpResponse(getattr(error, "error", "invalid_payload"), status=400)
    return HttpResponse("ok")


def _answered(right: ResponseUrl, body: Body) -> None:
    original = Message.objects.filter(channel=right.channel, ts=right.message_ts).first()
    if body.get("delete_original"):
        if original:
            conversations.delete(original, conversations.in_background)
        return
    said = content(body)
    if body.get("replace_original") and original:
        conversations.edit(
            original,
            said.text,
            conversations.in_background,
            blocks=said.blocks,
            attachments=said.attachments,
            mark=False,
        )
        return
    public = body.get("response_type") == "in_channel"
    conversations.post(
        right.channel,
        BOT_USER,
        text=said.text,
        blocks=said.blocks,
        attachments=said.attachments,
        bot_id=BOT,
        thread_ts=str(body.get("thread_ts") or ""),
        only_for="" if public else right.user,
        tell=conversations.in_background,
    )
