"""The milestones of an incident: when it started, was detected, mitigated, resolved and so on.

Each is a column of ``Incident``, so that what lies between two of them is computed in the
database. A time that is not known is empty; it never counts as zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from response.core.models.field_values import EARLIEST_YEAR
from response.core.models.incident import CLOCKS_DIFFER, Incident
from response.core.models.user_external import ExternalUser
from response.db import atomic, lock


@dataclass(frozen=True)
class Milestone:
    """A milestone: its key, the column that holds it, and what people call it.

    ``required`` ones always have a time. ``ends`` tells whether closing the incident is the
    last chance for it to happen by itself.
    """

    key: str
    column: str
    name: Any
    required: bool = False
    ends: bool = True


IMPACT_STARTED = Milestone("impact_started", "start_time", _("Impact started"), required=True)
DETECTED = Milestone("detected", "detected_at", _("Detected"))
DECLARED = Milestone("declared", "report_time", _("Declared"), required=True)
ACKNOWLEDGED = Milestone("acknowledged", "acknowledged_at", _("Acknowledged"))
MITIGATED = Milestone("mitigated", "mitigated_at", _("Mitigated"))
RESOLVED = Milestone("resolved", "end_time", _("Resolved"))
REVIEW_PUBLISHED = Milestone(
    "review_published", "review_published_at", _("Review published"), ends=False
)

#: In the order in which they usually happen, by key.
MILESTONES: dict[str, Milestone] = {
    milestone.key: milestone
    for milestone in (
        IMPACT_STARTED,
        DETECTED,
        DECLARED,
        ACKNOWLEDGED,
        MITIGATED,
        RESOLVED,
        REVIEW_PUBLISHED,
    )
}
CHOICES = [(key, milestone.name) for key, milestone in MILESTONES.items()]


#: A milestone that is noted so soon after it happened needs no time besides that of its entry.
SOON = timedelta(minutes=1)


def noted_at_once(at: datetime, noted: datetime) -> bool:
    """Return whether what happened ``at`` was noted when it happened."""
    if timezone.is_naive(at) != timezone.is_naive(noted):
        return False
    return abs(noted - at) < SOON


def times(incident: Incident) -> dict[str, datetime | None]:
    """Return the time of each milestone by its key; None for one that is not known."""
    return {key: getattr(incident, milestone.column) for key, milestone in MILESTONES.items()}


def record(incident: Incident, key: str, at: datetime | None, *, first: bool = False) -> bool:
    """Set the milestone ``key`` of an incident to ``at``, or clear it with None.

    With ``first`` a time that is there already stays. Returns whether anything was changed.
    The timeline notes the change with the current actor, in the same transaction. Raises
    ``KeyError`` for a key that is not in :data:`MILESTONES`, and ``ValidationError`` for a
    time that :func:`problem` rejects.
    """
    milestone = MILESTONES[key]
    with atomic():
        stored = lock(Incident.objects.filter(pk=incident.pk)).get()
        present = getattr(stored, milestone.column)
        if present == at or (first and present is not None):
            setattr(incident, milestone.column, present)
            return False
        why_not = problem(stored, milestone, at)
        if why_not:
            raise ValidationError({milestone.column: why_not})
        setattr(stored, milestone.column, at)
        stored.save(update_fields=[milestone.column])
    setattr(incident, milestone.column, at)
    incident._loaded[milestone.column] = at
    return True


def problem(incident: Incident, milestone: Milestone, at: datetime | None) -> str:
    """Return why a milestone of an incident cannot be at ``at``, in a sentence; else empty.

    Other than that an incident ends after it started, no order is asked for: which of two
    times is wrong is for people to say. Until they do, what is measured between them is invalid.
    """
    if at is None:
        if milestone.required:
            return gettext("This time can be corrected, not removed.")
        if milestone is RESOLVED and incident.is_closed():
            return gettext("Reopen the incident instead.")
        return ""
    if at > timezone.now() + CLOCKS_DIFFER:
        return gettext("This is in the future.")
    if at.year < EARLIEST_YEAR:  # some zones and databases know no years 0 or 1
        return gettext("Give a date between the years 1900 and 9998.")
    if milestone is RESOLVED:
        if not incident.is_closed():
            return gettext("The incident is not closed yet. Close it, then correct the time.")
        return _ends_early(incident.start_time, at)
    if milestone is IMPACT_STARTED:
        return _ends_early(at, incident.end_time)
    return ""


def _ends_early(start: datetime, end: datetime | None) -> str:
    if end is None or start <= end:
        return ""
    return gettext("An incident cannot end before it started.")


def note_first_lead(
    incident: Incident, before: ExternalUser | None, lead: ExternalUser | None
) -> None:
    """Note that a live incident was acknowledged, when it gets its first lead.

    The timeline has an entry for the lead, and gets none for this. If the incident had a lead
    before, and the time is empty, it is not known, and stays so.
    """
    if lead is None or before is not None or incident.report_only or incident.is_closed():
        return
    now = timezone.now()
    column = ACKNOWLEDGED.column
    unknown = Incident.objects.filter(pk=incident.pk, **{f"{column}__isnull": True})
    if unknown.update(**{column: now}):
        setattr(incident, column, now)


__all__ = [
    "ACKNOWLEDGED",
    "CHOICES",
    "DECLARED",
    "DETECTED",
    "IMPACT_STARTED",
    "MILESTONES",
    "MITIGATED",
    "RESOLVED",
    "REVIEW_PUBLISHED",
    "Milestone",
    "note_first_lead",
    "noted_at_once",
    "problem",
    "record",
    "times",
]
