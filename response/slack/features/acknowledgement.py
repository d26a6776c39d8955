"""Thanking the person who declared an incident, with links to it."""

from __future__ import annotations

from response.core.models import Incident
from response.db import atomic
from response.jobs.models import OutboxMessage
from response.slack.jobs import names
from response.slack.jobs.messages import send_ephemeral
from response.slack.models import HeadlinePost
from response.slack.render import messages
from response.slack.render.incident_view import IncidentView
from response.slack.web_api import links
from response.slack.web_api.jobs import slack_job


@slack_job(names.DECLARATION_ACKNOWLEDGE)
def acknowledge(job: OutboxMessage) -> None:
    """Queue the thanks, with links to the channel, the headline and the document.

    The job follows the first headline in its queue. If that could not be posted, the
    message has no link to it.
    """
    incident = Incident.objects.with_people().filter(pk=job.incident_id).first()
    if incident is None or job.progress.get("told"):
        return
    headline = HeadlinePost.objects.filter(incident=incident).exclude(channel_id="").first()
    address = ""
    if headline is not None and headline.message_ts:
        links.learn_workspace()
        address = links.message_url(headline.channel_id, headline.message_ts)
    user_id = job.arguments["user"]
    told = messages.acknowledgement(IncidentView.from_incident(incident), user_id, address)
    with atomic():
        send_ephemeral(
            job.arguments.get("channel") or "",
            user_id,
            response_url=job.arguments.get("response_url") or "",
            incident=incident.pk,
            **told.arguments(),
        )
        job.progress["told"] = True
        job.save(update_fields=["progress"])
