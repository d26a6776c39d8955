"""Keeps the sandbox on this machine."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

SENTENCE = (
    "The sandbox answers on this machine only. It has no login and its password is known. "
    "To deploy Response, set SLACK_TOKEN and SLACK_SIGNING_SECRET instead of SANDBOX.\n"
)
#: Headers that say that a request was passed on for another machine.
PASSED_ON = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")

GetResponse = Callable[[HttpRequest], HttpResponse]


def loopback_only(get_response: GetResponse) -> GetResponse:
    """Middleware that refuses, with 403, whatever does not come from this machine directly."""

    def answer(request: HttpRequest) -> HttpResponse:
        if is_local(request):
            return get_response(request)
        return HttpResponse(SENTENCE, status=403, content_type="text/plain; charset=utf-8")

    return answer


def is_local(request: HttpRequest) -> bool:
    """Return whether the request comes from a loopback address, and from no proxy there."""
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return address.is_loopback and not any(name in request.headers for name in PASSED_ON)
