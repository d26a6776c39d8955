"""What messages show of an incident, read from the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from response.core.addresses import document_url, review_url
from response.core.clean import without_controls
from response.core.models import ExternalUser, Incident, Review, Severity, Status
from response.core.models.user_external import SLACK
from response.slack.text.mrkdwn import USER_ID, escape


@dataclass(frozen=True)
class IncidentView:
    """What a message shows of an incident: plain values, people as mentions.

    ``severity``, ``summary``, ``impact`` and ``channel_id`` are empty where there is none;
    ``duration`` is empty while the incident is open. ``severities`` and ``statuses`` are what it
    can be changed to, with what it has: key, name and emoji of each. ``review`` is the address of
    the review, and ``is_reviewed`` says whether it is published.
    """

    pk: int
    title: str
    reporter: str
    lead: str
    severity: str
    severity_emoji: str
    status: str
    status_emoji: str
    closed: bool
    report_only: bool
    summary: str
    impact: str
    started: datetime
    ended: datetime | None
    duration: str
    document: str
    channel_id: str
    has_lead: bool = False
    severity_value: str = ""
    severities: tuple[tuple[str, str, str], ...] = ()
    status_key: str = ""
    statuses: tuple[tuple[str, str, str], ...] = ()
    #: The names of the roles that people have, and who, as mentions.
    roles: tuple[tuple[str, str], ...] = ()
    review: str = ""
    is_reviewed: bool = False

    @classmethod
    def from_incident(cls, incident: Incident) -> IncidentView:
        """Read an incident; without a query if its people and channel were selected with it."""
        channel = incident.comms_channel()
        return cls(
            pk=incident.pk,
            title=without_controls(incident.report),
            reporter=mention(incident.reporter),
            lead=mention(incident.lead),
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
            review=review_url(incident.pk),
            is_reviewed=_is_reviewed(incident),
            channel_id=channel.channel_id if channel else "",
            has_lead=incident.lead_id is not None,
            severity_value=incident.severity or "",
            severities=tuple(
                (row.key, row.label(), row.emoji) for row in Severity.choosable(incident.severity)
            ),
            status_key=incident.status_key,
            statuses=tuple(
                (row.key, row.label(), row.shown_emoji())
                for row in Status.choosable(incident.status_key)
                if row.category == incident.category()
            ),
            roles=tuple(
                (role.name, ", ".join(map(mention, people)))
                for role, people in incident.roles()
                if people
            ),
        )


def _is_reviewed(incident: Incident) -> bool:
    if incident.review_published_at is None:  # it is set with the publication
        return False
    return Review.objects.filter(incident=incident, status=Review.PUBLISHED).exists()


def mention(user: ExternalUser | None) -> str:
    """Return a person in mrkdwn: a mention if Slack knows them, a dash for None."""
    if user is None:
        return "–"
    user_id = slack_id(user)
    return f"<@{user_id}>" if user_id else escape(user.display_name)


def slack_id(user: ExternalUser | None) -> str:
    """Return the person's Slack user id, empty if they have none."""
    if user is None or user.app_id != SLACK or not USER_ID.fullmatch(user.external_id):
        return ""
    return user.external_id
