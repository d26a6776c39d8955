"""What each list can be filtered by."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters.rest_framework import FilterSet
from rest_framework.exceptions import ValidationError as InvalidRequest

from response.core.api import filters
from response.core.models import Action, Event, ExternalUser, Incident, Severity, TimelineEvent

_A_DAY = timedelta(days=1)


def _since(field: str, what: str) -> filters.MomentFilter:
    return filters.MomentFilter(
        field_name=field, lookup_expr="gte", help_text=f"{what} then or later."
    )


def _before(field: str, what: str) -> filters.MomentFilter:
    return filters.MomentFilter(
        field_name=field, lookup_expr="lt", help_text=f"{what} before then."
    )


class IncidentFilter(FilterSet):  # type: ignore[misc]
    """Filters for the lists of incidents."""

    is_closed = filters.YesNoFilter(
        field_name="end_time",
        lookup_expr="isnull",
        exclude=True,
        help_text="true for incidents that ended, false for those that go on.",
    )
    report_only = filters.YesNoFilter(help_text="Whether it was only reported, after the fact.")
    severity = filters.RowsFilter(
        Severity, help_text="Keys or names, several with commas; `none` for without."
    )
    status = filters.StatusFilter(
        field_name="status", help_text="Keys or names of statuses, several with commas."
    )
    status_category = filters.CategoryFilter(
        field_name="status", help_text="`live`, `closed` or `reported`, several with commas."
    )
    lead = filters.PersonFilter(help_text="External id or e-mail address; `none` for without.")
    reporter = filters.PersonFilter(help_text="External id or e-mail address; `none` for without.")
    reported_since = _since("report_time", "Reported")
    reported_before = _before("report_time", "Reported")
    started_since = _since("start_time", "Started")
    started_before = _before("start_time", "Started")
    ended_since = _since("end_time", "Ended")
    ended_before = _before("end_time", "Ended")

    class Meta:
        model = Incident
        fields: tuple[str, ...] = ()


class ActionFilter(FilterSet):  # type: ignore[misc]
    """Filters for the lists of actions."""

    done = filters.YesNoFilter(help_text="Whether it is done.")
    user = filters.PersonFilter(help_text="External id or e-mail address of who does it.")
    priority = filters.WordsFilter(help_text="`1` to `3`, several with commas; `none` for without.")
    type = filters.WordsFilter(help_text="`1` to `3`, several with commas; `none` for without.")
    due_since = _since("due_date", "Due")
    due_before = _before("due_date", "Due")

    class Meta:
        model = Action
        fields: tuple[str, ...] = ()


class TimelineEventFilter(FilterSet):  # type: ignore[misc]
    """Filters for a timeline."""

    event_type = filters.WordsFilter(help_text="One or several types, with commas.")
    since = _since("timestamp", "Happened")
    before = _before("timestamp", "Happened")

    class Meta:
        model = TimelineEvent
        fields: tuple[str, ...] = ()


class ExternalUserFilter(FilterSet):  # type: ignore[misc]
    """Filters for the list of people."""

    app_id = django_filters.CharFilter(help_text="The system, for instance `slack`.")
    external_id = django_filters.CharFilter(help_text="The id there.")
    email = django_filters.CharFilter(lookup_expr="iexact", help_text="The e-mail address.")
    deleted = filters.YesNoFilter(help_text="Whether the person is gone from there.")

    class Meta:
        model = ExternalUser
        fields: tuple[str, ...] = ()


class _Stretch(FilterSet):  # type: ignore[misc]
    event_type = filters.WordsFilter(help_text="One or several types, with commas.")
    after = filters.WholeNumberFilter(
        field_name="id",
        lookup_expr="gt",
        help_text="Only what has a higher id: the way to follow the stream.",
    )

    class Meta:
        model = Event
        fields: tuple[str, ...] = ()

    def window(self, queryset: QuerySet[Event], name: str, value: Any) -> QuerySet[Event]:
        # ``from`` and ``to`` depend on each other: filter_queryset sees to both.
        return queryset

    def filter_queryset(self, queryset: QuerySet[Event]) -> QuerySet[Event]:
        queryset = super().filter_queryset(queryset)
        sent = self.form.cleaned_data
        since: datetime | None = sent["from"]
        until: datetime | None = sent["to"]
        if since is None and sent["after"] is None:
            since = (until or timezone.now()) - _A_DAY
        if since is not None and until is not None and until < since:
            raise InvalidRequest({"to": [_("This must not be before “from”.")]})
        if since is not None:
            queryset = queryset.filter(timestamp__gte=since)
        return queryset if until is None else queryset.filter(timestamp__lte=until)


# Created with type(), since ``from`` is a keyword and cannot be the name of an attribute.
EventFilter = type(FilterSet)(
    "EventFilter",
    (_Stretch,),
    {
        "__module__": __name__,
        "__doc__": "A stretch of the event stream: the last day, unless asked for another.",
        "from": filters.MomentFilter(
            method="window",
            help_text="Then or later. A day before `to` unless given, or no limit with `after`.",
        ),
        "to": filters.MomentFilter(method="window", help_text="Then or earlier; now unless given."),
    },
)
