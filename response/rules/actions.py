"""Doing what rules say, in Slack. Each step is noted, and a later try goes on from there."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from django.utils.translation import gettext as _

from response.core.actors import RESPONSE, acting_as
from response.core.models import Incident
from response.core.models.timeline import add_incident_update_event
from response.db import atomic
from response.jobs.errors import RetryLater
from response.jobs.job_handlers import on_failure
from response.jobs.models import OutboxMessage
from response.rules import apply, plan, render
from response.rules.models import Rule, RuleRun
from response.rules.situation import situation_of
from response.slack.models import CommsChannel
from response.slack.render.incident_view import IncidentView
from response.slack.web_api import identity, messages_in_slack
from response.slack.web_api.client import get_client
from response.slack.web_api.errors import SlackError
from response.slack.web_api.jobs import slack_job

logger = logging.getLogger(__name__)

#: Errors that a person has to resolve in the channel.
_CHANNEL_TROUBLE = frozenset(
    {
        "channel_not_found",
        "no_such_channel",
        "not_in_channel",
        "is_archived",
        "restricted_action",
    }
)
_ARCHIVED = "archived the comms channel"
#: Slack's answers to inviting a member.
_THERE = frozenset({"already_in_channel", "cant_invite_self"})


@slack_job(apply.RUN)
def run(job: OutboxMessage) -> None:
    """Carry out one step of a rule, if it still applies to the incident as it is now."""
    noted = RuleRun.objects.filter(pk=job.arguments["run"], state=RuleRun.QUEUED).first()
    incident = Incident.objects.with_people().filter(pk=job.incident_id).first()
    if noted is None or incident is None:
        return
    rule = Rule.objects.filter(key=noted.rule).first()
    why_not = _why_not(rule, incident, noted, job.arguments["kind"])
    if rule is None or why_not:
        state, entry_text = _result_of_earlier_try(rule, job, incident)
        _finish(noted, state, entry_text if state == RuleRun.DONE else why_not, entry_text)
        return
    _ACTIONS[job.arguments["kind"]](job, noted, rule, incident)


def _why_not(rule: Rule | None, incident: Incident, noted: RuleRun, kind: str) -> str:
    if rule is None or not rule.is_on:
        return _("The rule is switched off.")
    step = plan.scheduled_step(rule, situation_of(incident), kind)
    if step is None:
        return _("The rule no longer does this.")
    if step.cause != noted.cause:
        return _("The incident has changed in the meantime.")
    return step.why_not


def _result_of_earlier_try(
    rule: Rule | None, job: OutboxMessage, incident: Incident
) -> tuple[str, str]:
    """Return the state for a run that no longer applies, and the text of its timeline entry.

    An earlier try may have taken effect and been killed before that was recorded.
    """
    kind, progress = job.arguments["kind"], job.progress
    if rule is None:
        return RuleRun.SKIPPED, ""
    if progress.get("invited"):
        return RuleRun.SKIPPED, render.invited(rule, progress["invited"], {})
    channel = incident.comms_channel()
    if progress.get("archiving") and channel is not None and channel.archived:
        return RuleRun.DONE, render.timeline_text(rule, _ARCHIVED)
    where = progress.get("posting_in")
    if where and messages_in_slack.find(where, _block_id(job), progress["since"]):
        if kind == plan.POST:
            return RuleRun.DONE, render.timeline_text(rule, f"posted in <#{where}>")
        if kind == plan.REMIND:
            return RuleRun.DONE, _reminded(rule)
    return RuleRun.SKIPPED, ""


def _block_id(job: OutboxMessage) -> str:
    return f"rule-run-{job.arguments['run']}"


def _finish(noted: RuleRun, state: str, note: str, entry_text: str = "") -> None:
    """Store the outcome of a run and its timeline entry, in one transaction."""
    with atomic():
        noted.state, noted.note = state, note
        noted.save(update_fields=["state", "note"])
        if entry_text:
            rule = Rule.with_key(noted.rule)
            with acting_as(RESPONSE):
                add_incident_update_event(
                    noted.incident, "rule", None, rule.name if rule else noted.rule, entry_text
                )


# Inviting


def _invite(job: OutboxMessage, noted: RuleRun, rule: Rule, incident: Incident) -> None:
    channel = incident.comms_channel().channel_id
    for user in rule.invite_users:
        _invite_one(job, channel, user)
    for group in rule.invite_groups:
        for user in _members(job, group):
            _invite_one(job, channel, user)
    there, refused = job.progress.get("invited") or [], job.progress.get("refused") or {}
    entry_text = render.invited(rule, there, refused)
    _finish(noted, RuleRun.DONE if not refused else RuleRun.FAILED, entry_text, entry_text)


def _invite_one(job: OutboxMessage, channel: str, user: str) -> None:
    if user in job.progress.get("asked", []):
        return
    # Whoever is there already has been invited, if an earlier try was cut off here.
    again = job.progress.get("asking") == user
    job.progress["asking"] = user
    job.save(update_fields=["progress"])
    try:
        get_client().api_call("conversations.invite", channel=channel, users=user)
        job.progress.setdefault("invited", []).append(user)
    except SlackError as error:
        if error.transient or error.misconfigured:
            raise
        if error.slack_error in _THERE and again:
            job.progress.setdefault("invited", []).append(user)
        elif error.slack_error not in _THERE:
            logger.warning("A rule could not invite: %s", error)
            job.progress.setdefault("refused", {})[user] = str(error.slack_error)
    job.progress.setdefault("asked", []).append(user)
    job.save(update_fields=["progress"])


def _members(job: OutboxMessage, group: str) -> list[str]:
    """Return the members of a user group, as they were when the job first asked."""
    members: dict[str, list[str]] = job.progress.setdefault("groups", {})
    if group not in members:
        try:
            answer = get_client().api_call("usergroups.users.list", usergroup=group)
            members[group] = [str(user) for user in answer.get("users") or []]
        except SlackError as error:
            if error.transient or error.misconfigured:
                raise
            logger.warning("A rule could not ask for the members of a group: %s", error)
            members[group] = []
            job.progress.setdefault("refused", {})[group] = str(error.slack_error)
        job.save(update_fields=["progress"])
    return members[group]


# Saying


def _post(job: OutboxMessage, noted: RuleRun, rule: Rule, incident: Incident) -> None:
    text = render.line(rule, IncidentView.from_incident(incident))
    try:
        channel = identity.channel_called(rule.post_channel)
        posted = _say(job, channel, text)
    except SlackError as error:
        if error.slack_error not in _CHANNEL_TROUBLE:
            raise
        identity.forget_channel_called(rule.post_channel)
        raise RetryLater(
            f"The rule {rule.key} cannot post in {rule.post_channel}: {error}", configuration=True
        ) from error
    entry_text = render.timeline_text(rule, f"posted in <#{posted.channel}>")
    _finish(noted, RuleRun.DONE, entry_text, entry_text)


def _remind(job: OutboxMessage, noted: RuleRun, rule: Rule, incident: Incident) -> None:
    text = render.reminder(rule.remind_if, rule.remind_after or 0)
    _say(job, incident.comms_channel().channel_id, text)
    entry_text = _reminded(rule)
    _finish(noted, RuleRun.DONE, entry_text, entry_text)


def _reminded(rule: Rule) -> str:
    return render.timeline_text(rule, f"reminded that there is no {rule.remind_if}")


def _say(job: OutboxMessage, channel: str, text: str) -> messages_in_slack.Posted:
    block_id = _block_id(job)
    message = render.message(text, block_id).arguments()
    return messages_in_slack.post_once(job, channel, message, block_id)


# Archiving


def _announce_archiving(job: OutboxMessage, noted: RuleRun, rule: Rule, incident: Incident) -> None:
    assert incident.end_time is not None
    due = incident.end_time + timedelta(days=rule.archive_after or 0)
    text = render.archive_notice(rule, apply.soonest_archiving(due))
    _say(job, incident.comms_channel().channel_id, text)
    with atomic():
        apply.schedule_archiving(incident, rule, due)
        _finish(noted, RuleRun.DONE, _("Posted in the channel."))


def _archive(job: OutboxMessage, noted: RuleRun, rule: Rule, incident: Incident) -> None:
    channel = incident.comms_channel()
    others = CommsChannel.objects.filter(channel_id=channel.channel_id).exclude(pk=channel.pk)
    if others.exists():
        _finish(noted, RuleRun.SKIPPED, _("The channel belongs to another incident as well."))
        return
    job.progress["archiving"] = True
    job.save(update_fields=["progress"])
    try:
        _archive_in_slack(channel.channel_id)
    except SlackError as error:
        if error.slack_error != "already_archived":
            raise
    with atomic():
        CommsChannel.objects.filter(pk=channel.pk).update(archived=True)
        entry_text = render.timeline_text(rule, _ARCHIVED)
        _finish(noted, RuleRun.DONE, entry_text, entry_text)


def _archive_in_slack(channel_id: str) -> None:
    """Archive a channel, joining it first if the bot has left it."""
    try:
        get_client().archive_channel(channel_id)
    except SlackError as error:
        if error.slack_error != "not_in_channel":
            raise
        get_client().join_channel(channel_id)
        get_client().archive_channel(channel_id)


_ACTIONS: dict[str, Callable[[OutboxMessage, RuleRun, Rule, Incident], None]] = {
    plan.INVITE: _invite,
    plan.POST: _post,
    plan.REMIND: _remind,
    plan.ARCHIVE_NOTICE: _announce_archiving,
    plan.ARCHIVE: _archive,
}


@on_failure(apply.RUN)
def failed(job: OutboxMessage, error: Exception) -> None:
    """Store in the run and in the timeline that it failed for good, and why."""
    noted = RuleRun.objects.filter(pk=job.arguments.get("run"), state=RuleRun.QUEUED).first()
    if noted is None:
        return
    rule = Rule.with_key(noted.rule)
    why = str(error)
    entry_text = (
        render.timeline_text(rule, f"could not be carried out: {why[:500]}") if rule else ""
    )
    _finish(noted, RuleRun.FAILED, why, entry_text)
