"""The base classes of all views of the API."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import get_language
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.generics import GenericAPIView
from rest_framework.metadata import SimpleMetadata
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.pagination import BasePagination
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import BrowsableAPIRenderer, HTMLFormRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from response.core import permissions
from response.core.actors import LONGEST_NAME, Actor, acting_as
from response.core.api import errors, pagination, parameters
from response.core.api.openapi import INCIDENT_PK, ResponseAutoSchema
from response.core.models import ExternalUser, Incident
from response.db import atomic

_NUMBER = re.compile(r"[0-9]{1,18}")


def number_or_404(value: Any) -> int:
    """Return ``value``, a part of a URL, as an id. Raises ``Http404`` if it cannot be one."""
    if not _NUMBER.fullmatch(str(value)):
        raise Http404
    return int(value)


def _classes(what: str) -> list[type]:
    """Return the classes that ``DEFAULT_…_CLASSES`` of the framework's settings names now."""
    return list(getattr(api_settings, f"DEFAULT_{what}_CLASSES"))


def _configured(what: str) -> list[Any]:
    return [cls() for cls in _classes(what)]


class FormRenderer(HTMLFormRenderer):
    """Renders the forms of the browsable API, also with a time that cannot be parsed."""

    def render_field(self, field: Any, parent_style: Any) -> str:
        """Render a field; a time field is empty if its value is not a time."""
        if isinstance(field._field, serializers.DateTimeField) and not _is_time(field.value):
            field.value = None
        return super().render_field(field, parent_style)


def _is_time(value: Any) -> bool:
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return True


class StrictJSONRenderer(JSONRenderer):
    """JSON as the framework writes it by default, whatever ``…_JSON`` in its settings say."""

    compact = True
    ensure_ascii = False
    strict = True


class StrictJSONParser(JSONParser):
    """JSON without NaN and infinities, which no database and no other client can read."""

    strict = True
    renderer_class = StrictJSONRenderer


class PagesRenderer(BrowsableAPIRenderer):
    """The browsable pages, those of errors included: with a language, and our name in the title."""

    form_renderer_class = FormRenderer
    template = "response/api.html"

    def render(self, *args: Any, **kwargs: Any) -> Any:
        """Return the page. The framework's template has no block for the language."""
        page = super().render(*args, **kwargs)
        return page.replace("<html>", f'<html lang="{get_language() or "en"}">', 1)


class _Client(Actor):
    """The actor of a request, known once the view has authenticated it."""

    def __init__(self, view: APIView) -> None:
        super().__init__(person=lambda: ExternalUser.objects.of_account(self._account()))
        self._view = view

    def _account(self) -> Any:
        return getattr(getattr(self._view, "request", None), "user", None)

    @property
    def name(self) -> str:
        account = self._account()
        if self.person is None and account is not None and account.is_authenticated:
            return f"API: {account.get_username()}"[:LONGEST_NAME]
        return super().name or "API"


class ResponseAPIView(APIView):
    """Reads the framework's settings at each request, and answers errors in one shape.

    The framework reads most of them when a view's class is made, too early for a project
    (or a test) that changes them later.
    """

    schema = ResponseAutoSchema()
    # The API's formats are a contract, whatever a project configures for an API of its own:
    # versions in headers or addresses, other keys in JSON, other formats of time.
    versioning_class = None
    metadata_class = SimpleMetadata
    content_negotiation_class = DefaultContentNegotiation
    renderer_classes = (StrictJSONRenderer, PagesRenderer)
    parser_classes = (StrictJSONParser, FormParser, MultiPartParser)

    def get_authenticators(self) -> list[Any]:
        return _configured("AUTHENTICATION")

    def get_permissions(self) -> list[Any]:
        return [permission() for permission in permissions.get_permission_classes()]

    def get_throttles(self) -> list[Any]:
        return _configured("THROTTLE")

    def get_parsers(self) -> list[Any]:
        return [cls() for cls in self.parser_classes]

    def get_renderers(self) -> list[Any]:
        """JSON, and the page for people where the project has it among its renderers."""
        browsable = any(issubclass(r, BrowsableAPIRenderer) for r in _classes("RENDERER"))
        return [cls() for cls in self.renderer_classes[: 1 + browsable]]

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return errors.answer

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Answer a request, with its sender as the actor of all changes."""
        with acting_as(_Client(self)):
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check permissions, then parse the body, so that an invalid one is reported first."""
        super().initial(request, *args, **kwargs)
        if request.method in SAFE_METHODS:
            return
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        length = request.META.get("CONTENT_LENGTH") or "0"
        if limit is not None and length.isdigit() and int(length) > limit:
            raise errors.TooLarge
        try:
            request.data  # noqa: B018 - parsed when it is first asked for
        except RecursionError as error:
            raise ParseError from error


class ResourceView(ResponseAPIView, GenericAPIView):  # type: ignore[type-arg]
    """A view of model instances."""

    # The view itself handles every value in place of the id, including ones with dots.
    lookup_value_regex = "[^/]+"

    @property
    def pagination_class(self) -> type[BasePagination]:  # type: ignore[override]
        """The pagination class that the project has chosen."""
        return pagination.get_pagination_class()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if getattr(self, "action", None) == "list":
            parameters.refuse_unknown(request, self)

    def visible_incidents(self) -> QuerySet[Incident]:
        """Return the incidents that the request's user may see."""
        incidents: QuerySet[Incident] = Incident.objects.visible_to(self.request.user)
        return incidents

    def get_object(self) -> Any:
        """Return the object that the URL names. Filters are for lists and do not apply.

        Raises ``Http404`` if there is none, or the request's user may not see it.
        """
        pk = number_or_404(self.kwargs[self.lookup_url_kwarg or self.lookup_field])
        row = self.get_queryset().filter(pk=pk).first()
        if row is None:
            raise Http404
        self.check_object_permissions(self.request, row)
        return row

    def key_of(self, data: dict[str, Any]) -> str:
        """Return the part of the URL that identifies the object shown as ``data``."""
        return str(data["id"])

    def get_success_headers(self, data: dict[str, Any]) -> dict[str, str]:
        """Return the ``Location`` of the new object."""
        here = self.request.path
        # With a format at its end the list's own URL is not the beginning of the row's.
        if not here.endswith("/"):
            return {}
        return {"Location": self.request.build_absolute_uri(f"{here}{self.key_of(data)}/")}

    # A write and everything that follows from it are one transaction.

    def perform_create(self, serializer: Any) -> None:
        with atomic():
            serializer.save()

    def perform_update(self, serializer: Any) -> None:
        with atomic():
            serializer.save()

    def perform_destroy(self, instance: Any) -> None:
        with atomic():
            instance.delete()


class OfIncident(ResourceView):
    """A view of something that belongs to the incident in the URL."""

    path_parameters = (INCIDENT_PK,)

    def incident(self) -> Incident:
        """Return that incident. Raises ``Http404`` if the request's user may not see it."""
        pk = number_or_404(self.kwargs["incident_pk"])
        incident = self.visible_incidents().filter(pk=pk).first()
        if incident is None:
            raise Http404
        return incident


class RowsOfIncident(OfIncident):
    """A view of rows that belong to the incident in the URL."""

    def rows_of(self, incident: Incident) -> QuerySet[Any]:
        """Return the rows of that incident."""
        raise NotImplementedError

    def get_queryset(self) -> QuerySet[Any]:
        if "incident_pk" not in self.kwargs:  # only while the schema is being made
            return super().get_queryset().none()
        return self.rows_of(self.incident())

    def perform_create(self, serializer: Any) -> None:
        with atomic():
            serializer.save(incident=self.incident())
