"""Who may look at the pages, and who may change what they show."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import wraps
from types import SimpleNamespace
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from response.conf import settings
from response.core import permissions
from response.core.actors import acting_as
from response.core.models import Incident
from response.core.models.user_external import account_actor

View = Callable[..., HttpResponseBase]


class NoSuchIncident(Exception):
    """No incident has this number, or the reader may not see it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class LoginNeeded(Exception):
    """The reader is not logged in, and has to be for this."""


def user_of(request: HttpRequest) -> AbstractBaseUser | AnonymousUser:
    """Return the request's user, an anonymous one without the authentication middleware."""
    return getattr(request, "user", None) or AnonymousUser()


def page(view: View) -> View:
    """Decorator for the view of a page: login, and the actor of changes.

    A login is required if ``RESPONSE_LOGIN_REQUIRED`` is set at the time of the request; without
    one :class:`LoginNeeded` is raised. The actor of what the view changes is the reader.
    """

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = user_of(request)
        if settings.RESPONSE_LOGIN_REQUIRED and not user.is_authenticated:
            raise LoginNeeded
        with acting_as(account_actor(user)):
            return view(request, *args, **kwargs)

    return checked


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
