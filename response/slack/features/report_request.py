"""Asking for the review of an incident that is closed."""

from __future__ import annotations

from django.utils.translation import gettext as _

from response.core.addresses import review_url
from response.core.models import Incident, Review
from response.jobs.models import OutboxMessage
from response.slack.jobs import names
from response.slack.render import incident_view
from response.slack.text import mrkdwn
from response.slack.text.mrkdwn import escape
from response.slack.web_api.errors import SlackError
from response.slack.web_api.jobs import call_slack, slack_job


@slack_job(names.REPORT_REQUEST)
def ask(job: OutboxMessage) -> None:
    """Ask the lead, or the reporter if Slack cannot reach the lead."""
    incident = Incident.objects.with_people().filter(pk=job.incident_id).first()
    if incident is None or not incident.is_closed():
        return  # deleted or reopened since
    if Review.objects.filter(incident=incident, status=Review.PUBLISHED).exists():
        return  # there is nothing left to do
    people = [p for p in (incident.lead, incident.reporter) if p and not p.bot and not p.deleted]
    asked = list(dict.fromkeys(filter(None, map(incident_view.slack_id, people))))
    for number, user_id in enumerate(asked, start=1):
        try:
            call_slack("chat.postMessage", channel=user_id, text=_text(incident))
            return
        except SlackError as error:
            if error.transient or error.misconfigured or number == len(asked):
                raise


def _text(incident: Incident) -> str:
    address = review_url(incident.pk)
    link = mrkdwn.link(address, _("Review of incident %(id)d") % {"id": incident.pk})
    return _(
        "📝 *%(title)s* is resolved. Please write its review while it is still fresh: %(link)s"
    ) % {"title": escape(incident.report), "link": link}
