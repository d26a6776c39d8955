"""The filter of the incidents list, read from the query string."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import DurationField, ExpressionWrapper, F, Q, Value
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from response.core.clean import sanitise
from response.core.detail_filters import NONE, is_value, named, with_detail
from response.core.models import (
    ExternalUser,
    Field,
    Role,
    Severity,
    Status,
    TimelineEvent,
)
from response.core.models.details import every_row, row_named
from response.core.models.field_values import Kind
from response.core.models.search import mentions
from response.core.models.status import Category

NO_SEVERITY = NONE
#: What the categories of statuses are called in a query string.
CATEGORIES = {"open": Category.LIVE, "closed": Category.CLOSED, "reported": Category.REPORTED}
#: How far back, in days.
TIMES = (
    ("", pgettext_lazy("time", "Any time")),
    ("1", pgettext_lazy("time", "Last day")),
    ("7", pgettext_lazy("time", "Last 7 days")),
    ("30", pgettext_lazy("time", "Last 30 days")),
    ("90", pgettext_lazy("time", "Last 90 days")),
    ("365", pgettext_lazy("time", "Last year")),
)
SEARCH_LENGTH = 200
#: The columns by which the list can be sorted, with severity and duration: what they are in the
#: database.
SORTS: dict[str, Any] = {
    "number": F("pk"),
    "title": Lower("report"),
    "lead": Lower(Coalesce("lead__full_name", "lead__display_name", Value(""))),
    "started": F("start_time"),
}


def statuses() -> list[tuple[str, Any]]:
    """Return the choices of statuses: the categories, and each status of those with several."""
    choices: list[tuple[str, Any]] = [("all", pgettext_lazy("incidents", "All"))]
    for value, category in CATEGORIES.items():
        rows = Status.of(category)
        words = (
            _CATEGORY_WORDS[category]
            if len(rows) > 1
            else capfirst(Status.default_of(category).label())
        )
        choices.append((value, words))
        if len(rows) > 1:
            choices += [
                (
                    row.key,
                    _("%(category)s: %(status)s") % {"category": words, "status": row.label()},
                )
                for row in rows
            ]
    return choices


_CATEGORY_WORDS = {
    Category.LIVE: pgettext_lazy("incidents", "Live"),
    Category.CLOSED: pgettext_lazy("incidents", "Resolved"),
    Category.REPORTED: pgettext_lazy("incidents", "Reported"),
}


def severities() -> list[tuple[str, Any]]:
    """Return the choices of severities: retired ones last, and none."""
    offered = [(row.key, row.label()) for row in Severity.offered()]
    retired = [
        (row.key, _("%(name)s (retired)") % {"name": row.label()})
        for row in Severity.all_rows()
        if row.retired
    ]
    return [*offered, *retired, (NO_SEVERITY, gettext_lazy("not set"))]


def sort_key(name: str) -> Any:
    """Return what a column is in the database, ascending: the worst severity first."""
    if name == "severity":
        return Severity.position_of("severity")
    if name == "duration":
        # A live incident has lasted until now.
        return ExpressionWrapper(
            Coalesce(F("end_time"), Value(timezone.now())) - F("start_time"),
            output_field=DurationField(),
        )
    return SORTS[name]


@dataclass
class IncidentListFilter:
    """A filter of the list, read from a query string.

    ``status`` is ``all``, one of :data:`CATEGORIES` or the key of a status, ``severity`` the
    key of one, ``none`` or empty, ``lead`` part of a name or an address, ``since`` one of
    :data:`TIMES`, ``search`` is looked for in titles, summaries, numbers, names and timelines;
    ``sort`` is one of :data:`SORTS`, ``severity`` or ``duration``, with ``-`` before it for the
    other way round.
    ``remarks`` are sentences about what was asked for and cannot be; the rest of the
    request is honoured.
    """

    status: str = "all"
    severity: str = ""
    search: str = ""
    lead: str = ""
    since: str = ""
    sort: str = ""
    #: By ``role_<key>`` and ``field_<key>``: what was asked for.
    details: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, query: Mapping[str, str]) -> IncidentListFilter:
        """Parse a query string."""
        found = cls()
        status = query.get("status", "").strip().lower()
        row = Status.named(status)
        if status in ("all", *CATEGORIES):
            found.status = status
        elif row:
            found.status = row.key
        elif status:
            found.remarks.append(
                _("There is no status “%(value)s”: incidents of every status are shown.")
                % {"value": status[:50]}
            )
        severity = query.get("severity", "").strip().lower()
        level = Severity.named(severity)
        if severity == NO_SEVERITY or level:
            found.severity = level.key if level else NO_SEVERITY
        elif severity:
            found.remarks.append(
                _("There is no severity “%(value)s”: incidents of every severity are shown.")
                % {"value": severity[:50]}
            )
        since = query.get("since", "").strip()
        if since in dict(TIMES):
            found.since = since
        else:
            found.remarks.append(
                _("There is no time “%(value)s”: incidents of any time are shown.")
                % {"value": since[:50]}
            )
        sort = query.get("sort", "").strip().lower()
        if sort.removeprefix("-") in (*SORTS, "severity", "duration", ""):
            found.sort = sort
        else:
            found.remarks.append(
                _("The list cannot be sorted by “%(value)s”.") % {"value": sort[:50]}
            )
        found.search = found._text(query.get("q", ""))
        found.lead = found._text(query.get("lead", ""))
        for detail in every_row():
            if text := found._text(query.get(detail.attribute, "")):
                found._choose(detail, text)
        return found

    def _choose(self, row: Role | Field, text: str) -> None:
        if is_value(row, text):
            self.details[row.attribute] = text
        else:
            self.remarks.append(
                _("%(field)s cannot be “%(value)s”: incidents with any value are shown.")
                % {"field": row.name, "value": text[:50]}
            )

    def _text(self, value: str) -> str:
        text = " ".join((sanitise(value) or "").split())
        if len(text) > SEARCH_LENGTH:
            self.remarks.append(
                _("The search was cut to its first %(length)d characters.")
                % {"length": SEARCH_LENGTH}
            )
        return text[:SEARCH_LENGTH].strip()

    @property
    def is_active(self) -> bool:
        """Whether the filter leaves anything out."""
        return bool(
            self.status != "all"
            or self.severity
            or self.search
            or self.lead
            or self.since
            or self.details
        )

    def apply(self, incidents: Any) -> Any:
        """Return the matching incidents of a queryset, in the chosen order."""
        if self.status in CATEGORIES:
            incidents = incidents.in_category(CATEGORIES[self.status])
        elif (status := Status.with_key(self.status)) is not None:
            incidents = incidents.with_status(status)
        if self.severity == NO_SEVERITY:
            incidents = incidents.filter(Q(severity__isnull=True) | Q(severity=""))
        elif self.severity:
            incidents = incidents.filter(severity=self.severity)
        if self.since:
            incidents = incidents.filter(
                report_time__gte=timezone.now() - timedelta(days=int(self.since))
            )
        if self.lead:
            incidents = incidents.filter(named(self.lead, "lead__"))
        for name, text in self.details.items():
            if (row := row_named(name)) is not None:
                incidents = with_detail(incidents, row, text)
        if self.search:
            incidents = incidents.filter(_mentions(self.search))
        return self.sorted(incidents)

    def sorted(self, incidents: Any) -> Any:
        """Return the incidents in the chosen order, newest first by default."""
        name = self.sort.removeprefix("-")
        if not name:
            return incidents.newest_first()
        key = sort_key(name)
        backwards = self.sort.startswith("-")
        return incidents.order_by(
            key.desc() if backwards else key.asc(), "-pk" if backwards else "pk"
        )

    def sort_link(self, name: str) -> str:
        """Return the query string behind a column's heading."""
        return self.query_string(sort=f"-{name}" if self.sort == name else name)

    def query_string(self, **changes: Any) -> str:
        """Return this filter with ``changes`` as a query string for links, with its ``?``."""
        values = {
            "status": "" if self.status == "all" else self.status,
            "severity": self.severity,
            "lead": self.lead,
            "since": self.since,
            "q": self.search,
            "sort": self.sort,
            **self.details,
            **changes,
        }
        return "?" + urlencode({name: value for name, value in values.items() if value})


@dataclass(frozen=True)
class DetailControl:
    """A control of the filter for a role or custom field; ``options`` for a choice."""

    name: str
    label: str
    value: str
    options: tuple[tuple[str, str], ...] = ()
    type: str = "text"


def detail_controls(chosen: IncidentListFilter) -> list[DetailControl]:
    """Return the controls for the roles and fields that are offered, and for those in use."""
    found = []
    for row in every_row():
        value = chosen.details.get(row.attribute, "")
        if row.retired and not value:
            continue
        found.append(detail_control(row, value))
    return found


def detail_control(row: Role | Field, value: str) -> DetailControl:
    """Return the control for a role or field in which ``value`` was asked for."""
    options: tuple[tuple[str, str], ...] = ()
    if isinstance(row, Field) and row.kind in (Kind.CHOICE, Kind.CHOICES):
        keys = tuple((option.key, option.name) for option in row.all_options())
        options = (("", _("Any")), *keys, (NONE, _("not set")))
    dated = isinstance(row, Field) and row.kind == Kind.DATE and value != NONE
    return DetailControl(row.attribute, row.name, value, options, "date" if dated else "text")


def _mentions(text: str) -> Q:
    entries = TimelineEvent.objects.filter(hidden=False)
    # A database that plans for a subquery cannot know how many it will find, if any.
    people = list(ExternalUser.objects.filter(named(text)).values_list("pk", flat=True))
    found = mentions(text, ("report", "summary"), entries, people)
    number = text.removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) < 10:
        found |= Q(pk=int(number))
    return found
