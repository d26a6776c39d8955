"""Refusing query parameters that no list understands.

A program that misspells ``severity`` must not be given all incidents.
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
    """Raise ``ValidationError`` if a list was asked for with a parameter that it does not know.

    Known are those of the view's filters and of its pages, what the framework itself reads,
    and what the project names in ``RESPONSE_API_PARAMETERS``.
    """
    known = _known(view)
    problems = {}
    for name in request.query_params:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            problems[name] = [
                _("There is no such parameter. Did you mean “%(near)s”?") % {"near": near[0]}
                if near
                else _("There is no such parameter. Known are: %(known)s.")
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
