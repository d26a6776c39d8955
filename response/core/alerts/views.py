"""The views that receive alerts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import status
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSetMixin

from response.conf import settings
from response.core.actors import Actor, acting_as
from response.core.alerts import alertmanager, intake
from response.core.alerts.payload import AlertmanagerSerializer, OutcomeSerializer
from response.core.api import examples, tokens
from response.core.api.base import ResponseAPIView, StrictJSONParser, StrictJSONRenderer
from response.core.api.openapi import Doc, ResponseAutoSchema

ALERTMANAGER = intake.Source("alertmanager", "Alertmanager")


class TryAgain(APIException):
    """Nothing was stored; the same request will succeed in a moment."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = _("Another request came first. Nothing was stored. Please send it again.")
    default_code = "try_again"


class AlertmanagerToken(BaseAuthentication):
    """``Authorization: Bearer …`` with a token of ``RESPONSE_ALERTMANAGER_TOKEN``.

    Without that setting every request is refused. Sessions and other logins do not count.
    """

    def authenticate(self, request: Request) -> tuple[AnonymousUser, str]:
        """Return an anonymous user and the source. Raises ``AuthenticationFailed``."""
        if not tokens.is_sent(request, settings.alertmanager_tokens):
            raise AuthenticationFailed(_("The token is missing or wrong."))
        return AnonymousUser(), ALERTMANAGER.app_id

    def authenticate_header(self, request: Request) -> str:
        """Return the value of the ``WWW-Authenticate`` header."""
        return "Bearer"


class AlertmanagerTokenSchema(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the token in the OpenAPI schema."""

    target_class = AlertmanagerToken
    name = "alertmanagerToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "The token of the setting `RESPONSE_ALERTMANAGER_TOKEN`.",
        }


class _HasToken(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return request.auth == ALERTMANAGER.app_id


class _Schema(ResponseAutoSchema):
    def get_response_serializers(self) -> Any:
        return {200: OutcomeSerializer}


class AlertmanagerView(ViewSetMixin, ResponseAPIView):
    """Receives the alerts of Alertmanager's webhook."""

    schema = _Schema()
    serializer_class = AlertmanagerSerializer
    docs = {
        "create": Doc(
            "Take a group of alerts from Alertmanager",
            (examples.ALERTS, examples.ALERTS_TAKEN),
            "Alerts that fire declare an incident, or join the open one of their group; once "
            "all are resolved it is closed, or that is noted. A repetition changes nothing.",
        )
    }

    # The project's authentication, throttles and formats are for other clients; they must not
    # cause an alert to be lost.

    def get_authenticators(self) -> list[Any]:
        return [AlertmanagerToken()]

    def get_permissions(self) -> list[Any]:
        return [_HasToken()]

    def get_throttles(self) -> list[Any]:
        return []

    def get_parsers(self) -> list[Any]:
        return [StrictJSONParser()]

    def get_renderers(self) -> list[Any]:
        return [StrictJSONRenderer()]

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Process the payload and answer with what was done."""
        payload = AlertmanagerSerializer(data=request.data)
        payload.is_valid(raise_exception=True)
        group = alertmanager.group(payload.validated_data, intake.severity_of)
        try:
            with acting_as(Actor(ALERTMANAGER.name, person=ALERTMANAGER.reporter)):
                outcome = intake.take(group, ALERTMANAGER, when_over=intake.policy())
        except intake.Contended as error:
            raise TryAgain from error
        return Response(asdict(outcome))
