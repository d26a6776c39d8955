"""The OpenAPI schema, and a page to read it on."""

from __future__ import annotations

import json
import threading
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import include, path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.settings import patched_settings
from rest_framework.renderers import JSONRenderer, StaticHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from response.core.api import configured_fields
from response.core.api.base import ResponseAPIView
from response.core.text import to_html

#: The version of the API, increased with every change that a client could notice.
VERSION = "1.0.0"
_DESCRIPTION = """\
The record of the incidents: declare, follow and finish them from other programs.

Errors have one shape everywhere: `detail` is a sentence, `code` the same as a word for
programs, `errors` the sentences by field if values of the request are wrong. Private
incidents, with all that belongs to them, are there only for those who may see them.
"""
# drf-spectacular keeps global state that all threads share.
_one_at_a_time = threading.Lock()


def build(prefix: str) -> dict[str, Any]:
    """Return the schema of the API mounted under ``prefix``, for instance ``core/``.

    Covers only Response's views, and does not depend on the project's ``SPECTACULAR_SETTINGS``.
    drf-spectacular need not be in ``INSTALLED_APPS``.
    """
    ours: dict[str, Any] = {
        "TITLE": "Response",
        "DESCRIPTION": _DESCRIPTION,
        "VERSION": VERSION,
        "OAS_VERSION": "3.0.3",
        "SCHEMA_PATH_PREFIX": f"^/{prefix}",
        "COMPONENT_SPLIT_REQUEST": True,
        "PREPROCESSING_HOOKS": [],
        "POSTPROCESSING_HOOKS": [],
        "APPEND_COMPONENTS": {},
        "SECURITY": [],
        "SERVERS": [],
        "TAGS": [],
    }
    with _one_at_a_time, patched_settings(ours):
        patterns = [path(prefix, include("response.core.urls"))]
        generator = SchemaGenerator(patterns=patterns)  # type: ignore[no-untyped-call]
        document: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    for name, component in document["components"]["schemas"].items():
        # Fields may be left out of requests, but answers always have all of them, apart from
        # roles and fields of an incident where none are configured.
        if not name.endswith("Request"):
            optional = configured_fields.is_configured() if name == "Incident" else {}
            component["required"] = sorted(component["properties"].keys() - optional.keys())
    return document


class SchemaView(ResponseAPIView):
    """The API as an OpenAPI 3 document: YAML, or JSON if the request accepts that."""

    schema = None  # type: ignore[assignment]
    _ignore_model_permissions = True

    def get_renderers(self) -> list[Any]:
        return [OpenApiYamlRenderer(), OpenApiJsonRenderer(), JSONRenderer()]

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        prefix = request.path_info.lstrip("/").removesuffix("schema/")
        return Response(build(prefix), headers={"Content-Disposition": "inline"})


class _PageRenderer(StaticHTMLRenderer):
    """Renders the page that a view returned, and an error as a page with a title and a sentence."""

    exception_template_names = ["response/core/api_error.html"]


class DocsView(ResponseAPIView):
    """The schema as a page, without scripts and without anything from another host."""

    schema = None  # type: ignore[assignment]
    _ignore_model_permissions = True

    def get_renderers(self) -> list[Any]:
        return [_PageRenderer()]

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        prefix = request.path_info.lstrip("/").removesuffix("schema/docs/")
        document = build(prefix)
        groups: dict[str, list[dict[str, Any]]] = {}
        for address, operations in document["paths"].items():
            for method, operation in operations.items():
                groups.setdefault(operation["tags"][0], []).append(
                    _described(document, address, method, operation)
                )
        return render(
            request._request,
            "response/core/api_docs.html",
            {
                "info": document["info"],
                "description": to_html(document["info"]["description"]),
                # The most important resources go first.
                "groups": sorted(groups.items(), key=lambda group: group[0] != "incidents"),
            },
        )


def _described(
    document: dict[str, Any], address: str, method: str, operation: dict[str, Any]
) -> dict[str, Any]:
    """Return the description of an operation for the page."""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    answers = []
    for code, answer in operation["responses"].items():
        content: dict[str, Any] = next(iter(answer.get("content", {}).values()), {})
        fields = _fields(document, content.get("schema", {})) if code[0] == "2" else []
        text = to_html(answer.get("description"))
        answers.append({"code": code, "text": text, "fields": fields})
    return {
        "method": method.upper(),
        "address": address,
        "summary": operation.get("summary", ""),
        "description": to_html(operation.get("description")),
        "parameters": [
            {
                **p,
                "description": to_html(p.get("description")),
                "type": _type(document, p.get("schema", {})),
            }
            for p in operation.get("parameters", [])
        ],
        "body": _fields(document, body.get("schema", {})),
        "examples": [
            {
                "summary": example.get("summary", ""),
                "json": json.dumps(example["value"], indent=2, ensure_ascii=False),
            }
            for example in body.get("examples", {}).values()
        ],
        "answers": answers,
    }


def _fields(document: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    schema = _resolved(document, schema)
    results = schema.get("properties", {}).get("results")
    if results:
        schema = _resolved(document, results.get("items", {}))
    needed = schema.get("required", [])
    fields = []
    for name, inner in schema.get("properties", {}).items():
        fields.append(
            {
                "name": name,
                "type": _type(document, inner),
                "needed": name in needed,
                "text": to_html(inner.get("description")),
            }
        )
    return fields


def _type(document: dict[str, Any], schema: dict[str, Any]) -> str:
    inner = _resolved(document, schema)
    nullable = schema.get("nullable") or inner.get("nullable")
    name = inner.get("format") or inner.get("type") or "anything"
    if name == "array":
        name = f"list of {_type(document, inner.get('items', {}))}"
    elif name == "object":
        name = _referred(schema) or name
    return f"{name} or null" if nullable else str(name)


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = _referred(schema)
    if not name:
        return schema
    found: dict[str, Any] = document["components"]["schemas"][name]
    return found


def _referred(schema: dict[str, Any]) -> str:
    combined = schema.get("allOf") or [schema]
    return str(combined[0].get("$ref", "")).rpartition("/")[2]
