"""The texts of rules: their messages in Slack, and their entries in the timeline. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from response.rules import placeholders
from response.rules.models import Rule
from response.slack.features import help_text, typed_choices
from response.slack.render import messages
from response.slack.render.block_kit import Message, Section, Text
from response.slack.render.incident_view import IncidentView
from response.slack.text import limits
from response.slack.text.mrkdwn import escape, truncate

#: How many people an entry of the timeline names.
MOST_NAMES = 30


def message(text: str, block_id: str) -> Message:
    """Return a message of one block, whose id identifies it."""
    made = Message(fallback_text=text)
    made.add_block(Section(block_id=block_id, text=Text(text)))
    return made


def line(rule: Rule, view: IncidentView) -> str:
    """Return the line that the rule posts in another channel."""
    values = {
        "id": str(view.pk),
        "title": escape(view.title),
        "severity": escape(view.severity or _("no severity yet")),
        "lead": view.lead,
        "channel": f"<#{view.channel_id}>" if view.channel_id else _("no channel yet"),
        "link": messages.document_link(view),
    }
    return truncate(placeholders.fill(rule.post_text, values), limits.SECTION_TEXT)


def reminder(what: str, minutes: int) -> str:
    """Return the reminder that something has been missing for some time."""
    sentences = {
        Rule.LEAD: ngettext(
            "⚠️ This incident has had no lead for %(minutes)d minute. "
            "Take the lead with `/incident lead`.",
            "⚠️ This incident has had no lead for %(minutes)d minutes. "
            "Take the lead with `/incident lead`.",
            minutes,
        ),
        Rule.UPDATE: ngettext(
            "⚠️ There has been no update for %(minutes)d minute. "
            "Post one with `/incident update …`.",
            "⚠️ There has been no update for %(minutes)d minutes. "
            "Post one with `/incident update …`.",
            minutes,
        ),
        Rule.SUMMARY: ngettext(
            "⚠️ There has been no summary for %(minutes)d minute. "
            "Write it with `/incident summary …`.",
            "⚠️ There has been no summary for %(minutes)d minutes. "
            "Write it with `/incident summary …`.",
            minutes,
        ),
        Rule.SEVERITY: ngettext(
            "⚠️ There has been no severity for %(minutes)d minute. Set it with "
            "`/incident severity %(example)s`.",
            "⚠️ There has been no severity for %(minutes)d minutes. Set it with "
            "`/incident severity %(example)s`.",
            minutes,
        ),
    }
    example = help_text.quoted(typed_choices.example_severity(), 80)
    return sentences[what] % {"minutes": minutes, "example": example}


def archive_notice(rule: Rule, when: datetime) -> str:
    """Return the notice that a channel gets a day before it is archived."""
    return _(
        "🗄️ This channel will be archived %(when)s by the rule “%(rule)s”, since the incident "
        "is closed. Nothing is lost, and the incident's page stays. To keep the channel, "
        "reopen the incident."
    ) % {"when": messages.when(when), "rule": escape(rule.name)}


# The timeline's own sentences are in English, whatever the language.


def invited(rule: Rule, who: list[str], refused: Mapping[str, str]) -> str:
    """Return the timeline entry about invitations; ``refused`` has Slack's error codes by id."""
    parts = []
    if who:
        parts.append(f"invited {_and_more([f'<@{user}>' for user in who])}")
    if refused:
        lines = [f"{_reference(id_)} ({code})" for id_, code in refused.items()]
        parts.append(f"could not invite {_and_more(lines)}")
    return timeline_text(rule, "; ".join(parts) or "everyone to be invited was already there")


def timeline_text(rule: Rule, what: str) -> str:
    """Return an entry of the timeline that names the rule."""
    return f"Rule “{rule.name}”: {what}"


def _and_more(words: list[str]) -> str:
    more = len(words) - MOST_NAMES
    return ", ".join(words[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _reference(id_: str) -> str:
    return f"<!subteam^{id_}>" if id_.startswith("S") else f"<@{id_}>"
