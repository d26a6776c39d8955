"""What is measured: the time from one milestone of an incident to another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from response.core.models.configured import ConfiguredRow
from response.core.models.milestones import CHOICES, MILESTONES, Milestone

#: Key, name, first and second milestone, and description of what every installation has.
BUILT_IN = (
    (
        "detect",
        gettext_noop("Time to detect"),
        "impact_started",
        "detected",
        gettext_noop("From when the impact started until people or an alert noticed."),
    ),
    (
        "acknowledge",
        gettext_noop("Time to acknowledge"),
        "declared",
        "acknowledged",
        gettext_noop("From the declaration until the incident got its first lead."),
    ),
    (
        "mitigate",
        gettext_noop("Time to mitigate"),
        "impact_started",
        "mitigated",
        gettext_noop("From when the impact started until it was over or under control."),
    ),
    (
        "resolve",
        gettext_noop("Time to resolve"),
        "impact_started",
        "resolved",
        gettext_noop("From when the impact started until the end of the incident."),
    ),
    (
        "review",
        gettext_noop("Time to review"),
        "resolved",
        "review_published",
        gettext_noop("From the end of the incident until its review was published."),
    ),
)


class Measurement(ConfiguredRow):
    """A pair of milestones: what lies between the two is measured for every incident.

    Incidents that were only reported, after the fact, are left out unless
    ``includes_reported`` is set. The row is read by :mod:`response.core.metrics`.
    """

    id = models.BigAutoField(primary_key=True)
    start = models.CharField(_("from"), max_length=40, choices=CHOICES)
    end = models.CharField(_("to"), max_length=40, choices=CHOICES)
    includes_reported = models.BooleanField(
        default=False,
        help_text=_("Also measured for incidents that were only reported after the fact."),
    )

    class Meta(ConfiguredRow.Meta):
        app_label = "response"

    @classmethod
    def built_in(cls) -> Iterable[Self]:
        """Return the built-in measurements, which are there while the table is empty."""
        return [
            cls(
                key=key,
                name=name,
                rank=10 * number,
                start=start,
                end=end,
                description=description,
            )
            for number, (key, name, start, end, description) in enumerate(BUILT_IN, start=1)
        ]

    def note(self) -> str:
        """Return the description as people read it: a built-in one in their language."""
        is_built_in = any(self.key == row[0] and self.description == row[4] for row in BUILT_IN)
        return gettext(self.description) if is_built_in else self.description

    @property
    def first(self) -> Milestone:
        """The milestone at which the time begins."""
        return MILESTONES[self.start]

    @property
    def last(self) -> Milestone:
        """The milestone at which it ends."""
        return MILESTONES[self.end]

    def clean(self) -> None:
        """Raise ``ValidationError`` if both milestones are the same."""
        super().clean()
        if self.start == self.end:
            raise ValidationError({"end": _("Choose two different milestones.")})
