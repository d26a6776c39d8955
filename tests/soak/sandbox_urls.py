"""The sandbox's addresses, and one at which the test hands it what Slack has to tell.

With Socket Mode it is Slack that holds the sockets: the test cannot post to the project itself.
"""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from demo.sandbox.sockets import envelope, sockets
from demo.sandbox_urls import urlpatterns as sandbox_urlpatterns


@csrf_exempt
def deliver(request: HttpRequest, kind: str) -> HttpResponse:
    """Send a payload through any one socket, and answer as the project did; 504 if it did not."""
    attempt = int(request.headers.get("X-Slack-Retry-Num") or 0)
    answer = sockets.deliver(envelope(kind, json.loads(request.body), attempt))
    return HttpResponse(answer.body, status=answer.status or 504)


def count(request: HttpRequest) -> HttpResponse:
    """Whether there are sockets: 503 while there are fewer than asked for."""
    wanted = int(request.GET["at-least"])
    return HttpResponse(status=200 if sockets.count() >= wanted else 503)


urlpatterns = [
    path("by-socket/slack/<kind>", deliver),
    path("by-socket/count", count),
    *sandbox_urlpatterns,
]
