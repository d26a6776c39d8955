"""Asking for the report of an incident that is closed."""

from __future__ import annotations

from django.utils.translation import gettext as _

from response.core.models import Incident
from response.slack import facts, mrkdwn, outbox
from response.slack.client import SlackError, get_client
from response.slack.models import OutboxMessage
from response.slack.mrkdwn import outgoing
from response.slack.procedures import procedure

NAME = "report.ask"


def request(incident: Incident) -> None:
    """Queue asking the lead, or else the reporter, in a direct message."""
    outbox.call(NAME, queue=f"report {incident.pk}", incident=incident.pk)


@procedure(NAME)
def ask(job: OutboxMessage) -> None:
    """Ask the first of them whom Slack can reach. Raises what it said of the last."""
    incident = Incident.objects.with_people().filter(pk=job.incident_id).first()
    if incident is None or not incident.is_closed():
        return  # deleted or reopened since
    people = [p for p in (incident.lead, incident.reporter) if p and not p.bot and not p.deleted]
    asked = list(dict.fromkeys(filter(None, map(facts.slack_id, people))))
    for number, user_id in enumerate(asked, start=1):
        try:
            get_client().api_call("chat.postMessage", channel=user_id, text=_text(incident))
            return
        except SlackError as error:
            if error.transient or error.misconfigured or number == len(asked):
                raise


def _text(incident: Incident) -> str:
    address = facts.document_url(incident.pk)
    link = mrkdwn.link(address, _("Incident %(id)d") % {"id": incident.pk})
    return _(
        "📝 *%(title)s* is resolved. Please complete its report while it is fresh in mind: %(link)s"
    ) % {"title": outgoing(incident.report), "link": link}
