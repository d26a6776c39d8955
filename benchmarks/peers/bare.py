"""The limit: a Django view that checks the signature and inserts one row. Also its URLs."""

from __future__ import annotations

import hashlib
import hmac
import time

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from benchmarks.load import SECRET
from benchmarks.peers.models import Stored


@csrf_exempt
@require_POST
def store(request: HttpRequest) -> HttpResponse:
    """Store a request whose signature is right."""
    timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > 300:
        return HttpResponse(status=403)
    base = b"v0:%s:%s" % (timestamp.encode(), request.body)
    expected = f"v0={hmac.new(SECRET.encode(), base, hashlib.sha256).hexdigest()}"
    if not hmac.compare_digest(expected, request.headers.get("X-Slack-Signature", "")):
        return HttpResponse(status=403)
    Stored.objects.create(body=request.body.decode())
    return HttpResponse()


urlpatterns = [path(f"slack/{name}", store) for name in ("event", "slash_command", "action")]
