"""What messages tell of an incident, gathered from the database."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse

from response.conf import settings
from response.core.models import ExternalUser, Incident
from response.core.models.user_external import SLACK
from response.slack.render.messages import Facts
from response.slack.text.mrkdwn import USER_ID, outgoing


def of(incident: Incident) -> Facts:
    """The facts of an incident; no query if its people and channel were selected with it."""
    channel = incident.comms_channel()
    return Facts(
        pk=incident.pk,
        title=incident.report,
        reporter=name(incident.reporter),
        lead=name(incident.lead),
        severity=incident.severity_text() or "",
        severity_emoji=incident.severity_emoji(),
        status=incident.status_text(),
        status_emoji=incident.status_emoji(),
        closed=incident.is_closed(),
        report_only=incident.report_only,
        summary=incident.summary or "",
        impact=incident.impact or "",
        started=incident.start_time,
        ended=incident.end_time,
        duration=incident.duration() if incident.is_closed() else "",
        document=document_url(incident.pk),
        channel_id=channel.channel_id if channel else "",
    )


def name(user: ExternalUser | None) -> str:
    """A person in mrkdwn: a mention where Slack knows them."""
    if user is None:
        return "–"
    user_id = slack_id(user)
    return f"<@{user_id}>" if user_id else outgoing(user.display_name)


def slack_id(user: ExternalUser | None) -> str:
    """By which Slack knows this person; empty if it cannot."""
    if user is None or user.app_id != SLACK or not USER_ID.fullmatch(user.external_id):
        return ""
    return user.external_id


def document_url(pk: int) -> str:
    """The address of an incident's document, as people outside reach it."""
    try:
        path = reverse("incident_doc", kwargs={"incident_id": pk})
    except NoReverseMatch:  # a project may leave out our pages
        path = "/"
    return str(settings.SITE_URL or "").rstrip("/") + path
