"""What a rule does with an incident, when, and why not. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from response.rules import conditions
from response.rules.models import Rule

INVITE, POST, REMIND = "invite", "post", "remind"
ARCHIVE_NOTICE, ARCHIVE = "archive-notice", "archive"
#: How long before the archiving the channel gets its notice.
NOTICE = timedelta(days=1)


@dataclass(frozen=True)
class Situation:
    """An incident, as far as rules look at it."""

    reported: datetime
    severity: str = ""
    private: bool = False
    report_only: bool = False
    ended: datetime | None = None
    has_lead: bool = False
    has_summary: bool = False
    has_channel: bool = False
    channel_archived: bool = False
    last_update: datetime | None = None
    last_update_pk: int = 0
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One thing that a rule does.

    ``cause`` tells it from what the rule does for another reason; it is done once for each.
    ``due`` is when, None for at once. ``why_not`` is a sentence if it is not to be done.
    """

    kind: str
    cause: str
    due: datetime | None = None
    why_not: str = ""


def steps(rule: Rule, situation: Situation) -> list[Step]:
    """Return everything that the rule could do, each with the reason if it does not.

    A rule that is off is looked at as if it had always been on.
    """
    return _steps(rule, situation, rule.since)


def scheduled_step(rule: Rule, situation: Situation, kind: str) -> Step | None:
    """Return the step of a kind that was begun or scheduled, None if the rule has none now.

    It no longer counts once the rule has been saved again.
    """
    found = _steps(rule, situation, None)
    return next((step for step in found if step.kind == kind), None)


def _steps(rule: Rule, situation: Situation, since: datetime | None) -> list[Step]:
    found = []
    while_open = _not_while_open(rule, situation, since)
    if rule.invite_users or rule.invite_groups:
        why_not = while_open or _no_channel(situation)
        found.append(Step(INVITE, INVITE, why_not=why_not))
    if rule.post_channel:
        why_not = while_open
        if situation.private:
            why_not = _("The incident is private: nothing is posted in other channels.")
        found.append(Step(POST, POST, why_not=why_not))
    if rule.remind_if and rule.remind_after:
        found.append(_reminder(rule, situation, rule.remind_after, while_open))
    if rule.archive_after:
        found += _archiving(rule, situation, rule.archive_after, since)
    return found


def _does_not_apply(rule: Rule, situation: Situation) -> str:
    if situation.report_only:
        return _("The incident was only reported, after the fact.")
    return conditions.why_not(
        situation.severity,
        situation.private,
        situation.fields,
        severities=rule.severities,
        field_values=rule.field_values,
        include_private=rule.include_private,
    )


def _not_while_open(rule: Rule, situation: Situation, since: datetime | None) -> str:
    """Return why a step for open incidents is not done; empty if it is."""
    if since is not None and situation.reported < since:
        return _("The incident was reported before the rule was switched on or changed.")
    why_not = _does_not_apply(rule, situation)
    if not why_not and situation.ended is not None:
        why_not = _("The incident is closed.")
    return why_not


def _no_channel(situation: Situation) -> str:
    if not situation.has_channel:
        return _("The incident has no comms channel.")
    if situation.channel_archived:
        return _("The comms channel is archived.")
    return ""


def _reminder(rule: Rule, situation: Situation, minutes: int, while_open: str) -> Step:
    cause, since = f"{REMIND} {rule.remind_if}", situation.reported
    why_not = while_open or _no_channel(situation)
    there = {
        Rule.LEAD: (situation.has_lead, _("There is already a lead.")),
        Rule.SUMMARY: (situation.has_summary, _("There is already a summary.")),
        Rule.SEVERITY: (bool(situation.severity), _("There is already a severity.")),
    }
    if rule.remind_if == Rule.UPDATE:
        cause, since = f"{cause} {situation.last_update_pk}", situation.last_update or since
    elif not why_not and there[rule.remind_if][0]:
        why_not = there[rule.remind_if][1]
    return Step(REMIND, cause, since + timedelta(minutes=minutes), why_not)


def _archiving(rule: Rule, situation: Situation, days: int, since: datetime | None) -> list[Step]:
    ended, why_not = situation.ended, _does_not_apply(rule, situation)
    if ended is None:
        why_not = why_not or _("The incident is open.")
        return [Step(kind, kind, why_not=why_not) for kind in (ARCHIVE_NOTICE, ARCHIVE)]
    if since is not None and ended < since:
        why_not = _("The incident was closed before the rule was switched on or changed.")
    why_not = why_not or _no_channel(situation)
    due = ended + timedelta(days=days)
    mark = int(ended.timestamp())  # once for each time that it is closed
    return [
        Step(ARCHIVE_NOTICE, f"{ARCHIVE_NOTICE} {mark}", due - NOTICE, why_not),
        Step(ARCHIVE, f"{ARCHIVE} {mark}", due, why_not),
    ]
