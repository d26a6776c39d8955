"""Record each saved change of incidents and actions in the timeline, and send the signals.

Runs in the transaction of the save, wherever ``save()`` was called: in a handler, the admin,
the API or a shell.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import Signal, receiver
from django.utils import timezone

from response.core import actors
from response.core.models import signals
from response.core.models.action import Action
from response.core.models.dedup import DedupKey
from response.core.models.details import row_named
from response.core.models.field import Field
from response.core.models.field_values import Kind
from response.core.models.incident import Incident
from response.core.models.milestones import note_first_lead, noted_at_once
from response.core.models.role import Role
from response.core.models.severity import Severity
from response.core.models.status import Category
from response.core.models.timeline import TimelineEvent, add_incident_update_event
from response.core.models.tracked import Changes
from response.core.models.user_external import ExternalUser

logger = logging.getLogger(__name__)


@receiver(signals.tracked_saved, sender=Incident, dispatch_uid="response.history.incident")
def record_incident(
    sender: type, instance: Incident, created: bool, changes: Changes, **kwargs: Any
) -> None:
    """Add the timeline entries of a saved incident, sync its dedup key, and send the signals."""
    if "lead" in changes:
        note_first_lead(instance, *changes["lead"])
    for field, (old, new) in changes.items():
        if field in _TIMELINE:
            _TIMELINE[field](instance, old, new)
        else:
            _detail(instance, row_named(field), old, new)
    if not created and changes.keys() & set(Incident.settled_fields):
        _status(instance, changes)
    if "end_time" in changes:
        DedupKey.objects.sync_with_status(instance)
    if created:
        _declared(instance)
        signals.incident_creating.send(Incident, incident=instance)
        _after_commit(signals.incident_created, Incident, incident=instance)
    else:
        signals.incident_changing.send(Incident, incident=instance, changes=changes)
        _after_commit(signals.incident_changed, Incident, incident=instance, changes=changes)


@receiver(signals.tracked_saved, sender=Action, dispatch_uid="response.history.action")
def record_action(
    sender: type, instance: Action, created: bool, changes: Changes, **kwargs: Any
) -> None:
    """Add the timeline entry of a saved action, and send the signals."""
    _action(instance, created, changes)
    values: dict[str, Any] = {"action": instance, "created": created, "changes": changes}
    signals.action_changing.send(Action, **values)
    _after_commit(signals.action_changed, Action, **values)


def _after_commit(signal: Signal, sender: type, **values: Any) -> None:
    transaction.on_commit(partial(send_and_log, signal, sender, values))


def send_and_log(signal: Signal, sender: type, values: dict[str, Any]) -> None:
    """Send a signal after a commit; a receiver that fails is logged."""
    for function, answer in signal.send_robust(sender, **values):
        if isinstance(answer, Exception):
            logger.error("A receiver of an incident signal failed: %r", function, exc_info=answer)


# One function per field that the timeline records. The sentences are those of older releases,
# so that old and new entries read alike.


def _declared(incident: Incident) -> None:
    text = "Incident reported" if incident.report_only else "Incident declared"
    if incident.report:
        text = f'{text}: "{incident.report}"'
    event = TimelineEvent(
        incident=incident,
        timestamp=incident.report_time,
        text=text,
        event_type="incident_update",
        metadata={
            "update_type": "incident_declared",
            "old_value": None,
            "new_value": incident.report or None,
        },
    )
    reporter = incident.reporter
    if actors.current() is actors.UNKNOWN and reporter is not None:
        event.actor = reporter
        event.actor_name = (reporter.full_name or reporter.display_name)[: actors.LONGEST_NAME]
    event.save()


def _action(action: Action, created: bool, changes: Changes) -> None:
    if created:
        what, text = "action_created", f'Action added: "{action.details}"'
    elif "done" in changes:
        done = changes["done"][1]
        what = "action_done" if done else "action_reopened"
        text = f'Action {"done" if done else "taken up again"}: "{action.details}"'
    else:
        return
    add_incident_update_event(action.incident, what, None, action.details, text)


def _report(incident: Incident, old: str, new: str) -> None:
    text = f'Incident report updated from "{old}" to "{new}"'
    add_incident_update_event(incident, "incident_report", old, new, text)


def _text(what: str) -> Callable[[Incident, str | None, str | None], None]:
    def write(incident: Incident, old: str | None, new: str | None) -> None:
        if old and new:
            text = f'Incident {what} updated from "{old}" to "{new}"'
        elif new:
            text = f'Incident {what} added: "{new}"'
        elif old:
            text = f'Incident {what} removed; it was: "{old}"'
        else:
            return
        add_incident_update_event(incident, f"incident_{what}", old, new, text)

    return write


def _lead(incident: Incident, old: ExternalUser | None, new: ExternalUser | None) -> None:
    if old and new:
        text = f"Incident lead changed from {old.as_text()} to {new.as_text()}"
    elif new:
        text = f"{new.as_text()} was added as incident lead"
    elif old:
        text = f"{old.as_text()} was removed as incident lead"
    else:
        return
    add_incident_update_event(incident, "incident_lead", _person(old), _person(new), text)


def _severity(incident: Incident, old: str | None, new: str | None) -> None:
    before, after = _severity_value(old), _severity_value(new)
    if before and after:
        text = f"Incident severity updated from {before['text']} to {after['text']}"
    elif after:
        text = f"Incident severity set to {after['text']}"
    elif before:
        text = f"Incident severity removed; it was {before['text']}"
    else:
        return
    add_incident_update_event(incident, "incident_severity", before, after, text)


def _milestone(key: str) -> Callable[[Incident, Any, Any], None]:
    what = _MILESTONES[key]

    def write(incident: Incident, old: datetime | None, new: datetime | None) -> None:
        if old and new:
            text = f"{what}: corrected from {_moment(old)} to {_moment(new)}"
        elif new and noted_at_once(new, timezone.now()):
            text = what  # the time is that of the entry
        elif new:
            text = f"{what}: {_moment(new)}"
        elif old:
            text = f"{what}: removed; it was {_moment(old)}"
        else:
            return
        before, after = (moment.isoformat() if moment else None for moment in (old, new))
        add_incident_update_event(incident, f"milestone_{key}", before, after, text)

    return write


_MILESTONES = {
    "impact_started": "Impact started",
    "detected": "Detected",
    "declared": "Declared",
    "acknowledged": "Acknowledged",
    "mitigated": "Mitigated",
    "resolved": "Resolved",
    "review_published": "Review published",
}


def _moment(moment: datetime) -> str:
    if timezone.is_naive(moment):
        return f"{moment:%Y-%m-%d %H:%M}"
    local = timezone.localtime(moment)
    return f"{local:%Y-%m-%d %H:%M} {local.tzname()}"


def _end_time(incident: Incident, old: datetime | None, new: datetime | None) -> None:
    if old and new:
        _milestone("resolved")(incident, old, new)


def _status(incident: Incident, changes: Changes) -> None:
    """Write one entry for a change of the status, whichever of the fields behind it changed."""
    before, after = incident.status_before(changes), incident.current_status()
    if before.key == after.key:
        return
    if before.category == after.category:
        text = f"Incident status updated from {before.name} to {after.name}"
    elif after.category == Category.CLOSED:
        text = "Incident closed"
    elif before.category == Category.CLOSED:
        text = "Incident reopened"
    else:
        return  # it was declared as the wrong kind; no release recorded that
    if before.category != after.category and not after.default:
        text = f"{text}: {after.name}"
    add_incident_update_event(incident, "incident_status", before.key, after.key, text)


def _severity_value(severity: str | None) -> dict[str, str] | None:
    if not severity:
        return None
    row = Severity.with_key(severity)
    return {"id": severity, "text": row.name if row else severity}


def _person(user: ExternalUser | None) -> dict[str, Any] | None:
    if user is None:
        return None
    return {
        "app_id": user.app_id,
        "external_id": user.external_id,
        "display_name": user.display_name,
        "full_name": user.full_name,
        "email": user.email,
        "deleted": user.deleted,
    }


def _private(incident: Incident, old: bool, new: bool) -> None:
    before, after = ("private", "public") if old else ("public", "private")
    text = f"Incident made {after}"
    add_incident_update_event(incident, "incident_private", before, after, text)


def _detail(incident: Incident, row: Role | Field | None, old: Any, new: Any) -> None:
    """Add the entry for a role that was given to others, or for a custom field."""
    if isinstance(row, Role):
        words = [", ".join(person.as_text() for person in people) for people in (old, new)]
        values = [_people(row, people) for people in (old, new)]
        about = {"role": {"key": row.key, "name": row.name}}
    elif isinstance(row, Field):
        words = [row.shown(value) for value in (old, new)]
        values = [_field_value(row, value) for value in (old, new)]
        about = {"field": {"key": row.key, "name": row.name, "kind": row.kind}}
    else:
        return
    before, after = words
    if before and after:
        text = f'{row.name} changed from "{before}" to "{after}"'
    elif after:
        text = f'{row.name} set to "{after}"'
    else:
        text = f'{row.name} removed; it was "{before}"'
    TimelineEvent.objects.create(
        incident=incident,
        text=text,
        event_type="incident_update",
        metadata={
            "update_type": "incident_role" if isinstance(row, Role) else "incident_field",
            "old_value": values[0],
            "new_value": values[1],
            **about,
        },
    )


def _people(role: Role, people: list[ExternalUser]) -> Any:
    """Return who has a role as JSON: a list for a role for several, else a person or None."""
    found = [_person(person) for person in people]
    if role.several or len(found) > 1:
        return found or None
    return found[0] if found else None


def _field_value(field: Field, value: Any) -> Any:
    """Return a value as JSON: a person as such, anything else as people read it."""
    if field.kind == Kind.PERSON:
        return _person(value)
    return field.shown(value) or None


_TIMELINE: dict[str, Callable[[Incident, Any, Any], None]] = {
    "report": _report,
    "summary": _text("summary"),
    "impact": _text("impact"),
    "lead": _lead,
    "severity": _severity,
    "private": _private,
    "end_time": _end_time,
    "start_time": _milestone("impact_started"),
    "detected_at": _milestone("detected"),
    "report_time": _milestone("declared"),
    "acknowledged_at": _milestone("acknowledged"),
    "mitigated_at": _milestone("mitigated"),
    "review_published_at": _milestone("review_published"),
}
