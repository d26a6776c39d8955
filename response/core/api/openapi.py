"""How the OpenAPI schema describes our views."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework import serializers


class ErrorSerializer(serializers.Serializer[Any]):
    """The shape of every error."""

    detail = serializers.CharField(help_text="What went wrong, in a sentence.")
    code = serializers.CharField(help_text="The same as a code for programs.")
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Sentences by field; empty unless the values that were sent are wrong.",
    )


ID = OpenApiParameter("id", OpenApiTypes.INT, OpenApiParameter.PATH, description="The row's id.")
INCIDENT_PK = OpenApiParameter(
    "incident_pk", OpenApiTypes.INT, OpenApiParameter.PATH, description="The incident's id."
)

_IF_MATCH = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The `ETag` of what was read: the write is done only if it is still the same.",
)


def _first_of_each(parameters: Iterable[OpenApiParameter]) -> Iterable[OpenApiParameter]:
    return {p.name: p for p in reversed(list(parameters))}.values()


@dataclass(frozen=True)
class Doc:
    """What the schema says of one operation, besides its shapes."""

    summary: str
    examples: tuple[OpenApiExample, ...] = ()
    description: str = ""
    parameters: tuple[OpenApiParameter, ...] = ()
    #: Further answers of the shape of the first one: code and description.
    also: tuple[tuple[str, str], ...] = ()


class ResponseAutoSchema(AutoSchema):
    """Describes a view by its ``docs`` and ``path_parameters``, and adds the errors.

    ``docs`` is a dict of the view's action (``list``, ``create``, …) to a :class:`Doc`. The
    errors are the same everywhere.
    """

    def _doc(self) -> Doc:
        docs: dict[str, Doc] = getattr(self.view, "docs", {})
        return docs.get(getattr(self.view, "action", ""), Doc(""))

    def get_summary(self) -> str | None:
        return self._doc().summary or super().get_summary()

    def get_description(self) -> str:  # type: ignore[override]
        return self._doc().description or super().get_description()

    def get_examples(self) -> list[OpenApiExample]:
        return list(self._doc().examples)

    def map_parsers(self) -> list[str]:
        # Forms are understood as well, for the browsable API, but cannot say null.
        return ["application/json"]

    def get_override_parameters(self) -> list[Any]:
        declared = (*getattr(self.view, "path_parameters", ()), ID)
        in_path = [p for p in _first_of_each(declared) if f"{{{p.name}}}" in self.path]
        tag = [_IF_MATCH] if self._takes_a_tag() else []
        return [*in_path, *self._doc().parameters, *tag]

    def _get_parameters(self) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super()._get_parameters()  # type: ignore[no-untyped-call]
        for parameter in parameters:
            if parameter["in"] == "query":
                # An empty text, as a form sends it for an empty field, is the same as nothing.
                parameter["allowEmptyValue"] = True
        return parameters

    def _takes_a_tag(self) -> bool:
        return getattr(self.view, "etags", False) and self.method in ("PUT", "PATCH", "DELETE")

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        for code, description in self._doc().also:
            bodies[code] = {**next(iter(bodies.values())), "description": description}
        errors = {
            "401": "Not logged in, or the token is wrong.",
            "403": "This account may not do this.",
            "default": "Any other error.",
        }
        if self.method != "GET" or self._is_list_view():
            errors["400"] = "A value is wrong; `errors` says which."
        if "{" in self.path:
            errors["404"] = "Not found, or this account may not see it."
        if self._takes_a_tag():
            errors["412"] = "It was changed since it was read, and `If-Match` was sent."
        if self.method in ("POST", "PUT", "PATCH"):
            errors["409"] = "Another write was faster."
            errors["413"] = "The body is too large."
            errors["415"] = "The body's content type is not supported."
        for code, description in errors.items():
            body = self._get_response_for_code(  # type: ignore[no-untyped-call]
                ErrorSerializer, code, ["application/json"]
            )
            bodies[code] = {**body, "description": description}
        return dict(sorted(bodies.items()))
