"""Which incidents the figures are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from response.core.detail_filters import with_detail
from response.core.metrics.periods import Period
from response.core.models import Incident
from response.core.models.details import row_named

#: For incidents whose severity is not set.
NO_SEVERITY = "none"


@dataclass(frozen=True)
class Scope:
    """Which incidents the figures are about: those ``user`` may see, of a period.

    ``severity`` is a severity's key, :data:`NO_SEVERITY`, or empty for all; ``details`` are
    pairs of a role or custom field (``role_<key>``, ``field_<key>``) and who has it or what it has
    to be, as :func:`~response.core.detail_filters.with_detail` takes it. With ``user`` None only
    public incidents count.
    """

    period: Period
    user: Any = None
    severity: str = ""
    details: tuple[tuple[str, str], ...] = ()

    def incidents(self) -> QuerySet[Incident]:
        """Return the incidents of any time."""
        visible: Any = Incident.objects.visible_to(self.user).order_by()
        for name, text in self.details:
            if (row := row_named(name)) is not None:
                visible = with_detail(visible, row, text)
        if self.severity == NO_SEVERITY:
            visible = visible.filter(Q(severity__isnull=True) | Q(severity=""))
        elif self.severity:
            visible = visible.filter(severity=self.severity)
        found: QuerySet[Incident] = visible
        return found

    def within(self) -> QuerySet[Incident]:
        """Return the incidents that were declared in the period."""
        period = self.period
        return self.incidents().filter(report_time__gte=period.since, report_time__lt=period.until)
