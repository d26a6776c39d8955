"""How it goes, as an address: for load balancers, and in detail for staff."""

from __future__ import annotations

from django.conf import settings as django_settings
from django.db import DatabaseError, InterfaceError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from response.worker import status


@csrf_exempt
@never_cache
@transaction.non_atomic_requests
def health(request: HttpRequest) -> HttpResponse:
    """200 if requests can be stored, 503 if not.

    What is wrong elsewhere (Slack is down, the tick does not run) is for people and changes
    no status: a load balancer must not take all machines away for that.
    """
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    found = status.gather()
    code = 503 if found.verdict == status.DOWN else 200
    if code == 200 and _is_staff(request):
        return JsonResponse(found.as_dict(), json_dumps_params={"indent": 2, "ensure_ascii": False})
    # To others, what is degraded is nobody's business.
    return JsonResponse({"status": status.DOWN if code == 503 else status.OK}, status=code)


def _is_staff(request: HttpRequest) -> bool:
    if django_settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    try:
        user = getattr(request, "user", None)
        return bool(user and user.is_active and user.is_staff)
    except (DatabaseError, InterfaceError):
        return False
