"""Errors of the API, all in the same shape.

``{"detail": "a sentence", "code": "a_word", "errors": {"field": ["a sentence", …]}}``.
``errors`` is empty unless the request's own values were wrong; a field inside another is
written with a dot (``lead.email``), and what concerns no single field is under
``non_field_errors``.
"""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.utils.serializer_helpers import ReturnDict
from rest_framework.views import exception_handler

from response.db import lost_a_race, storable

logger = logging.getLogger(__name__)

#: Where errors are that concern no single field, whatever the project calls it elsewhere.
EVERYTHING = "non_field_errors"


class TooLarge(exceptions.APIException):
    """The body is larger than the project accepts."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = _("The request's body is too large.")
    default_code = "too_large"


class Conflict(exceptions.APIException):
    """Another write was faster."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = _(
        "This conflicts with another change. Nothing was stored. Read it again and retry."
    )
    default_code = "conflict"


class Unavailable(exceptions.APIException):
    """The database cannot be reached, or has no room."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = _("The database is not available. Nothing was stored. Please send this again.")
    default_code = "unavailable"


class NotOver(Conflict):
    """A review cannot be started while its incident is still live."""

    default_detail = _("This incident is still going on. Close it first, then start its review.")
    default_code = "incident_open"


class ReviewExists(Conflict):
    """An incident has one review at most."""

    default_detail = _("This incident already has a review. Nothing was stored.")
    default_code = "review_exists"


class KeyTaken(Conflict):
    """The key belongs to an incident that the account declared and may not see any more."""

    default_detail = _("This key cannot be used right now. Nothing was stored. Use another key.")
    default_code = "key_taken"


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the response for ``error``, None if it is not one that a client could fix."""
    known = _translate(error)
    response = exception_handler(known, context)
    if response is not None:
        body = _body(known, response)
        serializer = getattr(response.data, "serializer", None)
        # The browsable API shows the errors in the form of the serializer that found them.
        response.data = body if serializer is None else ReturnDict(body, serializer=serializer)
    return response


def _translate(error: Exception) -> Exception:
    if isinstance(error, ModelValidationError):
        return exceptions.ValidationError(serializers.as_serializer_error(error))
    if isinstance(error, RequestDataTooBig):
        return TooLarge()
    if isinstance(error, SuspiciousOperation):
        return exceptions.ParseError()
    if isinstance(error, IntegrityError) or lost_a_race(error):
        logger.warning("A write through the API conflicted with another one", exc_info=error)
        return Conflict()
    if isinstance(error, DataError):
        logger.warning("The database refused a value sent to the API", exc_info=error)
        return exceptions.ValidationError(
            {EVERYTHING: [_("A value does not fit: it is too long or out of range.")]}
        )
    if isinstance(error, OperationalError | InterfaceError):
        logger.error("The database could not take a request to the API", exc_info=error)
        return Unavailable()
    return error


def _body(error: Exception, response: Response) -> dict[str, Any]:
    errors: dict[str, list[str]] = {}
    if isinstance(error, exceptions.ValidationError):
        detail = str(_("Some values are invalid."))
        code = "invalid"
        _flatten("", response.data, errors)
    else:
        data = response.data if isinstance(response.data, dict) else {}
        detail = str(data.get("detail", ""))
        code = str(getattr(getattr(error, "detail", None), "code", "")) or _code(response)
    # Values that a client sent may be quoted here and may contain text that cannot be encoded.
    return {"detail": storable(detail), "code": code, "errors": storable(errors)}


def _code(response: Response) -> str:
    return {403: "permission_denied", 404: "not_found"}.get(response.status_code, "error")


def _flatten(path: str, data: Any, into: dict[str, list[str]]) -> None:
    if isinstance(data, dict):
        for name, inner in data.items():
            if name in (str(api_settings.NON_FIELD_ERRORS_KEY), EVERYTHING):
                _flatten(path, inner, into)
            else:
                _flatten(f"{path}.{name}" if path else str(name), inner, into)
    elif isinstance(data, list | tuple):
        for number, inner in enumerate(data):
            nested = isinstance(inner, dict | list | tuple)
            _flatten(f"{path}.{number}" if path and nested else path, inner, into)
    else:
        into.setdefault(path or EVERYTHING, []).append(str(data))
