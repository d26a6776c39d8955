"""What every page has in common: its frame, and its error pages."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.conf import settings as project
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render as django_render
from django.shortcuts import resolve_url

from response.conf import settings
from response.core.models import Incident
from response.ui.access import NoSuchIncident, View, may, page, user_of


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
    """Decorator for the view of a page: :func:`access.page`, with pages for 403 and 404."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except NoSuchIncident as missing:
            about = {"incident_id": missing.number}
            return render(request, "response/not_found.html", about, status=404)
        except PermissionDenied:
            return render(request, "response/forbidden.html", {}, status=403)

    return page(answered)


def is_part(request: HttpRequest) -> bool:
    """Return whether JavaScript asks for a part of the page."""
    return request.headers.get("HX-Request") == "true"


def posted(request: HttpRequest) -> QueryDict | None:
    """Return the data of a sent form; None for a GET request."""
    return request.POST if request.method == "POST" else None
