"""The filter of the incidents list, read from the query string."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from response.core.clean import sanitise
from response.core.models import Incident

STATUSES = (
    ("all", pgettext_lazy("incidents", "All")),
    ("open", pgettext_lazy("incidents", "Live")),
    ("closed", pgettext_lazy("incidents", "Resolved")),
    ("reported", pgettext_lazy("incidents", "Reported")),
)
NO_SEVERITY = "none"
SEVERITIES = (*Incident.SEVERITIES, (NO_SEVERITY, gettext_lazy("not set")))
SEARCH_LENGTH = 200


@dataclass
class IncidentFilter:
    """What somebody wants to see of the list.

    ``status`` is one of :data:`STATUSES`, ``severity`` one of :data:`SEVERITIES` or
    empty, ``search`` is looked for in titles and summaries. ``remarks`` are sentences
    about what was asked for and cannot be; the rest of the request is honoured.
    """

    status: str = "all"
    severity: str = ""
    search: str = ""
    remarks: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, query: Mapping[str, str]) -> IncidentFilter:
        """The filter of a query string: ``status``, ``severity`` and ``q``."""
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
        search = " ".join((sanitise(query.get("q", "")) or "").split())
        if len(search) > SEARCH_LENGTH:
            found.remarks.append(
                _("The search was cut to its first %(length)d characters.")
                % {"length": SEARCH_LENGTH}
            )
        found.search = search[:SEARCH_LENGTH].strip()
        return found

    @property
    def is_active(self) -> bool:
        """Whether anything is left out."""
        return bool(self.status != "all" or self.severity or self.search)

    def apply(self, incidents: Any) -> Any:
        """The incidents of a queryset that pass."""
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
        if self.search:
            incidents = incidents.filter(
                Q(report__icontains=self.search) | Q(summary__icontains=self.search)
            )
        return incidents

    def query_string(self, **changes: Any) -> str:
        """This filter as a query string with its ``?``, with ``changes``, for links."""
        values = {
            "status": "" if self.status == "all" else self.status,
            "severity": self.severity,
            "q": self.search,
            **changes,
        }
        return "?" + urlencode({name: value for name, value in values.items() if value})
