"""What reminders of overdue actions and reviews say."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from response.core.addresses import document_url, review_url
from response.core.models import Action, Incident, Review
from response.slack.render.block_kit import Actions, Button, Message, Section, Text
from response.slack.render.messages import when
from response.slack.text import mrkdwn
from response.slack.text.mrkdwn import escape, truncate
from response.slack.text.translation import to_mrkdwn

SNOOZE = "snooze-actions-button"
#: How many actions a reminder lists, and how much it quotes of each.
MOST_LISTED, LONGEST_QUOTE = 10, 200


def actions(overdue: Sequence[Action]) -> Message:
    """Return the reminder for the owner of overdue actions, with a button that snoozes it."""
    count = len(overdue)
    sentence = (
        ngettext("⏰ You have %d overdue action.", "⏰ You have %d overdue actions.", count) % count
    )
    lines = [sentence]
    for action in overdue[:MOST_LISTED]:
        link = mrkdwn.link(
            f"{document_url(action.incident_id)}#actions",
            _("incident %(id)d") % {"id": action.incident_id},
        )
        details = truncate(to_mrkdwn(" ".join(action.details.split())), LONGEST_QUOTE)
        due = when(action.due_date) if action.due_date else ""
        lines.append(
            _("• %(details)s (%(link)s, due %(due)s)")
            % {"details": details, "link": link, "due": due}
        )
    left = count - MOST_LISTED
    if left > 0:
        lines.append(ngettext("• and %d more", "• and %d more", left) % left)
    message = Message(fallback_text=sentence)
    message.add_block(Section(text=Text("\n".join(lines))))
    message.add_block(
        Actions(
            block_id="overdue-actions",
            elements=[
                # A button belongs to an incident; what it does, it does to all that is listed.
                Button(_("💤 Remind me later"), SNOOZE, value=str(overdue[0].incident_id))
            ],
        )
    )
    return message


def review(incident: Incident, row: Review) -> str:
    """Return what is said about a review that is overdue, in mrkdwn."""
    link = mrkdwn.link(
        review_url(incident.pk), _("Review of incident %(id)d") % {"id": incident.pk}
    )
    return _("⏰ The review of *%(title)s* was due %(due)s: %(link)s") % {
        "title": escape(incident.report),
        "due": when(row.due_date) if row.due_date else "",
        "link": link,
    }
