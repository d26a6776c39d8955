"""What every page has in common: its frame, and its error pages."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.conf import settings as project
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render as django_render
from django.shortcuts import resolve_url
from django.urls import reverse
from django.views.decorators.cache import cache_control

from response.conf import settings
from response.core.models import Incident
from response.ui.access import LoginNeeded, NoSuchIncident, View, may, page, user_of

#: The fields of the forms that people write text into; those of custom fields begin like this.
WRITTEN = ("report", "summary", "impact", "details", "text", "known", "doing", "needed")
CUSTOM = "field_"


def about_reader(request: HttpRequest) -> dict[str, Any]:
    """Return the template context that every page needs about its reader and the project."""
    return {
        "reader": user_of(request),
        "login_url": resolve_url(project.LOGIN_URL),
        "login_required": settings.RESPONSE_LOGIN_REQUIRED,
        "base_template": settings.RESPONSE_BASE_TEMPLATE or "response/base.html",
        "own_base": bool(settings.RESPONSE_BASE_TEMPLATE),
        "may_declare": may(request, "POST", Incident),
        "may_change": may(request, "PATCH", Incident),
    }


def render(
    request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render a page, or a part of one, with the common context."""
    return django_render(request, template, about_reader(request) | context, status=status)


def shown(view: View) -> View:
    """Decorator for the view of a page: :func:`access.page`, with pages for what is refused.

    No shared cache may keep the page, since another reader may see less.
    """
    checked = page(view)

    @cache_control(private=True, no_cache=True)
    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return checked(request, *args, **kwargs)
        except LoginNeeded:
            return _log_in_first(request, kwargs.get("incident_id"))
        except NoSuchIncident as missing:
            about = {"incident_id": missing.number, "written": _written(request)}
            return render(request, "response/not_found.html", about, status=404)
        except PermissionDenied:
            about = {"written": _written(request)}
            return render(request, "response/forbidden.html", about, status=403)

    return answered


def _log_in_first(request: HttpRequest, incident_id: int | None) -> HttpResponse:
    """Redirect to the login, and from there back. What a form was sent with is not lost."""
    if is_part(request):
        # A script would take the login page for the piece that it asked for.
        return HttpResponse(status=401)
    if request.method != "POST":
        return redirect_to_login(request.get_full_path())
    written = _written(request)
    if written:
        return render(request, "response/logged_out.html", {"written": written}, status=403)
    # Addresses of buttons cannot be opened.
    there = reverse("incident_doc", args=[incident_id]) if incident_id else reverse("home")
    return redirect_to_login(there)


def _written(request: HttpRequest) -> list[str]:
    """Return the texts that a form was sent with."""
    sent = request.POST.items()
    texts = [str(text) for name, text in sent if name in WRITTEN or name.startswith(CUSTOM)]
    return [text for text in texts if text.strip()]


def is_part(request: HttpRequest) -> bool:
    """Return whether JavaScript asks for a part of the page."""
    return request.headers.get("HX-Request") == "true"


def posted(request: HttpRequest) -> QueryDict | None:
    """Return the data of a sent form; None for a GET request."""
    return request.POST if request.method == "POST" else None
