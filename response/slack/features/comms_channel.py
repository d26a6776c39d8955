"""Making an incident's comms channel.

It takes several calls of Slack's, and any of them can fail. Each finished step is noted in the
job's row, and a later try goes on from there. Each person who asks is a job of its own in the
incident's queue: the first job makes the channel, the others invite their person to it.
"""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone
from django.utils.translation import gettext as _

from response.conf import settings
from response.core import chat, visibility
from response.core.actors import RESPONSE, Actor, acting_as
from response.core.models import Incident, TimelineEvent
from response.core.models.timeline import add_incident_update_event
from response.core.models.user_external import account_actor
from response.db import atomic
from response.jobs import outbox
from response.jobs.job_handlers import on_failure
from response.jobs.models import OutboxMessage
from response.slack.features.people import can_view_incident, get_or_create_user
from response.slack.jobs import names, requests
from response.slack.jobs.messages import send_ephemeral
from response.slack.models import CommsChannel
from response.slack.models.comms_channel import create_now
from response.slack.render import incident_view, messages
from response.slack.render.incident_view import IncidentView
from response.slack.text import channel_names, limits
from response.slack.text.mrkdwn import escape, outgoing
from response.slack.web_api import identity
from response.slack.web_api.client import get_client
from response.slack.web_api.errors import SlackError
from response.slack.web_api.jobs import slack_job

logger = logging.getLogger(__name__)


@slack_job(names.COMMS_CHANNEL_MAKE)
def make(job: OutboxMessage) -> None:
    """Create the channel, invite, set the topic, post the welcome: all steps not done yet."""
    incident = Incident.objects.with_people().filter(pk=job.incident_id).first()
    if incident is None:
        return  # deleted since
    if not _may_see(job, incident):
        # It was public when they asked.
        _step(
            job,
            "told",
            lambda: _say(job, str(visibility.REFUSED)),
        )
        if not job.progress.get("creating"):
            return
    if not incident.comms_channel() and not job.progress.get("creating"):
        why_not = chat.why_no_channel(incident)
        if why_not:
            _step(job, "told", lambda: _say(job, why_not))
            return
    try:
        channel = incident.comms_channel() or _create(job, incident)
    except SlackError as error:
        if error.misconfigured:
            _step(job, "told what is missing", partial(_send_misconfigured, job, error.reason))
        raise
    for user in _wanted(incident, job):
        _step(job, f"invite {user}", lambda user=user: _invite(channel, user))  # type: ignore[misc]
    if job.progress.get("created"):
        _step(job, "topic", lambda: _set_topic(channel, incident))
        _step(job, "introduction", lambda: requests.post_welcome(incident.pk))
    _step(job, "told", lambda: _send_result(job, channel, incident))


def _may_see(job: OutboxMessage, incident: Incident) -> bool:
    """Return whether the person who asked may see the incident as it is now."""
    user, where = job.arguments.get("user") or "", job.arguments.get("channel") or ""
    if job.arguments.get("account"):
        seen = Incident.objects.visible_to(_account(job))
        return not incident.private or seen.filter(pk=incident.pk).exists()
    return not user or can_view_incident(incident, user, where)


def _account(job: OutboxMessage) -> Any:
    """Return the Django user who asked on a page; None for a job of Slack's, or if deleted."""
    key = job.arguments.get("account")
    return key and get_user_model()._default_manager.filter(pk=key).first()


def _step(job: OutboxMessage, name: str, work: Any) -> None:
    """Do one step unless it is done. A final refusal is logged, and the other steps go on."""
    done = job.progress.setdefault("done", [])
    if name in done:
        return
    # No transaction is open while Slack is called; what is to be said is written with the note.
    with outbox.collected():
        try:
            work()
        except SlackError as error:
            if error.transient:
                raise
            logger.warning(
                "Comms channel: %s failed: %s", name, error, extra={"incident_id": job.incident_id}
            )
            job.progress.setdefault("refused", {})[name] = error.slack_error
        with atomic():
            outbox.flush()
            done.append(name)
            job.save(update_fields=["progress"])


def _create(job: OutboxMessage, incident: Incident) -> CommsChannel:
    if CommsChannel.objects.makes_its_own:
        return _create_as_the_project_does(job, incident)
    slack_channel = _orphan(job) or _create_in_slack(job, incident)
    with atomic():
        channel, created = CommsChannel.objects.get_or_create(
            incident=incident,
            defaults={
                "channel_id": slack_channel["id"],
                "channel_name": slack_channel.get("name") or "",
            },
        )
        if created:
            entry = _note_made(incident, channel, job)
            channel.announced = entry.pk
            channel.save(update_fields=["announced"])
        job.progress["created"] = channel.channel_id
        job.save(update_fields=["progress"])
        incident.commschannel = channel
        requests.sync_headline(incident.pk, delay=0)
    return channel


def _note_made(incident: Incident, channel: CommsChannel, job: OutboxMessage) -> TimelineEvent:
    """Add the timeline entry, on behalf of the person who asked for the channel."""
    if user_id := job.arguments.get("user"):
        actor = Actor(person=partial(get_or_create_user, user_id))
    else:
        account = _account(job)
        actor = account_actor(account) if account else RESPONSE
    name = f"#{channel.channel_name}"
    with acting_as(actor):
        return add_incident_update_event(
            incident, "incident_channel", None, name, f"Comms channel made: {name}"
        )


def _create_as_the_project_does(job: OutboxMessage, incident: Incident) -> CommsChannel:
    channel = CommsChannel.objects.create_comms_channel(incident)
    with atomic():
        job.progress["created"] = channel.channel_id
        job.save(update_fields=["progress"])
        incident.commschannel = channel
        requests.sync_headline(incident.pk, delay=0)
    return channel


@create_now.provide
def create_at_once(incident: Incident) -> CommsChannel:
    """Make a channel, join it and set its topic, calling Slack now; return its row.

    An incident that has a channel keeps it. Raises ``SlackError`` where Slack refuses.
    """
    known: CommsChannel | None = CommsChannel.objects.filter(incident=incident).first()
    if known is not None:
        return known
    client = get_client()
    name = _name_for(incident)
    if incident.private:
        answer = client.api_call("conversations.create", name=name, is_private="true")
        channel_id = str(answer["channel"]["id"])
    else:
        channel_id = client.create_channel(name)
        client.join_channel(channel_id)
    client.set_channel_topic(
        channel_id, messages.topic(IncidentView.from_incident(incident), limits.TOPIC)
    )
    with atomic():
        channel, _created = CommsChannel.objects.get_or_create(
            incident=incident, defaults={"channel_id": channel_id, "channel_name": name}
        )
        incident.commschannel = channel
        requests.sync_headline(incident.pk, delay=0)
    return channel


def _name_for(incident: Incident) -> str:
    day = incident.report_time
    return channel_names.for_incident(
        settings.RESPONSE_CHANNEL_NAME,
        incident.pk,
        incident.report,
        (timezone.localtime(day) if timezone.is_aware(day) else day).date(),
    )


def _create_in_slack(job: OutboxMessage, incident: Incident) -> dict[str, Any]:
    """Create a channel; a name that is taken by another channel gets a number behind it."""
    name = _name_for(incident)
    for number in range(1, 51):
        tried = channel_names.with_suffix(name, number)
        job.progress["creating"] = tried
        job.progress.setdefault("since", time.time())
        job.save(update_fields=["progress"])
        try:
            answer = get_client().api_call(
                "conversations.create", name=tried, is_private="true" if incident.private else None
            )
            return dict(answer["channel"])
        except SlackError as error:
            if error.slack_error == "name_taken":
                continue
            if not error.uncertain:
                job.progress.pop("creating", None)
                job.save(update_fields=["progress"])
            raise
    raise SlackError(f"All names like {name} are taken", "name_taken")


def _orphan(job: OutboxMessage) -> dict[str, Any] | None:
    """Return the channel that an earlier try created, if its answer was lost.

    It must have exactly the name that we asked for, be created by our bot after the job was
    queued, and belong to no incident: other channels are never adopted.
    """
    name = job.progress.get("creating")
    if not name or job.progress.get("created"):
        return None
    channel = get_client().find_channel(name)
    if (
        channel is None
        or channel.get("creator") != identity.workspace()["user_id"]
        or float(channel.get("created") or 0)
        < job.progress.get("since", job.created.timestamp()) - 60
        or CommsChannel.objects.filter(channel_id=channel["id"]).exists()
    ):
        return None
    if not channel.get("is_private"):  # a private one cannot be joined; its creator is a member
        get_client().join_channel(channel["id"])
    return dict(channel)


def _wanted(incident: Incident, job: OutboxMessage) -> list[str]:
    """Return the user ids to invite: who asked, the reporter, the lead and who has a role."""
    # The lead may have changed since the incident was loaded.
    now = Incident.objects.with_people().get(pk=incident.pk)
    with_roles = [person for _role, found in now.roles() for person in found]
    people = [incident_view.slack_id(p) for p in (now.reporter, now.lead, *with_roles)]
    if not job.progress.get("created"):
        people = []  # it was made before: they were invited then
    asked = [job.arguments.get("user")] if _may_see(job, incident) else []
    return list(dict.fromkeys(filter(None, [*asked, *people])))


def _invite(channel: CommsChannel, user_id: str) -> None:
    get_client().invite_user_to_channel(user_id, channel.channel_id)


def _set_topic(channel: CommsChannel, incident: Incident) -> None:
    topic = messages.topic(IncidentView.from_incident(incident), limits.TOPIC)
    get_client().set_channel_topic(channel.channel_id, topic)


def _send_result(job: OutboxMessage, channel: CommsChannel, incident: Incident) -> None:
    user = job.arguments.get("user")
    refused = job.progress.get("refused", {}).get(f"invite {user}")
    message = (
        _(
            "💬 %(channel)s is the comms channel of *%(title)s*. Slack did not let me add you "
            "(%(error)s): join it yourself, or ask a member to invite you."
        )
        if refused
        else _("💬 %(channel)s is the comms channel of *%(title)s*. You have been added to it.")
    )
    _say(
        job,
        message
        % {
            "channel": f"<#{channel.channel_id}>",
            "title": escape(incident.report),
            "error": refused,
        },
    )


def _send_misconfigured(job: OutboxMessage, why: str) -> None:
    _say(
        job,
        _(
            "⚠️ I cannot create the comms channel yet: Slack says %(error)s. Nothing is lost; "
            "I will create it once an administrator has fixed the Slack app's scopes or token."
        )
        % {"error": outgoing(why)},
    )


def _say(job: OutboxMessage, text: str) -> None:
    """Tell the person who asked, if it was a person."""
    send_ephemeral(
        job.arguments.get("channel") or "",
        job.arguments.get("user") or "",
        text,
        response_url=job.arguments.get("response_url") or "",
        incident=job.incident_id,
    )


@on_failure(names.COMMS_CHANNEL_MAKE)
def notify_failed(job: OutboxMessage, error: Exception) -> None:
    """Tell the person who asked that the channel could not be made, and why."""
    _say(
        job,
        _(
            "⚠️ I could not create the comms channel: %(error)s. Nothing else is affected; "
            "press the button again once that is fixed."
        )
        % {"error": outgoing(str(error))},
    )
