"""Receivers of signals: they queue what Slack has to show or to be asked, in the transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from response.core.models import Action, Incident, Role, Severity, TimelineEvent, Update
from response.core.models.details import row_named
from response.core.models.tracked import Changes
from response.jobs import outbox
from response.language import project_language
from response.slack.features import changes as announced_changes
from response.slack.features import lead, reference_names, update_reminders
from response.slack.jobs import requests
from response.slack.models import CommsChannel
from response.slack.render import change_lines

#: The texts of each model that may refer to people, groups and channels.
TEXTS: dict[type[models.Model], tuple[str, ...]] = {
    Incident: ("report", "summary", "impact"),
    Action: ("details",),
    TimelineEvent: ("text",),
}


@project_language()
def incident_creating(sender: type, incident: Incident, **kwargs: Any) -> None:
    """Queue posting the headline of a new incident, at once, and telling who has a role in it."""
    requests.sync_headline(incident.pk, delay=0)
    if incident.lead is not None:
        lead.changed(incident)
    for role, found in incident.roles():
        if found:
            lead.role_changed(incident, role, [], found)
    cadence = Severity.cadence(incident.severity)
    if cadence is not None:
        update_reminders.incident_declared(incident, cadence)


@project_language()
def incident_changing(sender: type, incident: Incident, changes: Changes, **kwargs: Any) -> None:
    """Queue updating the headline and the welcome message, a moment later; tell a new lead."""
    requests.sync_headline(incident.pk)
    if CommsChannel.objects.filter(incident=incident).exists():
        requests.sync_welcome(incident.pk)
    if "end_time" in changes and _was_closed_now(incident, changes):
        requests.ask_for_report(incident.pk)
    if "lead" in changes:
        lead.changed(incident)
    for name, (before, after) in changes.items():
        role = row_named(name)
        if isinstance(role, Role):
            lead.role_changed(incident, role, before, after)
    if changes.keys() & update_reminders.MOVED_BY:
        update_reminders.incident_changed(incident, set(changes))


@project_language()
def update_posting(sender: type, update: Update, **kwargs: Any) -> None:
    """Queue showing a new update, telling it, and asking for the next one when it is due."""
    incident = update.incident
    requests.sync_headline(incident.pk)
    if CommsChannel.objects.filter(incident=incident).exists():
        requests.sync_welcome(incident.pk)
    requests.send_update(incident.pk, update.pk)
    update_reminders.update_posted(update)


def _was_closed_now(incident: Incident, changes: Changes) -> bool:
    """Return whether a live incident has just ended; not one that is entered long after."""
    before, after = changes["end_time"]
    if before is not None or after is None or incident.report_only:
        return False
    return bool(timezone.now() - after < timedelta(days=1))


def timeline_written(
    sender: type, instance: TimelineEvent, created: bool, raw: bool = False, **kwargs: Any
) -> None:
    """Queue telling the comms channel of a change."""
    if created and not raw and instance.update_type in change_lines.TYPES:
        with project_language():
            announced_changes.written(instance)


def text_saved(sender: type[models.Model], instance: Any, raw: bool = False, **kwargs: Any) -> None:
    """Queue looking up the names of what the texts of a stored row refer to."""
    texts = [getattr(instance, name) or "" for name in TEXTS[sender]]
    if not raw and "<" in "".join(texts):
        reference_names.ask_for("\n".join(texts))


def configured_row_changed(sender: type, **kwargs: Any) -> None:
    """Queue showing a changed severity, status or role in what open incidents have in Slack."""
    if kwargs.get("raw"):
        return
    shown = Incident.objects.open()
    if sender is Role:
        shown = shown.filter(role_assignments__role=kwargs["instance"].pk).distinct()
    with outbox.low_priority():
        for incident_id, channel in shown.order_by("pk").values_list("pk", "commschannel__pk"):
            requests.sync_headline(incident_id)
            if channel:
                requests.sync_welcome(incident_id)
