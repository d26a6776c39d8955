"""Telling who leads or has a role now: a direct message, and an invitation to the channel."""

from __future__ import annotations

import logging

from response.core import actors
from response.core.models import ExternalUser, Incident, Role, RoleAssignment
from response.db import atomic
from response.jobs.models import OutboxMessage
from response.slack.jobs import names, requests
from response.slack.jobs.messages import post_message
from response.slack.models import CommsChannel
from response.slack.render import incident_view, interaction_context, messages
from response.slack.render.incident_view import IncidentView
from response.slack.text.mrkdwn import escape
from response.slack.web_api.client import get_client
from response.slack.web_api.errors import SlackError
from response.slack.web_api.jobs import slack_job

logger = logging.getLogger(__name__)


def changed(incident: Incident) -> None:
    """Queue telling the new lead, in the transaction that makes the change.

    A person who took the lead themselves is not told, but invited if they are not in the channel.
    """
    if incident.lead is not None:
        _queue(incident, incident.lead)


def role_changed(
    incident: Incident, role: Role, before: list[ExternalUser], after: list[ExternalUser]
) -> None:
    """Queue telling the people who have been given a role, as :func:`changed` does."""
    had = {person.pk for person in before}
    new_people = [person for person in after if person.pk not in had]
    given = RoleAssignment.objects.filter(incident=incident, role=role, person__in=new_people)
    for assignment in given.select_related("person"):
        _queue(incident, assignment.person, assignment)


def _queue(
    incident: Incident, person: ExternalUser, assignment: RoleAssignment | None = None
) -> None:
    user_id = incident_view.slack_id(person)
    if not user_id:
        return
    actor = actors.current()
    by = actor.person
    if actor is actors.UNKNOWN and incident.reporter_id == person.pk:
        by = person
    own = by is not None and by.pk == person.pk
    channels = CommsChannel.objects.filter(incident=incident)
    if own:
        elsewhere = channels.exclude(channel_id=interaction_context.channel_id())
        if not elsewhere.exists():
            return
    giver = incident_view.mention(by) if by is not None else escape(actor.name)
    requests.notify_new_lead(
        incident.pk, user_id, giver, own=own, assignment=assignment.pk if assignment else None
    )


@slack_job(names.LEAD_TELL)
def notify(job: OutboxMessage) -> None:
    """Invite and tell the person, if they still have the role in an incident that is open.

    ``arguments["assignment"]`` is the key of the role that was given; without it, the lead.
    """
    user_id = job.arguments["user"]
    incident = Incident.objects.with_people().filter(pk=job.incident_id).first()
    if incident is None or incident.is_closed():
        return
    key = job.arguments.get("assignment")
    assignment = RoleAssignment.objects.select_related("role").filter(pk=key).first()
    if assignment is None and (key or incident_view.slack_id(incident.lead) != user_id):
        return  # taken away again since
    refused = _invite(incident, user_id)
    if job.arguments.get("own"):
        return
    view, by = IncidentView.from_incident(incident), job.arguments.get("by") or ""
    if assignment is None:
        message = messages.made_lead(view, by, refused)
    else:
        role = assignment.role
        message = messages.given_role(view, role.name, role.description, by, refused)
    if not job.progress.get("told"):
        with atomic():
            post_message(user_id, incident=incident.pk, **message.arguments())
            job.progress["told"] = True
            job.save(update_fields=["progress"])


def _invite(incident: Incident, user_id: str) -> str:
    """Bring the person into the comms channel, if any. Returns Slack's error code if it refused."""
    channel = incident.comms_channel()
    if channel is None or channel.archived:
        return ""
    try:
        get_client().invite_user_to_channel(user_id, channel.channel_id)
    except SlackError as error:
        if error.transient:
            raise
        logger.warning("A person with a role could not be invited: %s", error)
        return str(error.slack_error)
    return ""
