"""Reminders of updates: when the next one of an incident is due, and asking for it.

The timer of an incident says when its lead is asked; updates, changes of the severity and snoozing
move it. There is one question at a time: the last one is deleted before the next one is posted,
and its text says so once it is answered.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.utils import timezone

from response.core.models import Incident, Severity, Update
from response.db import atomic, lock
from response.jobs.models import OutboxMessage, Timer
from response.jobs.timers import timer_handler
from response.slack.jobs import names, requests
from response.slack.render import incident_view, updates
from response.slack.render.incident_view import IncidentView
from response.slack.web_api import messages_in_slack
from response.slack.web_api.client import get_client
from response.slack.web_api.errors import SlackError
from response.slack.web_api.jobs import slack_job

logger = logging.getLogger(__name__)

TIMER = "update"
#: How often it is asked without an answer, and how soon again where no cadence says so.
MOST_QUESTIONS, AGAIN = 5, timedelta(minutes=30)
#: What Slack says of a message that is gone, or cannot be changed any more.
_GONE = messages_in_slack.NOT_OURS_ANY_MORE | {
    "cant_delete_message", "channel_not_found", "is_archived", "is_inactive", "not_in_channel",
}  # fmt: skip


def due_at(incident: Incident, newest: Update | None, cadence: timedelta | None) -> datetime | None:
    """Return when the next update is due, None if none is. Pure.

    What the newest update has promised counts; without a promise, the cadence since the newest
    update, or since the incident was reported.
    """
    if incident.is_closed() or incident.report_only:
        return None
    if newest is not None and newest.next_update is not None:
        return newest.next_update
    if cadence is None:
        return None
    return (newest.created if newest else incident.report_time) + cadence


# What happens to the timer, in the transaction of what happens to the incident


#: The fields of an incident whose changes move its timer.
MOVED_BY = frozenset({"severity", "end_time", "report_only"})


def incident_declared(incident: Incident, cadence: timedelta) -> None:
    """Set the timer of a new incident, whose severity asks for an update every ``cadence``."""
    due = due_at(incident, None, cadence)
    if due is not None:
        Timer.objects.set(incident.pk, TIMER, due)


def incident_changed(incident: Incident, changed: set[str]) -> None:
    """Move the timer after a change of :data:`MOVED_BY`; stop it when the incident is closed."""
    if incident.is_closed() or incident.report_only:
        _stop(incident)
    elif "end_time" in changed or any(row.update_after for row in Severity.all_rows()):
        _reset(incident, Update.objects.newest(incident))


def update_posted(update: Update) -> None:
    """Set the timer again, and mark the question as answered."""
    incident = update.incident
    timer = _locked(incident.pk)
    if timer is not None:
        _settle(
            timer,
            updates.reminder_answered(updates.UpdateView.from_update(update).who, closed=False),
        )
    _reset(incident, update, timer)


def snooze(incident: Incident, minutes: int, who: str) -> datetime | None:
    """Put the question off, and return until when; None if no update is due any more."""
    with atomic():
        timer = _locked(incident.pk)
        if timer is None or incident.is_closed():
            return None
        timer.due = timezone.now() + timedelta(minutes=minutes)
        timer.data = {**timer.data, "asked": 0}
        timer.save(update_fields=["due", "data"])
        if timer.data.get("ts"):
            message = updates.snoozed(incident.pk, who, timer.due).arguments()
            requests.settle_update_question(
                incident.pk, timer.data["channel"], timer.data["ts"], message
            )
        return timer.due


def _locked(incident_id: int) -> Timer | None:
    return lock(Timer.objects.of(incident_id, TIMER)).first()


def _reset(incident: Incident, newest: Update | None, timer: Timer | None = None) -> None:
    """Set the timer again, at the soonest in a minute: a change must not ask at once."""
    due = due_at(incident, newest, Severity.cadence(incident.severity))
    timer = timer or _locked(incident.pk)
    if due is not None:
        due = max(due, timezone.now() + timedelta(minutes=1))
    if timer is not None:
        timer.due, timer.data = due, {**timer.data, "asked": 0}
        timer.save(update_fields=["due", "data"])
    elif due is not None:
        Timer.objects.set(incident.pk, TIMER, due)


def _stop(incident: Incident) -> None:
    timer = _locked(incident.pk)
    if timer is not None:
        _settle(timer, updates.reminder_answered("", closed=True))
        timer.delete()


def _settle(timer: Timer, text: str) -> None:
    if timer.data.get("ts"):
        requests.settle_update_question(
            timer.incident_id, timer.data["channel"], timer.data["ts"], {"text": text, "blocks": []}
        )


# Asking


@timer_handler(TIMER)
def came_due(timer: Timer, now: datetime) -> None:
    """Queue the question, and set the timer to when it is asked again."""
    incident = Incident.objects.filter(pk=timer.incident_id).first()
    asked = int(timer.data.get("asked") or 0)
    if incident is None or incident.is_closed() or incident.report_only:
        timer.delete()
        return
    if asked >= MOST_QUESTIONS:
        timer.due = None
    else:
        timer.due = now + (Severity.cadence(incident.severity) or AGAIN)
        timer.data = {**timer.data, "asked": asked + 1}
        requests.ask_for_update(incident.pk)
    timer.save(update_fields=["due", "data"])


@slack_job(names.UPDATE_ASK)
def ask(job: OutboxMessage) -> None:
    """Ask in the comms channel, or the lead in a direct message, unless that is answered."""
    incident = Incident.objects.with_people().filter(pk=job.incident_id).first()
    if incident is None or incident.is_closed() or not _is_open(incident.pk):
        return
    lead = incident_view.slack_id(incident.lead)
    channel = incident.comms_channel()
    where = channel.channel_id if channel and not channel.archived else lead
    if not where:
        _not_asked(incident.pk)  # there is no one to ask; a reminder asks for a lead
        return
    if not job.progress.get("posting_in"):
        _delete_last(incident.pk)
    newest = Update.objects.newest(incident)
    block_id = f"update-due-{job.pk}"
    message = updates.due_question(
        IncidentView.from_incident(incident),
        f"<@{lead}>" if lead else "",
        newest.created if newest else None,
        block_id,
    )
    posted_in, ts, _found = messages_in_slack.post_once(job, where, message.arguments(), block_id)
    with atomic():
        timer = _locked(incident.pk)
        if timer is not None:
            timer.data = {**timer.data, "channel": posted_in, "ts": ts}
            timer.save(update_fields=["data"])
        if timer is None or not timer.data.get("asked"):
            # It was answered, or the incident closed, while Slack took the message.
            text = updates.reminder_answered("", closed=timer is None)
            requests.settle_update_question(
                incident.pk, posted_in, ts, {"text": text, "blocks": []}
            )


def _not_asked(incident_id: int) -> None:
    """Reset the count of questions, since this one was not asked."""
    with atomic():
        timer = _locked(incident_id)
        if timer is not None:
            timer.data = {**timer.data, "asked": 0}
            timer.save(update_fields=["data"])


def _is_open(incident_id: int) -> bool:
    timer = Timer.objects.of(incident_id, TIMER).first()
    return timer is not None and bool(timer.data.get("asked"))


def _delete_last(incident_id: int) -> None:
    timer = Timer.objects.of(incident_id, TIMER).first()
    if timer is None or not timer.data.get("ts"):
        return
    channel, ts = timer.data["channel"], timer.data["ts"]
    try:
        get_client().api_call("chat.delete", channel=channel, ts=ts)
    except SlackError as error:
        if error.slack_error not in _GONE:
            raise
        logger.info("%s; the last question is left alone", error)
    with atomic():
        timer = _locked(incident_id)
        if timer is not None and timer.data.get("ts") == ts:
            timer.data = {k: v for k, v in timer.data.items() if k not in ("channel", "ts")}
            timer.save(update_fields=["data"])


@slack_job(names.UPDATE_SETTLE)
def settle(job: OutboxMessage) -> None:
    """Replace a question that is answered or put off; one that was deleted is left alone."""
    arguments = {
        "channel": job.arguments["channel"],
        "ts": job.arguments["ts"],
        **job.arguments["message"],
    }
    try:
        messages_in_slack.call("chat.update", arguments)
    except SlackError as error:
        if error.slack_error not in _GONE:
            raise
        logger.info("%s; the question is left alone", error)
