"""Closing and reopening from Slack, and what is said about it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from response.core.models import Incident
from response.core.models.user_external import SLACK
from response.slack import facts, mrkdwn, outbox
from response.slack.mrkdwn import outgoing


def close(incident: Incident, user_id: str) -> bool:
    """End the incident on behalf of a user. False if it had ended."""
    if not incident.close():
        return False
    channel = incident.comms_channel()
    if channel:
        channel.post_in_channel(
            _("✅ <@%(who)s> closed this incident after %(duration)s.")
            % {"who": user_id, "duration": incident.duration()}
        )
    _ask_for_report(incident)
    return True


def _ask_for_report(incident: Incident) -> None:
    """Ask the lead, or else the reporter, in a direct message to complete the document."""
    author = incident.lead or incident.reporter
    if author is None or author.app_id != SLACK:
        return
    outbox.post(
        author.external_id,
        _(
            "📝 *%(title)s* is resolved. Please complete its report while it is fresh in "
            "mind: %(link)s"
        )
        % {
            "title": outgoing(incident.report),
            "link": mrkdwn.link(
                facts.document_url(incident.pk), _("Incident %(id)d") % {"id": incident.pk}
            ),
        },
        incident=incident.pk,
    )


def reopen(incident: Incident, user_id: str) -> bool:
    """Take the end back on behalf of a user. False if it had not ended."""
    if not incident.reopen():
        return False
    channel = incident.comms_channel()
    if channel:
        channel.post_in_channel(_("↩️ <@%(who)s> reopened this incident.") % {"who": user_id})
    return True


def replace_message(
    channel_id: str, message: dict[str, Any], text: str, incident: Incident
) -> None:
    """Put ``text`` in the place of a message of ours whose question is answered."""
    ts = message.get("ts")
    if ts and channel_id:
        blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]
        outbox.call(
            "chat.update",
            queue=channel_id,
            incident=incident.pk,
            channel=channel_id,
            ts=ts,
            text=text,
            blocks=blocks,
        )
    else:
        outbox.post(channel_id, text, incident=incident.pk)
