"""The commands for milestones: ``milestone``, ``mitigated`` and ``detected``."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from response.core.duration import short
from response.core.metrics.outcomes import State, measure
from response.core.models import Incident, Measurement
from response.core.models.milestones import MILESTONES, Milestone, record, times
from response.slack.decorators import incident_command
from response.slack.features import help_text
from response.slack.handlers.commands import Reply
from response.slack.render import interaction_context
from response.slack.text import command_text, mrkdwn, typed_times
from response.slack.text.mrkdwn import outgoing

#: Further words for milestones, besides their keys and names.
_ALSO = {
    "started": "impact_started",
    "start": "impact_started",
    "impact": "impact_started",
    "ended": "resolved",
    "closed": "resolved",
    "reported": "declared",
    "review": "review_published",
    "reviewed": "review_published",
}
_NOT_KNOWN = frozenset({"none", "unknown", "clear", "-", "–"})


@incident_command(
    ["milestone", "milestones"],
    helptext=gettext_lazy("Show the milestones, or set one"),
    example="milestone mitigated 14:05",
)
def milestone(incident: Incident, user_id: str, message: str) -> Reply:
    """List the milestones, or set one: now, or at the time behind its name."""
    if not message.strip():
        return True, _listed(incident)
    found, rest = _named(message)
    if found is None:
        known = ", ".join(f"`{key.replace('_', ' ')}`" for key in MILESTONES)
        return False, _("`%(typed)s` is not a milestone. The milestones are: %(known)s.") % {
            "typed": help_text.quoted(message, 50),
            "known": known,
        }
    return _set(incident, found, rest)


@incident_command(
    ["mitigated"],
    helptext=gettext_lazy("Note when the impact was over: now, or at a given time"),
    example="mitigated 20 minutes ago",
)
def mitigated(incident: Incident, user_id: str, message: str) -> Reply:
    """Note that the incident is mitigated."""
    return _set(incident, MILESTONES["mitigated"], message)


@incident_command(
    ["detected"],
    helptext=gettext_lazy("Note when it was detected: now, or at a given time"),
    example="detected 13:50",
)
def detected(incident: Incident, user_id: str, message: str) -> Reply:
    """Note when the incident was detected."""
    return _set(incident, MILESTONES["detected"], message)


def _named(message: str) -> tuple[Milestone | None, str]:
    """Return the milestone at the beginning of ``message``, and the text after it."""
    words = message.split(maxsplit=2)
    for count in (2, 1):
        typed = "_".join(command_text.word(word) for word in words[:count])
        found = MILESTONES.get(_ALSO.get(typed, typed))
        if found is not None and len(words) >= count:
            return found, message.split(maxsplit=count)[count] if len(words) > count else ""
    return None, message


def _set(incident: Incident, wanted: Milestone, typed: str) -> Reply:
    if command_text.word(typed) in _NOT_KNOWN:
        at = None
    else:
        now = timezone.now()
        at = typed_times.read(typed, timezone.localtime(now) if timezone.is_aware(now) else now)
        if at is None:
            return False, _(
                "I cannot read `%(typed)s` as a time. Write `14:05`, `20 minutes ago` or "
                "`2026-03-01 14:05`, or leave the time out to use the current one."
            ) % {"typed": help_text.quoted(typed, typed_times.LONGEST)}
    try:
        record(incident, wanted.key, at)
    except ValidationError as error:
        return False, " ".join(error.messages)
    if at is None:
        return True, _("%(milestone)s: not known.") % {"milestone": wanted.name}
    if not typed.strip() and interaction_context.is_read_by_all():
        return True, None  # now: the message says it, and has a reaction
    return True, _("%(milestone)s: %(when)s") % {"milestone": wanted.name, "when": _when(at)}


def _listed(incident: Incident) -> str:
    known = times(incident)
    lines = [
        _("%(milestone)s: %(when)s") % {"milestone": row.name, "when": _when(known[key])}
        for key, row in MILESTONES.items()
    ]
    measured = []
    for row in Measurement.offered():
        outcome = measure(row, known, report_only=incident.report_only)
        if outcome.state is State.RECORDED and outcome.duration is not None:
            measured.append(f"{outgoing(row.label())}: {short(outcome.duration)}")
        elif outcome.state is State.INVALID:
            measured.append(
                _("%(name)s: the end is before the beginning") % {"name": outgoing(row.label())}
            )
    return "\n".join([*lines, *([""] if measured else []), *measured])


def _when(at: datetime | None) -> str:
    """Return a time as each reader sees it in their own zone."""
    if at is None:
        return _("not known")
    if timezone.is_naive(at):
        at = timezone.make_aware(at, timezone.get_default_timezone())
    local = timezone.localtime(at)
    return mrkdwn.date(at.timestamp(), f"{local:%Y-%m-%d %H:%M} {local.tzname()}")
