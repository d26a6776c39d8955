"""Pagination that stays stable while rows are added.

Both styles of the framework, as the project chooses with ``DEFAULT_PAGINATION_CLASS``:
``limit`` and ``offset`` (the default), or ``page``. The links to the next and previous page
contain ``max_id``, the newest row at the time of the first page, so that rows added while a
client goes through the pages do not shift them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Max, QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import (
    BasePagination,
    CursorPagination,
    LimitOffsetPagination,
    PageNumberPagination,
)
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.utils.urls import replace_query_param

MAX_ID = "max_id"
#: Rows in a page, unless the project's ``PAGE_SIZE`` says otherwise.
PAGE_SIZE = 100
#: The most rows that a client may ask for at once.
MAX_PAGE_SIZE = 1000
# Eighteen digits fit the integers of every supported database.
_LARGEST = 10**18 - 1
_NUMBER = re.compile(r"[0-9]{1,18}")


def whole_number(request: Request, name: str, least: int = 0) -> int | None:
    """Return the query parameter ``name`` as a number, or None if it is missing.

    Raises ``ValidationError`` unless it is a whole number from ``least`` up, of at most 18
    digits.
    """
    value = request.query_params.get(name, "")
    if value == "":
        return None
    if not _NUMBER.fullmatch(value) or int(value) < least:
        message = _("Enter a whole number, %(least)s or more.") % {"least": least}
        raise ValidationError({name: [message]})
    return int(value)


def _page_size() -> int:
    return int(api_settings.PAGE_SIZE or PAGE_SIZE)


def _parameters(parameters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    parameters.append(
        {
            "name": MAX_ID,
            "required": False,
            "in": "query",
            "description": "Leave out what has a higher id. The links to other pages set it.",
            "schema": {"type": "integer"},
        }
    )
    for parameter in parameters:
        counted_from_one = parameter["name"] in ("limit", "page", "page_size")
        parameter["schema"]["minimum"] = 1 if counted_from_one else 0
        parameter["schema"]["maximum"] = MAX_PAGE_SIZE if parameter["name"] == "limit" else _LARGEST
    return parameters


def _page_schema(schema: dict[str, Any], query: str) -> dict[str, Any]:
    link = {"type": "string", "format": "uri", "nullable": True}
    address = "https://response.example.com/core/incidents/?"
    return {
        "type": "object",
        "required": ["count", "next", "previous", "results"],
        "properties": {
            "count": {"type": "integer", "example": 123, "description": "Rows in all pages."},
            "next": {**link, "example": f"{address}{query}&max_id=123"},
            "previous": {**link, "example": None},
            "results": schema,
        },
    }


class _StablePages(BasePagination):
    """What both styles share: ``max_id`` in the links and in the schema."""

    max_id: int | None
    #: The query of a link to another page, for the schema.
    example_query: str

    def get_next_link(self) -> str | None:
        return _held(super().get_next_link(), self.max_id)  # type: ignore[misc]

    def get_previous_link(self) -> str | None:
        return _held(super().get_previous_link(), self.max_id)  # type: ignore[misc]

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return _parameters(super().get_schema_operation_parameters(view))

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return _page_schema(schema, self.example_query)


class StableLimitOffsetPagination(_StablePages, LimitOffsetPagination):
    """Pages by ``?limit=&offset=``."""

    example_query = "limit=100&offset=100"

    limit_query_description = "Rows in a page, 1 to 1000."
    offset_query_description = "Rows to skip."

    def paginate_queryset(  # type: ignore[override]
        self, queryset: QuerySet[Any], request: Request, view: Any = None
    ) -> list[Any]:
        """Return the page's rows, in two queries. Raises ``ValidationError`` for bad numbers."""
        self.request = request
        limit = whole_number(request, self.limit_query_param, least=1)
        if limit is not None and limit > MAX_PAGE_SIZE:
            message = _("At most %(most)s at a time; follow “next” for more.")
            raise ValidationError({self.limit_query_param: [message % {"most": MAX_PAGE_SIZE}]})
        self.limit = limit or _page_size()
        self.offset = whole_number(request, self.offset_query_param) or 0
        self.max_id = whole_number(request, MAX_ID)
        if self.max_id is not None:
            queryset = queryset.filter(pk__lte=self.max_id)
        totals = queryset.order_by().aggregate(rows=Count("pk"), newest=Max("pk"))
        self.count = totals["rows"]
        if self.max_id is None:
            self.max_id = totals["newest"]
        if self.count > self.limit and self.template is not None:
            self.display_page_controls = True
        if self.offset >= self.count:
            return []
        return list(queryset.filter(pk__lte=self.max_id)[self.offset : self.offset + self.limit])


class StablePageNumberPagination(_StablePages, PageNumberPagination):
    """Pages by ``?page=``."""

    example_query = "page=2"
    page_query_description = "The number of the page, from 1."

    def get_page_size(self, request: Request) -> int:
        return _page_size()

    def paginate_queryset(  # type: ignore[override]
        self, queryset: QuerySet[Any], request: Request, view: Any = None
    ) -> list[Any] | None:
        """Return the page's rows, in three queries.

        Raises ``ValidationError`` for a bad ``max_id``, ``NotFound`` for a page that is
        not there.
        """
        self.max_id = whole_number(request, MAX_ID)
        if self.max_id is None:
            self.max_id = queryset.order_by().aggregate(newest=Max("pk"))["newest"]
        if self.max_id is not None:
            queryset = queryset.filter(pk__lte=self.max_id)
        return super().paginate_queryset(queryset, request, view)


class LargeResultsSetPagination(StablePageNumberPagination):
    """``?page=`` with 500 rows in a page, or ``?page_size=`` up to 1000."""

    page_size = 500
    max_page_size = MAX_PAGE_SIZE
    page_size_query_param = "page_size"
    page_size_query_description = "Rows in a page, 1 to 1000."

    def get_page_size(self, request: Request) -> int:
        size = whole_number(request, self.page_size_query_param, least=1)
        return min(size or self.page_size, self.max_page_size)


def _held(link: str | None, max_id: int | None) -> str | None:
    return replace_query_param(link, MAX_ID, max_id) if link and max_id is not None else link


_STYLES: dict[Any, type[BasePagination]] = {
    None: StableLimitOffsetPagination,
    LimitOffsetPagination: StableLimitOffsetPagination,
    PageNumberPagination: StablePageNumberPagination,
}


def get_pagination_class() -> type[BasePagination]:
    """Return the stable version of the pagination class in the settings, or a project's own.

    The framework's cursors order by a column ``created``, which our rows do not have: a project
    that uses them for its own API has our default here.
    """
    configured: Any = api_settings.DEFAULT_PAGINATION_CLASS
    ordering = getattr(configured, "ordering", None)
    if issubclass(configured or object, CursorPagination) and ordering == CursorPagination.ordering:
        return StableLimitOffsetPagination
    style: type[BasePagination] = _STYLES.get(configured, configured)
    return style


__all__: Sequence[str] = [
    "MAX_ID",
    "MAX_PAGE_SIZE",
    "PAGE_SIZE",
    "LargeResultsSetPagination",
    "StableLimitOffsetPagination",
    "StablePageNumberPagination",
    "get_pagination_class",
    "whole_number",
]
