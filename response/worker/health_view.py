"""The health check: a status for load balancers, and the details for staff."""

from __future__ import annotations

from django.conf import settings as django_settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from response.worker import status


@login_not_required
@csrf_exempt
@never_cache
@transaction.non_atomic_requests
def health(request: HttpRequest) -> HttpResponse:
    """Answer 200 if requests can be stored, 503 if not.

    Other problems (Slack is down, the tick does not run) do not change the status code, since
    a load balancer must not remove every machine because of them. Staff see them in the body.
    """
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    found = status.gather()
    code = 503 if found.verdict == status.DOWN else 200
    if code == 200 and _is_staff(request):
        return JsonResponse(found.as_dict(), json_dumps_params={"indent": 2, "ensure_ascii": False})
    # Only staff see what is degraded.
    return JsonResponse({"status": status.DOWN if code == 503 else status.OK}, status=code)


def _is_staff(request: HttpRequest) -> bool:
    if django_settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    try:
        user = getattr(request, "user", None)
        return bool(user and user.is_active and user.is_staff)
    except (DatabaseError, InterfaceError):
        return False
