"""The Web API over HTTP: who may call what, in which encoding, and which faults strike."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from demo.sandbox import conversations, faults, rate_limits, scopes
from demo.sandbox.models import ApiCall, Fault
from demo.sandbox.web_api import METHODS, Method
from demo.sandbox.workspace import Refusal, setting

#: What a slow answer does meanwhile.
wait = time.sleep
#: With which apps are made from manifests.
CONFIGURATION_TOKEN = "xoxe.xoxp-sandbox"


class Drop(Exception):
    """Close the connection without an answer."""


@csrf_exempt
def call(request: HttpRequest, name: str) -> HttpResponse:
    """Answer ``POST /api/<name>``."""
    started = time.time()
    struck = faults.due(Fault.API, name)
    for fault in struck:
        if fault.kind == "latency":
            wait(fault.seconds)
    failing = next((f for f in struck if f.kind != "latency"), None) or _too_often(request, name)
    arguments: dict[str, Any] = {}
    answer: dict[str, Any] = {}
    if failing is None or failing.after_effect:
        arguments, answer = _answer(request, name)
    response = _failed(failing) if failing else JsonResponse(answer)
    method = METHODS.get(name)
    response["x-oauth-scopes"] = ",".join(_granted(method))
    response["x-accepted-oauth-scopes"] = ",".join(method.scopes if method else ())
    ApiCall.objects.create(
        method=name,
        arguments=_shown(arguments or _arguments_quietly(request)),
        answer=answer,
        status=response.status_code,
        error=failing.kind if failing else answer.get("error", ""),
        started=started,
        finished=time.time(),
    )
    if failing and failing.kind == "drop":
        return drop(request)
    return response


def _too_often(request: HttpRequest, name: str) -> Fault | None:
    channel = str(_arguments_quietly(request).get("channel", ""))
    seconds = rate_limits.retry_after(name, channel)
    return None if seconds is None else Fault(side=Fault.API, kind="429", seconds=seconds)


def drop(request: HttpRequest) -> HttpResponse:
    """Close the connection, so that the caller hears nothing at all.

    A WSGI application cannot do that; the server's socket can be shut under it.
    """
    stream = request.META.get("wsgi.input")
    # Django's development server bounds the reading of the socket's stream.
    stream = getattr(getattr(stream, "_read", None), "__self__", stream)
    sock = getattr(getattr(stream, "raw", None), "_sock", None)
    if isinstance(sock, socket.socket):
        sock.shutdown(socket.SHUT_RDWR)
    return HttpResponse(status=500)


def _failed(fault: Fault) -> HttpResponse:
    if fault.kind == "429":
        response = JsonResponse({"ok": False, "error": "ratelimited"}, status=429)
        response["Retry-After"] = str(max(int(fault.seconds), 1))
        return response
    if fault.kind == "error":
        return JsonResponse({"ok": False, "error": fault.error})
    return HttpResponse("upstream failure", status=500)


def _granted(method: Method | None) -> list[str]:
    return list(scopes.APP_LEVEL) if method and method.for_app else scopes.granted()


def _answer(request: HttpRequest, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    arguments: dict[str, Any] = {}
    try:
        if request.method not in ("POST", "GET"):
            raise Refusal("invalid_request_method")
        method = METHODS.get(name)
        if method is None:
            raise Refusal("unknown_method", req_method=name)
        arguments = _arguments(request, method)
        _authorize(request, arguments, method)
        with conversations.all_or_nothing():
            return arguments, {"ok": True, **method.run(arguments)}
    except Refusal as refusal:
        return arguments, {"ok": False, "error": refusal.error, **refusal.more}


def _arguments(request: HttpRequest, method: Method) -> dict[str, Any]:
    arguments: dict[str, Any] = request.GET.dict()
    if request.content_type == "application/json":
        if not method.takes_json:
            return arguments
        try:
            body = json.loads(request.body or b"{}")
        except ValueError:
            raise Refusal("invalid_json") from None
        if not isinstance(body, dict):
            raise Refusal("json_not_object")
        return arguments | body
    return arguments | request.POST.dict()


def _arguments_quietly(request: HttpRequest) -> dict[str, Any]:
    """Return the arguments of a call that was not answered, for the log."""
    return request.GET.dict() | request.POST.dict()


def _authorize(request: HttpRequest, arguments: dict[str, Any], method: Method) -> None:
    token = request.headers.get("Authorization", "").removeprefix("Bearer").strip()
    if not token and request.content_type != "application/json" and not method.for_app:
        token = str(arguments.pop("token", ""))
    if not token:
        raise Refusal("not_authed")
    if method.for_configuration:
        if token in (setting("SLACK_TOKEN"), setting("SLACK_APP_TOKEN")):
            raise Refusal("not_allowed_token_type")
        if token != CONFIGURATION_TOKEN:
            raise Refusal("invalid_auth")
        return
    if token == setting("SLACK_APP_TOKEN" if not method.for_app else "SLACK_TOKEN"):
        raise Refusal("not_allowed_token_type")
    if token != setting("SLACK_APP_TOKEN" if method.for_app else "SLACK_TOKEN"):
        raise Refusal("invalid_auth")
    scopes.require(*method.scopes, granted_scopes=_granted(method))


def _shown(arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments for the log: JSON in strings is read."""
    shown = {}
    for key, value in arguments.items():
        if key in ("blocks", "view") and isinstance(value, str):
            with contextlib.suppress(ValueError):
                value = json.loads(value)
        shown[key] = value
    return shown
