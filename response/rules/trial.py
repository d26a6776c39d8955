"""What rules would do with an incident, in words, without doing it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import gettext as _

from response.core import chat
from response.core.models import Incident
from response.jobs.models import Timer
from response.rules import apply, plan, render
from response.rules.models import Rule, RuleRun
from response.rules.situation import situation_of
from response.slack.render.incident_view import IncidentView


@dataclass(frozen=True)
class Verdict:
    """What a rule does with an incident: what, and whether it would, in sentences."""

    rule: Rule
    what: str
    verdict: str
    would: bool


def verdicts(incident: Incident) -> list[Verdict]:
    """Return what each rule that is not retired does with an incident, as it is now.

    Rules that are off are shown as they would be once they are switched on, for an incident
    that is declared after that. Costs the same for any number of rules.
    """
    situation, view = situation_of(incident), IncidentView.from_incident(incident)
    timers = {t.key: t for t in Timer.objects.filter(incident=incident, kind=apply.TIMER)}
    done = {(run.rule, run.cause): run for run in RuleRun.objects.begun(incident)}
    rules = list(Rule.objects.filter(retired=False))
    users = {user for rule in rules for user in rule.invite_users}
    groups = {group for rule in rules for group in rule.invite_groups}
    names = {**chat.get().names(users), **chat.get().group_names(groups)}
    found = []
    for rule in rules:
        steps = plan.steps(rule, situation)
        for step in steps:
            timer = timers.get(apply.timer_key(rule, step.kind))
            if timer is not None:
                step = plan.scheduled_step(rule, situation, step.kind) or step
            what = _what(rule, step, view, names)
            verdict, would = _verdict(rule, step, done.get((rule.key, step.cause)), timer)
            found.append(Verdict(rule, what, verdict, would))
        if not steps:
            found.append(Verdict(rule, _("nothing"), _("The rule does nothing yet."), False))
    return found


def _what(rule: Rule, step: plan.Step, view: IncidentView, names: dict[str, str]) -> str:
    if step.kind == plan.INVITE:
        who = [*rule.invite_users, *rule.invite_groups]
        return _("invite %(people)s") % {"people": ", ".join(names.get(i) or i for i in who)}
    if step.kind == plan.POST:
        return _("post in %(channel)s: %(text)s") % {
            "channel": rule.post_channel,
            "text": render.line(rule, view),
        }
    if step.kind == plan.REMIND:
        return _("remind: %(missing)s") % {"missing": dict(Rule.REMIND_IF)[rule.remind_if]}
    if step.kind == plan.ARCHIVE_NOTICE:
        return _("announce in the comms channel that it will be archived")
    return _("archive the comms channel")


def _verdict(
    rule: Rule, step: plan.Step, run: RuleRun | None, timer: Timer | None
) -> tuple[str, bool]:
    if run is not None:
        return _("Already noted (%(state)s): %(note)s") % {
            "state": run.get_state_display(),
            "note": run.note or "–",
        }, False
    if step.why_not:
        return _("No. %(why)s") % {"why": step.why_not}, False
    now = timezone.now()
    due = apply.when_due(rule, step, timer, now) if step.due else now
    if due > now:
        return _("Yes, %(when)s.") % {"when": localize(due)}, True
    return _("Yes, at once."), True
