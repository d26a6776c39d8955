"""Incidents, actions and timelines as tables, row by row, for CSV.

Rows are read in batches: a table of any length takes little memory, and a number of queries
that grows by one for each batch. The caller hands in what its reader may see.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.utils import timezone

from response.core.addresses import document_url
from response.core.models import Action, Field, Incident, Role, TimelineEvent
from response.core.models.details import every_row
from response.core.reviews.incident_data import detail_texts, entry_link, field_text, person
from response.core.text import References, to_plain

BATCH = 500

Row = list[Any]


def incidents(rows: models.QuerySet[Incident]) -> Iterator[Row]:
    """Yield the header, then a row for each incident, in the order of ``rows``.

    The last columns are the roles and custom fields, as the addresses of filters call them:
    ``role_comms``, ``field_service``. Retired ones are there too, for older incidents.
    """
    details = every_row()
    yield [
        "id", "title", "status", "severity", "private", "lead", "reporter", "started", "reported",
        "ended", "minutes", "summary", "impact", "link", "status_key", "detected", "acknowledged",
        "mitigated", "review_published", *(row.attribute for row in details),
    ]  # fmt: skip
    for batch in _batches(rows.with_people()):  # type: ignore[attr-defined]
        names = References.collect(
            text for i in batch for text in (i.report, i.summary, i.impact, *detail_texts(i))
        )
        for i in batch:
            lasted = i.end_time - i.start_time if i.end_time else None
            yield [
                i.pk, to_plain(i.report, names, one_line=True), i.status_text(),
                i.severity_text(), i.private, person(i.lead), person(i.reporter), i.start_time,
                i.report_time, i.end_time,
                round(lasted.total_seconds() / 60) if lasted is not None else None,
                to_plain(i.summary, names), to_plain(i.impact, names), document_url(i.pk),
                i.status_key, i.detected_at, i.acknowledged_at, i.mitigated_at,
                i.review_published_at, *(_detail(i, row, names) for row in details),
            ]  # fmt: skip


def _detail(incident: Incident, row: Role | Field, names: References) -> Any:
    """Return the cell for a role or custom field."""
    if isinstance(row, Role):
        return ", ".join(filter(None, map(person, incident.people_in(row))))
    return field_text(row, incident.value_in(row), names)


def actions(rows: models.QuerySet[Action]) -> Iterator[Row]:
    """Yield the header, then a row for each action."""
    yield [
        "id", "incident", "incident_title", "details", "owner", "created", "due", "done",
        "done_at", "overdue", "priority", "type", "link",
    ]  # fmt: skip
    now = timezone.now()
    for batch in _batches(rows.select_related("user", "incident")):
        names = References.collect(text for a in batch for text in (a.details, a.incident.report))
        for a in batch:
            yield [
                a.pk, a.incident_id, to_plain(a.incident.report, names, one_line=True),
                to_plain(a.details, names), person(a.user), a.created_date, a.due_date, a.done,
                a.done_date, bool(a.due_date and not a.done and a.due_date < now),
                a.get_priority_display() if a.priority else None,
                a.get_type_display() if a.type else None, document_url(a.incident_id),
            ]  # fmt: skip


def timeline(rows: models.QuerySet[TimelineEvent]) -> Iterator[Row]:
    """Yield the header, then a row for each entry of a timeline."""
    yield ["id", "at", "kind", "what", "by", "text", "starred", "link"]
    for batch in _batches(rows.select_related("actor")):
        names = References.collect(event.text for event in batch)
        for event in batch:
            metadata = event.metadata if isinstance(event.metadata, dict) else {}
            yield [
                event.pk, event.timestamp, event.event_type, metadata.get("update_type"),
                event.actor_name, to_plain(event.text, names), event.starred,
                entry_link(event.incident_id, event.pk),
            ]  # fmt: skip


def _batches(rows: models.QuerySet[Any]) -> Iterator[list[Any]]:
    """Return the rows in their order, :data:`BATCH` at a time.

    The keys are read first, so that what changes meanwhile moves no row from one batch to
    another.
    """
    keys = list(rows.values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        wanted = keys[start : start + BATCH]
        found = {row.pk: row for row in rows.order_by().filter(pk__in=wanted)}
        yield [found[key] for key in wanted if key in found]
