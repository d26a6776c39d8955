"""What every page is put into."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.conf import settings as project
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render as django_render
from django.shortcuts import resolve_url

from response.conf import settings
from response.core.models import Incident
from response.ui.access import NoSuchIncident, View, may, page, user_of


def about_reader(request: HttpRequest) -> dict[str, Any]:
    """What every page needs to know of the one who reads it, and of the project."""
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
    """Render a page, or a part of one, with what each needs."""
    return django_render(request, template, about_reader(request) | context, status=status)


def shown(view: View) -> View:
    """A page as :func:`access.page` has it, with pages for what is not there or not allowed."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NoSuchIncident as missing:
            about = {"incident_id": missing.number}
            return render(request, "response/not_found.html", about, status=404)
        except PermissionDenied:
            return render(request, "response/forbidden.html", {}, status=403)

    return page(answered)


def is_part(request: HttpRequest) -> bool:
    """Whether a script asks for a part of a page rather than all of it."""
    return request.headers.get("HX-Request") == "true"
