"""The filter of the incidents list, read from the query string."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import DurationField, ExpressionWrapper, F, Q, Value
from django.db.models.functions import Coalesce, Lower, NullIf
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from response.core.clean import sanitise
from response.core.models import ExternalUser, Incident, TimelineEvent
from response.core.models.search import mentions

STATUSES = (
    ("all", pgettext_lazy("incidents", "All")),
    ("open", pgettext_lazy("incidents", "Live")),
    ("closed", pgettext_lazy("incidents", "Resolved")),
    ("reported", pgettext_lazy("incidents", "Reported")),
)
NO_SEVERITY = "none"
SEVERITIES = (*Incident.SEVERITIES, (NO_SEVERITY, gettext_lazy("not set")))
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
#: The columns by which the list can be sorted: what they are in the database.
SORTS: dict[str, Any] = {
    "number": F("pk"),
    "severity": Coalesce(NullIf(F("severity"), Value("")), Value("9")),
    "title": Lower("report"),
    "lead": Lower(Coalesce("lead__full_name", "lead__display_name", Value(""))),
    "started": F("start_time"),
}


@dataclass
class IncidentFilter:
    """A filter of the list, read from a query string.

    ``status`` is one of :data:`STATUSES`, ``severity`` one of :data:`SEVERITIES` or
    empty, ``lead`` part of a name or an address, ``since`` one of :data:`TIMES`, ``search``
    is looked for in titles, summaries, numbers, names and timelines; ``sort`` is one of
    :data:`SORTS` or ``duration``, with ``-`` before it for the other way round.
    ``remarks`` are sentences about what was asked for and cannot be; the rest of the
    request is honoured.
    """

    status: str = "all"
    severity: str = ""
    search: str = ""
    lead: str = ""
    since: str = ""
    sort: str = ""
    remarks: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, query: Mapping[str, str]) -> IncidentFilter:
        """Parse a query string."""
        found = cls()
        status = query.get("status", "").strip().lower()
        if status in dict(STATUSES):
            found.status = status
        elif status:
            found.remarks.append(
                _("There is no status “%(value)s”: incidents of every status are shown.")
                % {"value": status[:50]}
            )
        severity = query.get("severity", "").strip().lower()
        if severity in dict(SEVERITIES):
            found.severity = severity
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
        if sort.removeprefix("-") in (*SORTS, "duration", ""):
            found.sort = sort
        else:
            found.remarks.append(
                _("The list cannot be sorted by “%(value)s”.") % {"value": sort[:50]}
            )
        found.search = found._text(query.get("q", ""))
        found.lead = found._text(query.get("lead", ""))
        return found

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
        return bool(self.status != "all" or self.severity or self.search or self.lead or self.since)

    def apply(self, incidents: Any) -> Any:
        """Return the matching incidents of a queryset, in the chosen order."""
        if self.status == "open":
            incidents = incidents.open()
        elif self.status == "closed":
            incidents = incidents.filter(end_time__isnull=False)
        elif self.status == "reported":
            incidents = incidents.filter(end_time__isnull=True, report_only=True)
        if self.severity == NO_SEVERITY:
            incidents = incidents.filter(Q(severity__isnull=True) | Q(severity=""))
        elif self.severity:
            incidents = incidents.filter(severity=self.severity)
        if self.since:
            incidents = incidents.filter(
                report_time__gte=timezone.now() - timedelta(days=int(self.since))
            )
        if self.lead:
            incidents = incidents.filter(_named(self.lead, "lead__"))
        if self.search:
            incidents = incidents.filter(_mentions(self.search))
        return self.sorted(incidents)

    def sorted(self, incidents: Any) -> Any:
        """Return the incidents in the chosen order, newest first by default."""
        name = self.sort.removeprefix("-")
        if not name:
            return incidents.newest_first()
        key = SORTS.get(name)
        if key is None:
            # What goes on has lasted until now.
            key = ExpressionWrapper(
                Coalesce(F("end_time"), Value(timezone.now())) - F("start_time"),
                output_field=DurationField(),
            )
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
            **changes,
        }
        return "?" + urlencode({name: value for name, value in values.items() if value})


def _named(text: str, field: str = "") -> Q:
    """The condition that a person's name contains ``text``, or that it is their address."""
    text = text.removeprefix("@")
    return (
        Q(**{f"{field}full_name__icontains": text})
        | Q(**{f"{field}display_name__icontains": text})
        | Q(**{f"{field}email__iexact": text})
    )


def _mentions(text: str) -> Q:
    entries = TimelineEvent.objects.filter(hidden=False)
    # A database that plans for a subquery cannot know how many it will find, if any.
    people = list(ExternalUser.objects.filter(_named(text)).values_list("pk", flat=True))
    found = mentions(text, ("report", "summary"), entries, people)
    number = text.removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) < 10:
        found |= Q(pk=int(number))
    return found
