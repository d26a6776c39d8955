"""Views that run the tick, for installations where cron calls a URL."""

from __future__ import annotations

import hmac

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt

from response.conf import settings
from response.worker import tick


def _allowed(request: HttpRequest) -> bool:
    """Return whether the request carries ``RESPONSE_CRON_TOKEN``; False while that is unset."""
    token = str(settings.RESPONSE_CRON_TOKEN or "")
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())


def _run(request: HttpRequest, work: object) -> HttpResponse:
    if request.method not in ("GET", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    if not _allowed(request):
        return HttpResponseForbidden("RESPONSE_CRON_TOKEN is missing or wrong.\n")
    work()  # type: ignore[operator]
    return HttpResponse(status=200)


@login_not_required
@transaction.non_atomic_requests
@csrf_exempt
def cron_minute(request: HttpRequest) -> HttpResponse:
    """Run the minute tick; needs ``Authorization: Bearer <RESPONSE_CRON_TOKEN>``."""
    return _run(request, tick.minute)


@login_not_required
@transaction.non_atomic_requests
@csrf_exempt
def cron_daily(request: HttpRequest) -> HttpResponse:
    """Run the daily work; needs the same token as :func:`cron_minute`."""
    return _run(request, tick.daily)
