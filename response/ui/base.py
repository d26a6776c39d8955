"""What every page has in common: who may see it and change what it shows, its frame, its errors."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import wraps
from types import SimpleNamespace
from typing import Any

from django.conf import settings as project
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render as django_render
from django.shortcuts import resolve_url
from django.urls import reverse
from django.views.decorators.cache import cache_control
from rest_framework.request import Request

from response.conf import settings
from response.core import permissions
from response.core.actors import acting_as
from response.core.models import Incident
from response.core.models.user_external import account_actor

#: The fields of the forms that people write text into; those of custom fields begin like this.
WRITTEN = ("report", "summary", "impact", "details", "text", "known", "doing", "needed")
CUSTOM = "field_"

View = Callable[..., HttpResponseBase]


class NoSuchIncident(Exception):
    """No incident has this number, or the reader may not see it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class LoginNeeded(Exception):
    """The reader is not logged in, and has to be for this."""


def shown(view: View) -> View:
    """Decorator for the view of a page: login, the actor of changes, and pages for refusals.

    A login is required if ``RESPONSE_LOGIN_REQUIRED`` is set at the time of the request. The
    actor of what the view changes is the reader. No shared cache may keep the page, since
    another reader may see less.
    """

    @cache_control(private=True, no_cache=True)
    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = user_of(request)
        try:
            if settings.RESPONSE_LOGIN_REQUIRED and not user.is_authenticated:
                raise LoginNeeded
            with acting_as(account_actor(user)):
                return view(request, *args, **kwargs)
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


def about_reader(request: HttpRequest) -> dict[str, Any]:
    """Return the template context that every page needs about its reader and the project."""
    own_base = settings.RESPONSE_BASE_TEMPLATE
    return {
        "reader": user_of(request),
        "login_url": resolve_url(project.LOGIN_URL),
        "login_required": settings.RESPONSE_LOGIN_REQUIRED,
        "base_template": own_base or "response/base.html",
        "own_base": bool(own_base),
        "may_declare": may(request, "POST", Incident),
        "may_change": may(request, "PATCH", Incident),
    }


def render(
    request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render a page, or a part of one, with the common context."""
    return django_render(request, template, about_reader(request) | context, status=status)


def is_part(request: HttpRequest) -> bool:
    """Return whether JavaScript asks for a part of the page."""
    return request.headers.get("HX-Request") == "true"


def posted(request: HttpRequest) -> QueryDict | None:
    """Return the data of a sent form; None for a GET request."""
    return request.POST if request.method == "POST" else None


# What the reader may do


def user_of(request: HttpRequest) -> AbstractBaseUser | AnonymousUser:
    """Return the request's user, an anonymous one without the authentication middleware."""
    return getattr(request, "user", None) or AnonymousUser()


def may(request: HttpRequest, method: str, model: type[models.Model]) -> bool:
    """Return whether the reader may do what the API would let them do with ``method``.

    The project's own permission classes decide, as they do in the API: what is forbidden
    there must not be possible here.
    """
    wanted = copy.copy(request)
    wanted.method = method
    api_request = Request(wanted)
    api_request.user = user_of(request)  # type: ignore[assignment]
    manager = model._default_manager
    view: Any = SimpleNamespace(
        queryset=manager.none(),
        get_queryset=manager.none,
        action=None,
        kwargs={},
        args=(),
        request=api_request,
    )
    return all(
        permission().has_permission(api_request, view)
        for permission in permissions.get_permission_classes()
    )


def require(request: HttpRequest, method: str, model: type[models.Model]) -> None:
    """Check that the reader may do this.

    Raises :class:`LoginNeeded` for a reader who is not logged in, else ``PermissionDenied``.
    """
    if may(request, method, model):
        return
    if not user_of(request).is_authenticated:
        raise LoginNeeded
    raise PermissionDenied


def of_incident(method: str, model: type[models.Model]) -> Callable[[View], View]:
    """Decorator for a view that changes something of an incident.

    The view takes the incident in place of ``incident_id``. It is called if the incident exists
    for the reader, who may do ``method`` with ``model``; see :func:`require`.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(
            request: HttpRequest, incident_id: int, *args: Any, **kw: Any
        ) -> HttpResponseBase:
            incident = incident_or_404(request, incident_id)
            require(request, method, model)
            return view(request, incident, *args, **kw)

        return checked

    return decorate


def incident_or_404(request: HttpRequest, number: int, **annotations: Any) -> Incident:
    """Return the incident, with ``annotations``. Raises :class:`NoSuchIncident`."""
    rows = Incident.objects.with_people().select_related("review").annotate(**annotations)
    incident: Incident | None = rows.filter(pk=number).first()
    if incident is None or not _may_see(request, incident):
        raise NoSuchIncident(number)
    return incident


def row_or_404(rows: Any, pk: int) -> Any:
    """Return the row of a queryset or a manager with this key. Raises ``Http404``."""
    row = rows.filter(pk=pk).first() if pk < 2**63 else None
    if row is None:
        raise Http404
    return row


def _may_see(request: HttpRequest, incident: Incident) -> bool:
    """Return whether the reader may see the incident; only a private one costs a query."""
    if not incident.private:
        return True
    visible = Incident.objects.visible_to(user_of(request))  # type: ignore[arg-type]
    return bool(visible.filter(pk=incident.pk).exists())
