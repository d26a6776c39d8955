"""Queue what rules have to do, once for each incident, rule and cause.

A change of an incident only queues a look at the rules. The look notes each thing that is to
be done in a row and queues a job for it in the same transaction; what is due later gets a timer.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from response.core.models import Incident, Update
from response.db import atomic, lock
from response.jobs import outbox
from response.jobs.job_handlers import job_handler
from response.jobs.models import OutboxMessage, Timer
from response.jobs.timers import timer_handler
from response.rules import plan
from response.rules.models import Rule, RuleRun
from response.rules.situation import situation_of
from response.slack.models import CommsChannel

#: The names of the jobs, as they are stored in rows.
APPLY, RUN = "rules.apply", "rules.run"
TIMER = "rule"
#: How long changes of one moment are gathered, in seconds.
DELAY = 1.0


def look(incident_id: int) -> None:
    """Queue looking at the rules for an incident, if any rule is on."""
    if Rule.switched_on():
        outbox.enqueue(
            APPLY,
            queue=f"rules {incident_id}",
            incident=incident_id,
            coalesce=f"{APPLY} {incident_id}",
            delay=DELAY,
        )


def incident_saved(sender: type, incident: Incident, **kwargs: Any) -> None:
    """Look at the rules for a new or changed incident, in its transaction."""
    look(incident.pk)


def update_posting(sender: type, update: Update, **kwargs: Any) -> None:
    """Look at the rules once an update is posted, in its transaction."""
    look(update.incident_id)


def channel_saved(
    sender: type, instance: CommsChannel, created: bool, raw: bool = False, **kwargs: Any
) -> None:
    """Look at the rules once there is a channel into which people can be invited."""
    if created and not raw:
        look(instance.incident_id)


@job_handler(APPLY)
def apply(job: OutboxMessage) -> None:
    """Queue what the active rules have to do now, and set timers for what is due later."""
    with atomic():
        lock(Incident.objects.filter(pk=job.incident_id)).first()
        incident = Incident.objects.with_people().filter(pk=job.incident_id).first()
        rules = list(Rule.objects.filter(active=True, retired=False)) if incident else []
        if incident is None or not rules:
            return
        situation, now = situation_of(incident), timezone.now()
        known = set(RuleRun.objects.begun(incident).values_list("rule", "cause"))
        timers = {t.key: t for t in Timer.objects.filter(incident=incident, kind=TIMER)}
        for rule in rules:
            for step in plan.steps(rule, situation):
                timer = timers.get(timer_key(rule, step.kind))
                if timer is not None:
                    # What was scheduled before the rule was changed stays scheduled.
                    step = plan.scheduled_step(rule, situation, step.kind) or step
                _take_up(incident, rule, step, timer, known, now)


def _take_up(
    incident: Incident,
    rule: Rule,
    step: plan.Step,
    timer: Timer | None,
    known: set[tuple[str, str]],
    now: datetime,
) -> None:
    if step.why_not or (rule.key, step.cause) in known:
        if timer is not None:
            timer.delete()
    elif step.due is None:
        start(incident, rule, step)
    elif step.kind != plan.ARCHIVE:  # whose timer is set once the channel has been told
        _schedule(incident, rule, step, timer, now)


def timer_key(rule: Rule, kind: str) -> str:
    """Return the key of the timer for a step of a rule."""
    return f"{rule.key} {kind}"


def start(incident: Incident, rule: Rule, step: plan.Step) -> None:
    """Store a run for a step and queue its job, in the transaction of the caller."""
    run, _created = RuleRun.objects.update_or_create(
        incident=incident,
        rule=rule.key,
        cause=step.cause,
        defaults={"state": RuleRun.QUEUED, "note": "", "created": timezone.now()},
    )
    outbox.enqueue(
        RUN, queue=f"rule run {run.pk}", incident=incident.pk, run=run.pk, kind=step.kind
    )


def schedule_archiving(incident: Incident, rule: Rule, due: datetime) -> None:
    """Set the timer that archives the channel: at ``due``, at the soonest a day from now."""
    Timer.objects.set(incident.pk, TIMER, soonest_archiving(due), timer_key(rule, plan.ARCHIVE))


def soonest_archiving(due: datetime) -> datetime:
    """Return when a channel is archived that gets the notice now: at ``due``, or a day from now."""
    return max(due, timezone.now() + plan.NOTICE)


def when_due(rule: Rule, step: plan.Step, timer: Timer | None, now: datetime) -> datetime:
    """Return when a step is done for which there is a timer, or is going to be one."""
    due = step.due or now
    if timer is not None:
        return max(timer.due or due, due)
    if step.kind == plan.ARCHIVE:
        return soonest_archiving(due)
    if step.kind == plan.REMIND and due <= now:
        # It has been missing only since now: a lead may just have been removed.
        return now + timedelta(minutes=rule.remind_after or 0)
    return due


def _schedule(
    incident: Incident, rule: Rule, step: plan.Step, timer: Timer | None, now: datetime
) -> None:
    due = when_due(rule, step, None, now) if timer is None else step.due or now
    if timer is None or step.cause.startswith(f"{plan.REMIND} {Rule.UPDATE}"):
        Timer.objects.set(incident.pk, TIMER, due, timer_key(rule, step.kind))


@timer_handler(TIMER)
def came_due(timer: Timer, now: datetime) -> None:
    """Start the step of a timer that is due, if it still applies."""
    key, _space, kind = timer.key.rpartition(" ")
    rule = Rule.objects.filter(key=key, active=True, retired=False).first()
    incident = Incident.objects.with_people().filter(pk=timer.incident_id).first()
    step = plan.scheduled_step(rule, situation_of(incident), kind) if rule and incident else None
    if rule is None or incident is None or step is None or step.why_not:
        timer.delete()
        return
    if step.due is not None and step.due > now:
        timer.due = step.due
        timer.save(update_fields=["due"])
        return
    timer.delete()
    begun = RuleRun.objects.begun(incident).filter(rule=rule.key, cause=step.cause)
    if not begun.exists():
        start(incident, rule, step)
