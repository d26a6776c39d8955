"""Telling a new lead: a direct message, and an invitation into the comms channel."""

from __future__ import annotations

import logging

from response.core import actors
from response.core.models import Incident
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
    """Queue what the new lead is to be told, in the transaction that makes the change.

    Who took the lead themselves knows; they are brought into the channel, unless it was there.
    """
    lead = incident.lead
    user_id = incident_view.slack_id(lead)
    if lead is None or not user_id:
        return
    actor = actors.current()
    by = actor.person
    if actor is actors.UNKNOWN and incident.reporter_id == lead.pk:
        by = lead
    own = by is not None and by.pk == lead.pk
    channels = CommsChannel.objects.filter(incident=incident)
    if own:
        elsewhere = channels.exclude(channel_id=interaction_context.channel_id())
        if not elsewhere.exists():
            return
    told = incident_view.mention(by) if by is not None else escape(actor.name)
    requests.tell_lead(incident.pk, user_id, told, own=own)


@slack_job(names.LEAD_TELL)
def tell(job: OutboxMessage) -> None:
    """Invite and tell the person, if they still lead an incident that is open."""
    user_id = job.arguments["user"]
    incident = Incident.objects.with_people().filter(pk=job.incident_id).first()
    if incident is None or incident.is_closed() or incident_view.slack_id(incident.lead) != user_id:
        return
    refused = _invite(incident, user_id)
    if job.arguments.get("own"):
        return
    view = IncidentView.from_incident(incident)
    message = messages.made_lead(view, job.arguments.get("by") or "", refused)
    if not job.progress.get("told"):
        with atomic():
            post_message(user_id, incident=incident.pk, **message.arguments())
            job.progress["told"] = True
            job.save(update_fields=["progress"])


def _invite(incident: Incident, user_id: str) -> str:
    """Bring the person into the comms channel, if any. Returns Slack's word for a refusal."""
    channel = incident.comms_channel()
    if channel is None or channel.archived:
        return ""
    try:
        get_client().invite_user_to_channel(user_id, channel.channel_id)
    except SlackError as error:
        if error.transient:
            raise
        logger.warning("The lead could not be invited: %s", error)
        return str(error.slack_error)
    return ""
