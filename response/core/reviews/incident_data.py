"""What is known of an incident, as plain data: for drafts, exports and writing assistants.

Everything is JSON; the number of queries does not grow with what happened.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from response.core import chat
from response.core.addresses import document_url
from response.core.duration import in_words
from response.core.models import Alert, ExternalUser, Field, Incident, TimelineEvent, Update
from response.core.models.field_values import Kind
from response.core.models.milestones import times
from response.core.text import References, to_plain

#: The most entries of a timeline that are taken, the starred ones and the newest first; and the
#: most updates, the newest first.
MOST_ENTRIES = 2_000


def of_incident(incident: Incident) -> dict[str, Any]:
    """Return what is known: status, times, people, fields, updates, timeline, actions, alerts.

    Names of people and channels replace references. Each entry of the timeline,
    and the incident itself, has the address ``link`` that leads to it.
    """
    events = list(
        incident.timelineevent_set.filter(hidden=False)
        .select_related("actor")
        .order_by("-starred", "-timestamp", "-id")[:MOST_ENTRIES]
    )
    events.sort(key=lambda event: (event.timestamp, event.pk))
    actions = list(incident.action_items())
    newest = Update.objects.filter(incident=incident).select_related("actor").newest_first()
    updates = list(newest[:MOST_ENTRIES])[::-1]
    names = References.collect(
        [
            incident.report, incident.summary, incident.impact, *detail_texts(incident),
            *(event.text for event in events), *(action.details for action in actions),
            *(text for update in updates for text in (update.known, update.doing, update.needed)),
        ]
    )  # fmt: skip
    ended = incident.end_time
    alerts = Alert.objects.filter(incident=incident).values_list("firing", flat=True)
    firing = list(alerts)
    return {
        "id": incident.pk,
        "link": document_url(incident.pk),
        "title": to_plain(incident.report, names, one_line=True),
        "status": incident.status_text(),
        "status_key": incident.status_key,
        "status_category": str(incident.category()),
        "severity": incident.severity_text(),
        "private": incident.private,
        "summary": to_plain(incident.summary, names),
        "impact": to_plain(incident.impact, names),
        "started": iso(incident.start_time),
        "reported": iso(incident.report_time),
        "ended": iso(ended),
        "duration": in_words(ended - incident.start_time) if ended else None,
        "lead": person(incident.lead),
        "reporter": person(incident.reporter),
        "roles": [
            {"key": role.key, "name": role.name, "people": [person(one) for one in people]}
            for role, people in incident.roles()
        ],
        "fields": [
            {"key": field.key, "name": field.name, "value": field_text(field, value, names)}
            for field, value in incident.custom_fields()
        ],
        "milestones": {key: iso(moment) for key, moment in times(incident).items()},
        "people": [
            {"name": person(p.user), "messages": p.message_count}
            for p in chat.get().participants(incident)
        ],
        "updates": [
            {
                "at": iso(update.created),
                "by": person(update.actor) or update.actor_name,
                "known": to_plain(update.known, names),
                "doing": to_plain(update.doing, names),
                "needed": to_plain(update.needed, names),
                "next_update": iso(update.next_update),
            }
            for update in updates
        ],
        "timeline": [_entry(event, names) for event in events],
        "actions": [
            {
                "details": to_plain(action.details, names),
                "owner": person(action.user),
                "done": action.done,
                "due": iso(action.due_date),
                "priority": action.get_priority_display() if action.priority else None,
            }
            for action in actions
        ],
        "alerts": {"count": len(firing), "firing": sum(firing)},
    }


def detail_texts(incident: Incident) -> list[str]:
    """Return the values of the custom fields that hold text."""
    return [
        value
        for field, value in incident.custom_fields()
        if field.kind == Kind.TEXT and isinstance(value, str)
    ]


def field_text(field: Field, value: Any, names: References) -> str | None:
    """Return the value of a custom field in words, None if there is none."""
    if isinstance(value, ExternalUser):
        return person(value)
    if field.kind == Kind.TEXT:
        return to_plain(value, names) or None
    return field.shown(value) or None


def entry_link(incident_id: int, event_id: int) -> str:
    """Return the address that leads to an entry of a timeline."""
    return f"{document_url(incident_id)}?entry={event_id}#event-{event_id}"


def person(user: ExternalUser | None) -> str | None:
    """Return a person's name, None without a person."""
    return None if user is None else user.full_name or user.display_name


def _entry(event: TimelineEvent, names: References) -> dict[str, Any]:
    metadata = event.metadata if isinstance(event.metadata, dict) else {}
    author = metadata.get("author")
    said_by = author.get("full_name") or author.get("display_name") if isinstance(
        author, dict
    ) else author  # fmt: skip
    return {
        "id": event.pk,
        "link": entry_link(event.incident_id, event.pk),
        "at": iso(event.timestamp),
        "kind": event.event_type,
        "what": str(metadata.get("update_type") or ""),
        "by": said_by if isinstance(said_by, str) and said_by else event.actor_name,
        "text": to_plain(event.text, names),
        "starred": event.starred,
    }


def iso(moment: datetime | None) -> str | None:
    """Return a time in ISO 8601, to the second and with its zone; None for none."""
    if moment is None:
        return None
    aware = timezone.make_aware(moment) if timezone.is_naive(moment) else moment
    return aware.isoformat(timespec="seconds")
