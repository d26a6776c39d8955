"""What saving an incident or an action writes down and tells.

Called by the models in the transaction of the save, from wherever it was called: a
handler, the admin, the API, a shell.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import Signal

from response.core import signals
from response.core.event_handlers import tell_event_stream
from response.core.models.action import Action
from response.core.models.dedup import DedupKey
from response.core.models.incident import Incident
from response.core.models.timeline import add_incident_update_event
from response.core.models.tracked import Changes
from response.core.models.user_external import ExternalUser

logger = logging.getLogger(__name__)


def incident_saved(incident: Incident, created: bool, changes: Changes) -> None:
    """Timeline, event stream and signals for a saved incident."""
    for field, (old, new) in changes.items():
        if field in _TIMELINE:
            _TIMELINE[field](incident, old, new)
    if "end_time" in changes:
        DedupKey.objects.follow(incident)
    tell_event_stream(incident, created=created)
    if created:
        signals.incident_creating.send(Incident, incident=incident)
        _after_commit(signals.incident_created, Incident, incident=incident)
    else:
        signals.incident_changing.send(Incident, incident=incident, changes=changes)
        _after_commit(signals.incident_changed, Incident, incident=incident, changes=changes)


def action_saved(action: Action, created: bool, changes: Changes) -> None:
    """Event stream and signals for a saved action."""
    tell_event_stream(action, created=created)
    told: dict[str, Any] = {"action": action, "created": created, "changes": changes}
    signals.action_changing.send(Action, **told)
    _after_commit(signals.action_changed, Action, **told)


def _after_commit(signal: Signal, sender: type, **told: Any) -> None:
    transaction.on_commit(partial(_tell, signal, sender, told))


def _tell(signal: Signal, sender: type, told: dict[str, Any]) -> None:
    for receiver, answer in signal.send_robust(sender, **told):
        if isinstance(answer, Exception):
            logger.error("A receiver of an incident signal failed: %r", receiver, exc_info=answer)


# One function per field of which the timeline tells. The sentences are kept in the words
# of the older releases, so that an old and a new entry read alike.


def _report(incident: Incident, old: str, new: str) -> None:
    text = f'Incident report updated from "{old}" to "{new}"'
    add_incident_update_event(incident, "incident_report", text, old, new)


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
        add_incident_update_event(incident, f"incident_{what}", text, old, new)

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
    add_incident_update_event(incident, "incident_lead", text, _person(old), _person(new))


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
    add_incident_update_event(incident, "incident_severity", text, before, after)


def _end_time(incident: Incident, old: Any, new: Any) -> None:
    if bool(old) == bool(new):
        return
    before, after = ("resolved", "live") if old else ("live", "resolved")
    text = "Incident closed" if new else "Incident reopened"
    add_incident_update_event(incident, "incident_status", text, before, after)


def _severity_value(severity: str | None) -> dict[str, str] | None:
    if not severity:
        return None
    return {"id": severity, "text": str(dict(Incident.SEVERITIES).get(severity, severity))}


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


_TIMELINE: dict[str, Callable[[Incident, Any, Any], None]] = {
    "report": _report,
    "summary": _text("summary"),
    "impact": _text("impact"),
    "lead": _lead,
    "severity": _severity,
    "end_time": _end_time,
}
