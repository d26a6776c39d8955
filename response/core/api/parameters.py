"""Refuse unknown query parameters of lists.

A program that misspells ``severity`` must not get all incidents.
"""

from __future__ import annotations

import difflib
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.settings import api_settings

from response.conf import settings


def refuse_unknown(request: Request, view: Any) -> None:
    """Raise ``ValidationError`` if the request for a list has an unknown parameter.

    Known are the parameters of the view's filters and pagination, those of the framework, and
    those that the project lists in ``RESPONSE_API_PARAMETERS``.
    """
    known = _known(view)
    problems = {}
    for name in request.query_params:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            problems[name] = [
                _("There is no such parameter. Did you mean “%(near)s”?") % {"near": near[0]}
                if near
                else _("There is no such parameter. The parameters are: %(known)s.")
                % {"known": ", ".join(sorted(known))}
            ]
    if problems:
        raise ValidationError(problems)


def _known(view: Any) -> set[str]:
    parameters: list[dict[str, Any]] = []
    for backend in view.filter_backends:
        if hasattr(backend, "get_schema_operation_parameters"):
            parameters += backend().get_schema_operation_parameters(view)
    paginator = view.paginator
    if hasattr(paginator, "get_schema_operation_parameters"):
        parameters += paginator.get_schema_operation_parameters(view)
    known = {str(parameter["name"]) for parameter in parameters}
    filterset = getattr(view, "filterset_class", None)
    if filterset is not None:
        known |= set(filterset.base_filters)
    known |= {api_settings.URL_FORMAT_OVERRIDE or "format", api_settings.VERSION_PARAM or "version"}
    return known | set(settings.RESPONSE_API_PARAMETERS)
