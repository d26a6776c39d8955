"""Beginning a review, writing in it, and publishing it. No one's words are lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from response.conf import settings
from response.core import editing, working_time
from response.core.models import (
    Incident,
    Review,
    ReviewRevision,
    ReviewSection,
    ReviewTemplateSection,
    add_incident_update_event,
    milestones,
    signals,
)
from response.core.models.history import send_and_log
from response.core.models.user_external import ExternalUser
from response.core.reviews import draft
from response.db import atomic, lock

#: What is saved while a person writes is one revision, for as long as this.
ONE_SITTING = timedelta(minutes=10)


def can_begin(incident: Incident) -> bool:
    """Return whether the incident is over, or was only reported, so that it can be reviewed."""
    return incident.is_closed() or incident.report_only


def begin(incident: Incident, owner: ExternalUser | None = None) -> Review:
    """Return the review of an incident, and create it if there is none yet.

    Its owner is the lead, or else ``owner``; it is due in ``RESPONSE_REVIEW_DUE_DAYS``
    working days, and has the sections of the template.
    """
    with atomic():
        lock(Incident.objects.filter(pk=incident.pk)).first()
        known = Review.objects.filter(incident=incident).first()
        if known is not None:
            return known
        days = settings.RESPONSE_REVIEW_DUE_DAYS
        review = Review.objects.create(
            incident=incident,
            owner=incident.lead or owner,
            due_date=working_time.end_of_day_after(timezone.now(), days) if days else None,
        )
        ReviewSection.objects.bulk_create(
            ReviewSection(review=review, key=row.key, title=row.label(), rank=row.rank)
            for row in ReviewTemplateSection.offered()
        )
        add_incident_update_event(incident, "review_started", None, None, "Review started")
    return review


def fill_in(review: Review) -> list[str]:
    """Fill in the sections that no one has written in, from the incident.

    Returns the titles of those that have changed.
    """
    texts = draft.sections(review.incident)
    changed = []
    with atomic():
        for section in lock(review.sections.order_by("rank", "id")):
            if section.written or not texts.get(section.key):
                continue
            if section.write(texts[section.key], kind=ReviewRevision.DRAFTED):
                changed.append(section.title)
    return changed


def write(
    section: ReviewSection,
    text: str,
    shown: Mapping[str, str],
    *,
    kind: str = ReviewRevision.WRITTEN,
) -> ReviewSection:
    """Store what a person wrote, and return the section as it is then.

    ``shown`` has the mark of the text on which they worked, see :mod:`response.core.editing`;
    ``kind`` says how it came to be saved. Raises :class:`editing.Conflict` if another person has
    stored something else meanwhile: then nothing is stored.
    """
    with atomic():
        stored = lock(ReviewSection.objects.filter(pk=section.pk)).select_related(None).get()
        if editing.conflicting(shown, {"text": text}, {"text": stored.text}):
            raise editing.Conflict({"text": stored.text})
        # A text that the writer did not change does not replace one stored meanwhile.
        left_alone = editing.fingerprint(text) == shown.get("text")
        if not left_alone:
            since = timezone.now() - ONE_SITTING if kind == ReviewRevision.AUTOSAVED else None
            stored.write(text, kind=kind, coalesce_since=since)
    return stored


def assign(review: Review, values: Mapping[str, Any]) -> Review:
    """Give a review another ``owner`` or ``due_date``, and return it as it is then."""
    with atomic():
        stored = lock(Review.objects.filter(pk=review.pk)).get()
        changed = [name for name, value in values.items() if getattr(stored, name) != value]
        for name in changed:
            setattr(stored, name, values[name])
        if changed:
            stored.save(update_fields=changed)
    return stored


def set_status(review: Review, status: str) -> Review:
    """Give a review another status, and announce it when it is published.

    Raises ``ValueError`` for an unknown status.
    """
    if status not in dict(Review.STATUSES):
        raise ValueError(f"There is no status {status!r}")
    with atomic():
        stored = lock(Review.objects.filter(pk=review.pk)).get()
        if stored.status == status:
            return stored
        published = status == Review.PUBLISHED
        stored.status = status
        stored.published_at = timezone.now() if published else None
        stored.save(update_fields=["status", "published_at"])
        milestones.record(stored.incident, "review_published", stored.published_at)
        if published:
            _announce(stored)
    return stored


def _announce(review: Review) -> None:
    values: dict[str, Any] = {"review": review, "incident": review.incident}
    signals.review_publishing.send(Review, **values)
    transaction.on_commit(partial(send_and_log, signals.review_published, Review, values))
