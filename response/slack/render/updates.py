"""What updates look like in Slack, and the question for the next one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from response.core.models import Incident, Update
from response.slack.render import controls, messages, questions
from response.slack.render.block_kit import Actions, Block, Button, Context, Message, Section, Text
from response.slack.render.incident_view import IncidentView, mention
from response.slack.text import mrkdwn
from response.slack.text.mrkdwn import truncate
from response.slack.text.translation import to_mrkdwn

#: The buttons that put off the question for an update: action id, minutes, and what they say.
SNOOZES: tuple[tuple[str, int, Any], ...] = (
    ("snooze-update-15-button", 15, gettext_lazy("💤 15 min")),
    ("snooze-update-60-button", 60, gettext_lazy("💤 1 hour")),
    ("snooze-update-240-button", 240, gettext_lazy("💤 4 hours")),
)

#: How much of each part the headline shows, in characters.
SHORT = 500


@dataclass(frozen=True)
class UpdateView:
    """An update as messages show it: texts as stored, the person as mrkdwn."""

    pk: int
    known: str
    doing: str
    needed: str
    who: str
    posted: datetime
    next_update: datetime | None

    @classmethod
    def from_update(cls, update: Update) -> UpdateView:
        """Read an update; no query if its actor was loaded with it."""
        who = mrkdwn.escape(update.actor_name) if update.actor is None else mention(update.actor)
        return cls(
            pk=update.pk,
            known=update.known,
            doing=update.doing,
            needed=update.needed,
            who=who,
            posted=update.created,
            next_update=update.next_update,
        )

    @classmethod
    def newest_of(cls, incident: Incident) -> UpdateView | None:
        """Read the newest update of an incident, None if there is none; one query."""
        update = Update.objects.newest(incident)
        return cls.from_update(update) if update else None


def newest_section(incident: Incident) -> list[Block]:
    """Return the newest update for the headline and the first message of the channel.

    A list of one block, empty if there is no update yet; one query.
    """
    update = UpdateView.newest_of(incident)
    if update is None:
        return []
    return [Section(text=Text(f"{_heading(update)}\n{_text_of(update, SHORT)}"))]


def notice(incident: IncidentView, update: UpdateView, *, personal: bool) -> Message:
    """Return an update as subscribers (``personal``) and the updates channel get it."""
    title = mrkdwn.escape(incident.title)
    message = Message(
        fallback_text=truncate(
            _("📣 Update on %(title)s: %(known)s")
            % {"title": title, "known": to_mrkdwn(update.known)},
            300,
        )
    )
    severity = incident.severity or _("no severity yet")
    status = f"{incident.status_emoji} {mrkdwn.escape(incident.status)}"
    facts = f"{status} · {mrkdwn.escape(severity)}"
    head = f"📣 *{title}*\n{facts} · {messages.document_link(incident)}"
    if incident.channel_id:
        head += f" · <#{incident.channel_id}>"
    message.add_block(Section(block_id=notice_block_id(update.pk), text=Text(head)))
    message.add_block(Section(text=Text(_text_of(update))))
    message.add_block(Context([Text(_signature(update))]))
    offered = controls.unsubscribe_button if personal else controls.subscribe_button
    message.add_block(Actions(elements=[offered(incident.pk)]))
    return message


def notice_block_id(pk: int) -> str:
    """Return the id of the first block of an update's message, by which it is found."""
    return f"update-{pk}"


def newest(update: UpdateView | None, pk: int) -> Message:
    """Return the answer to the command without a text: the newest update, and a button."""
    if update is None:
        text = _("There is no update yet.")
    else:
        text = f"{_heading(update)}\n{_text_of(update)}"
    return questions.question(text, [controls.post_update_button(pk)])


def due_question(
    incident: IncidentView, lead: str, last: datetime | None, block_id: str
) -> Message:
    """Return the question for an update. ``lead`` is a mention, empty if there is none."""
    if last is None:
        text = (
            _("⏰ %(lead)s, an update is due. There has been none yet.")
            if lead
            else _("⏰ An update is due. There has been none yet.")
        )
    else:
        text = (
            _("⏰ %(lead)s, an update is due. The last one was posted %(when)s.")
            if lead
            else _("⏰ An update is due. The last one was posted %(when)s.")
        )
    text %= {"lead": lead, "when": messages.when(last) if last else ""}
    message = Message(fallback_text=text)
    message.add_block(Section(block_id=block_id, text=Text(text)))
    snoozes = [
        Button(str(words), action_id, value=json.dumps({"incident": incident.pk}))
        for action_id, _minutes, words in SNOOZES
    ]
    message.add_block(Actions(elements=[controls.post_update_button(incident.pk), *snoozes]))
    return message


def snoozed(pk: int, who: str, until: datetime) -> Message:
    """Return the message that replaces the question once it is snoozed."""
    text = _("💤 The next update is due %(when)s (put off by %(who)s).") % {
        "when": messages.when(until),
        "who": who,
    }
    return questions.question(text, [controls.post_update_button(pk)])


def reminder_answered(who: str, *, closed: bool) -> str:
    """Return the text that replaces the question once it is answered or needs no answer."""
    if closed:
        return _("✅ This incident is closed: no more updates are due.")
    if not who:
        return _("📣 No update is due now.")
    return _("📣 %(who)s posted an update.") % {"who": who}


def _heading(update: UpdateView) -> str:
    return f"*{_('Latest update')}* · {_signature(update)}"


def _text_of(update: UpdateView, limit: int = 0) -> str:
    parts = [
        (None, update.known),
        (_("What we are doing"), update.doing),
        (_("What we need"), update.needed),
    ]
    lines = []
    for label, text in parts:
        if not text:
            continue
        shown = to_mrkdwn(text)
        shown = truncate(shown, limit) if limit else shown
        lines.append(f"*{label}:* {shown}" if label else shown)
    return "\n".join(lines)


def _signature(update: UpdateView) -> str:
    parts = [update.who] if update.who else []
    parts.append(messages.when(update.posted))
    if update.next_update:
        parts.append(_("next update %(when)s") % {"when": messages.when(update.next_update)})
    return " · ".join(parts)
