"""The kinds of filters, search and ordering, for the query parameters of lists.

An invalid parameter is an error (400) and not ignored: a program that asks for the open
incidents must not get all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import django_filters
from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Case, F, Q, QuerySet, When
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import filters
from rest_framework.exceptions import ValidationError as InvalidRequest
from rest_framework.request import Request

from response.core.api.fields import DateTimeField
from response.core.models import (
    ExternalUser,
    Severity,
    Status,
    TimelineEvent,
)
from response.core.models.configured import ConfiguredRow
from response.core.models.incident import in_category, with_status
from response.core.models.search import mentions
from response.core.models.status import Category

#: The longest search, in characters, and the most words in one.
MAX_SEARCH = 200
MAX_WORDS = 10

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
# “2030-01-31T12:00:00+01:00” whose plus sign was not encoded arrives with a space.
_LOST_PLUS = re.compile(r"(\d) (\d{2}:?\d{2})$")
_DIGITS = re.compile(r"[0-9]{1,18}")
_NONE = "none"


class Backend(DjangoFilterBackend):
    """Filters by the view's ``filterset_class``, also in projects without django_filters' app."""

    def to_html(self, request: Request, queryset: QuerySet[Any], view: Any) -> str | None:
        """Return the form for the browsable API, or None if the templates are not installed."""
        if not apps.is_installed("django_filters"):
            return ""
        return super().to_html(request, queryset, view)  # type: ignore[no-any-return]


class _Moment(forms.CharField):
    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        text = _LOST_PLUS.sub(r"\1+\2", text) if "T" in text else text
        if _DATE.fullmatch(text):
            text += "T00:00:00"
        try:
            return DateTimeField().run_validation(text)
        except InvalidRequest as error:
            if error.get_codes() in (["range"], ["overflow"]):
                # Outside what can be stored: the first or last time has the same result.
                return DateTimeField().run_validation(
                    "1900-01-01T12:00:00Z" if text[:4] < "5000" else "9998-12-30T12:00:00Z"
                )
            message = _("Enter a date and time in ISO 8601, for instance 2030-01-31T13:37:00Z.")
            raise ValidationError(message) from None


class MomentFilter(django_filters.IsoDateTimeFilter):
    """A date and time in ISO 8601; a date alone means its first moment.

    One before the year 1900 or after 9998 is taken for the first or the last that can be stored.
    """

    field_class = _Moment


class _YesNo(forms.CharField):
    def to_python(self, value: Any) -> Any:
        text = (super().to_python(value) or "").lower()
        known = {"": None, "true": True, "1": True, "false": False, "0": False}
        if text not in known:
            raise ValidationError(_("Enter true or false."))
        return known[text]


class YesNoFilter(django_filters.BooleanFilter):
    """Filter for ``true`` or ``false``."""

    field_class = _YesNo


class _WholeNumber(forms.CharField):
    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        if not _DIGITS.fullmatch(text):
            raise ValidationError(_("Enter a whole number, 0 or more."))
        return int(text)


class WholeNumberFilter(django_filters.NumberFilter):
    """A whole number that fits the databases' integers."""

    field_class = _WholeNumber


class PersonFilter(django_filters.CharFilter):
    """A person, by external id or e-mail address; ``none`` for rows without one."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        if value == _NONE:
            return qs.filter(**{f"{self.field_name}__isnull": True})
        attribute = "email__iexact" if "@" in value else "external_id"
        people = ExternalUser.objects.filter(**{attribute: value})
        return qs.filter(**{f"{self.field_name}__in": people.values("pk")})


class WordsFilter(django_filters.CharFilter):
    """One or more values, separated by commas; ``none`` for rows without one."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        values = {part.strip() for part in value.split(",")}
        wanted = Q(**{f"{self.field_name}__in": values - {_NONE}})
        if _NONE in values:
            wanted |= Q(**{f"{self.field_name}__isnull": True}) | Q(**{self.field_name: ""})
        return qs.filter(wanted)


class RowsFilter(django_filters.CharFilter):
    """Keys, names or aliases of rows, separated by commas; ``none`` for rows without one."""

    kind: type[ConfiguredRow]

    def __init__(self, kind: type[ConfiguredRow], **kwargs: Any) -> None:
        self.kind = kind
        super().__init__(**kwargs)

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        words = _words(value)
        if not words:
            return qs
        # What is in no row may still be in an incident, of an older release for instance.
        keys = {row.key if (row := self.kind.named(word)) else word for word in words}
        wanted = Q(**{f"{self.field_name}__in": keys})
        if _NONE in words:
            wanted |= Q(**{f"{self.field_name}__isnull": True}) | Q(**{self.field_name: ""})
        return qs.filter(wanted)


class StatusFilter(django_filters.CharFilter):
    """Keys, names or aliases of statuses, separated by commas."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        rows = [Status.named(word) for word in _words(value)]
        return _any_of(qs, (with_status(row) for row in rows if row), value)


class CategoryFilter(django_filters.CharFilter):
    """Categories of statuses, separated by commas: ``live``, ``closed``, ``reported``."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        words = [word.casefold() for word in _words(value)]
        known = [Category(word) for word in words if word in Category.values]
        return _any_of(qs, (in_category(category) for category in known), value)


def _any_of(qs: QuerySet[Any], wanted: Iterable[Q], value: str) -> QuerySet[Any]:
    if not _words(value):
        return qs
    conditions = list(wanted)
    if not conditions:
        return qs.none()
    either = Q()
    for condition in conditions:
        either |= condition
    return qs.filter(either)


def _words(value: str) -> list[str]:
    return [word.strip() for word in value.split(",") if word.strip()][:50]


class IncidentSearch(filters.SearchFilter):
    """Search for incidents with every word in the title, summary, impact or timeline."""

    search_param = "search"
    fields = ("report", "summary", "impact")
    search_description = (
        "Words that must all be in the title, summary, impact or timeline; a phrase in quotes."
    )

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: Any
    ) -> QuerySet[Any]:
        words = self.get_search_terms(request)
        if sum(map(len, words)) > MAX_SEARCH or len(words) > MAX_WORDS:
            message = _("Search for at most %(words)s words and %(length)s characters in all.")
            limits = {"words": MAX_WORDS, "length": MAX_SEARCH}
            raise InvalidRequest({self.search_param: [message % limits]})
        for word in words:
            queryset = queryset.filter(mentions(word, self.fields, TimelineEvent.objects.all()))
        return queryset


class Ordering(filters.OrderingFilter):
    """Orders by the view's ``ordering_fields``; a ``-`` in front reverses the order.

    Rows with equal values are ordered by id, and rows without a value come last, so that every
    database gives the same order.
    """

    ordering_param = "ordering"
    ordering_description = "What to order by, with `-` in front for the other way round."

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: Any
    ) -> QuerySet[Any]:
        wanted = [w.strip() for w in request.query_params.get(self.ordering_param, "").split(",")]
        wanted = [w for w in wanted if w]
        if not wanted:
            return queryset
        known: tuple[str, ...] = view.ordering_fields
        order = []
        for word in wanted:
            name = word.removeprefix("-")
            if name not in known:
                message = _("Order by one of %(known)s.") % {"known": ", ".join(known)}
                raise InvalidRequest({self.ordering_param: [message]})
            field = _column(name)
            order.append(
                field.desc(nulls_last=True) if word[0] == "-" else field.asc(nulls_last=True)
            )
        last = F("pk").desc() if wanted[-1][0] == "-" else F("pk").asc()
        return queryset.order_by(*order[: len(known)], last)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        one = f"-?({'|'.join(view.ordering_fields)})"
        return [
            {
                "name": self.ordering_param,
                "required": False,
                "in": "query",
                "description": f"{self.ordering_description} "
                f"Several with commas: {', '.join(view.ordering_fields)}.",
                "schema": {"type": "string", "pattern": f"^({one}(,{one})*)?$"},
            }
        ]

    def get_valid_fields(self, queryset: Any, view: Any, context: Any = None) -> list[Any]:
        """Return the fields for the control of the browsable API."""
        return [(name, name) for name in view.ordering_fields]


def _column(name: str) -> Any:
    """Return what a list is ordered by: a severity's place among the others, else the column."""
    if name != "severity":
        return F(name)
    return Case(
        When(Q(severity__isnull=True) | Q(severity=""), then=None),
        default=Severity.position_of("severity"),
    )
