"""What our messages look like. Pure: values in, Block Kit out, no queries.

Stored text is escaped on its way into mrkdwn (``outgoing``), and everything is cut to
Slack's limits where it is serialised.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from response.slack.render.block_kit import (
    Actions,
    Button,
    Confirm,
    Context,
    Divider,
    Header,
    Message,
    Section,
    Text,
)
from response.slack.text import mrkdwn
from response.slack.text.mrkdwn import outgoing, truncate

CREATE_CHANNEL = "create-comms-channel-button"
EDIT = "edit-incident-button"
CLOSE = "close-incident-button"
REOPEN = "reopen-incident-button"
CHANGE_SUMMARY, TAKE_SUMMARY = "change-summary-button", "take-summary-button"
CHANGE_IMPACT, TAKE_IMPACT = "change-impact-button", "take-impact-button"

DOCUMENT = "incident-doc-link"


@dataclass(frozen=True)
class Facts:
    """What a message tells of an incident."""

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


def when(moment: datetime) -> str:
    """A time that each reader sees in their own zone."""
    return mrkdwn.date(moment.timestamp(), f"{moment:%Y-%m-%d %H:%M %Z}".strip())


def mention(user_id: str) -> str:
    """A mention, or a dash for nobody."""
    return f"<@{user_id}>" if user_id else "–"


def headline(facts: Facts, buttons: Iterable[Any]) -> Message:
    """The headline post: how bad, what, who, where; then what one can do about it."""
    title = f"{facts.status_emoji} {facts.title}"
    message = Message(fallback_text=headline_fallback(facts))
    message.add_block(Header(title, block_id=block_id(facts.pk)))
    message.add_block(
        Section(
            block_id=f"incident-{facts.pk}-facts",
            fields=[
                Text(f"*{_('Status')}*\n{facts.status_emoji} {facts.status}"),
                Text(f"*{_('Severity')}*\n{_severity(facts)}"),
                Text(f"*{_('Lead')}*\n{facts.lead}"),
                Text(f"*{_('Reporter')}*\n{facts.reporter}"),
                *_where(facts),
                Text(f"*{_('Document')}*\n{document_link(facts)}"),
            ],
        )
    )
    if facts.summary:
        shown = truncate(outgoing(facts.summary), 600)
        message.add_block(Section(text=Text(f"*{_('Summary')}*\n{shown}")))
    message.add_block(Context([Text(_times(facts))]))
    elements = list(buttons)
    if elements:
        message.add_block(Actions(block_id=f"incident-{facts.pk}-actions", elements=elements))
    return message


def private_headline(facts: Facts) -> Message:
    """What everybody may know of a private incident; its button works for those in the know."""
    title = f"🔒 {_('Incident %(id)d is private') % {'id': facts.pk}}"
    message = Message(fallback_text=f"{title} · {facts.status}")
    message.add_block(Header(title, block_id=block_id(facts.pk)))
    told = [
        Text(f"*{_('Status')}*\n{facts.status_emoji} {facts.status}"),
        Text(f"*{_('Severity')}*\n{_severity(facts)}"),
    ]
    message.add_block(Section(block_id=f"incident-{facts.pk}-facts", fields=told))
    if not (facts.channel_id or facts.closed or facts.report_only):
        buttons = [create_channel_button(facts.pk)]
        message.add_block(Actions(block_id=f"incident-{facts.pk}-actions", elements=buttons))
    return message


def block_id(pk: int) -> str:
    """The id of a headline's first block, by which it can be found again in the channel."""
    return f"incident-{pk}-headline"


def headline_fallback(facts: Facts) -> str:
    """One line that makes a good notification."""
    parts = [outgoing(facts.title), _severity(facts), facts.status]
    return f"{facts.status_emoji} " + " · ".join(parts)


def _severity(facts: Facts) -> str:
    if not facts.severity:
        return _("not set yet")
    return f"{facts.severity_emoji} {outgoing(facts.severity)}"


def _where(facts: Facts) -> list[Text]:
    if facts.report_only:
        return []
    place = f"<#{facts.channel_id}>" if facts.channel_id else _("none yet")
    return [Text(f"*{_('Comms channel')}*\n{place}")]


def _times(facts: Facts) -> str:
    if facts.report_only:
        return _("Reported %(when)s") % {"when": when(facts.started)}
    if facts.ended:
        return _("Started %(start)s · resolved %(end)s · lasted %(duration)s") % {
            "start": when(facts.started),
            "end": when(facts.ended),
            "duration": facts.duration,
        }
    return _("Started %(when)s") % {"when": when(facts.started)}


def document_link(facts: Facts) -> str:
    """A link to the incident document."""
    return mrkdwn.link(facts.document, _("Incident %(id)d") % {"id": facts.pk})


def create_channel_button(pk: int) -> Button:
    """Makes the comms channel."""
    return Button(_("💬 Create Comms Channel"), CREATE_CHANNEL, value=str(pk), style="primary")


def edit_button(pk: int) -> Button:
    """Opens the form with the present values."""
    return Button(_("✏️ Edit"), EDIT, value=str(pk))


def close_button(pk: int) -> Button:
    """Ends the incident, after a question."""
    return Button(
        _("✅ Close"),
        CLOSE,
        value=str(pk),
        confirm=Confirm(
            _("Close this incident?"),
            _("It is marked as resolved as of now. You can reopen it later."),
            _("Close it"),
            _("Not yet"),
        ),
    )


def reopen_button(pk: int) -> Button:
    """Takes the end back, after a question."""
    return Button(
        _("↩️ Reopen"),
        REOPEN,
        value=str(pk),
        confirm=Confirm(
            _("Reopen this incident?"),
            _("It goes back to live, and reminders start again."),
            _("Reopen it"),
            _("Leave it"),
        ),
    )


def channel_introduction(facts: Facts, bot: str) -> Message:
    """The first message in a comms channel: what is going on, and how one works here."""
    message = Message(
        fallback_text=_("This is the channel of incident %(id)d: %(title)s")
        % {"id": facts.pk, "title": outgoing(facts.title)}
    )
    message.add_block(Header(f"{facts.status_emoji} {facts.title}"))
    known = [
        f"*{_('Severity')}:* {_severity(facts)}",
        f"*{_('Lead')}:* {facts.lead}",
        f"*{_('Reporter')}:* {facts.reporter}",
        f"*{_('Document')}:* {document_link(facts)}",
    ]
    message.add_block(Section(text=Text("\n".join(known))))
    for label, text in ((_("Summary"), facts.summary), (_("Impact"), facts.impact)):
        if text:
            message.add_block(Section(text=Text(f"*{label}*\n{outgoing(text)}")))
    message.add_block(Divider())
    how = [
        _("📌 *Pin* what matters: pinned messages make the timeline."),
        _("%(bot)s `lead @someone` says who leads, `severity major` how bad it is."),
        _("%(bot)s `summary …` and `impact …` tell those who come later what is going on."),
        _("%(bot)s `action …` notes what is left to do, `close` ends it, `help` lists the rest."),
    ]
    message.add_block(Section(text=Text("\n".join(how) % {"bot": bot})))
    return message


def topic(facts: Facts, limit: int) -> str:
    """The topic of a comms channel: the title, and where the document is."""
    end = f" · {facts.document}"
    return truncate(facts.title, limit - mrkdwn.length(end)) + end


def text_question(
    label: str, present: str, proposed: str, change: Button, take: Button | None
) -> Message:
    """Shows the present summary or impact, and offers to change it."""
    message = Message(fallback_text=_("The %(what)s of this incident") % {"what": label})
    if present:
        text = f"*{_('The present %(what)s') % {'what': label}}*\n{outgoing(present)}"
    else:
        text = _("There is no %(what)s yet.") % {"what": label}
    message.add_block(Section(text=Text(text)))
    if proposed:
        question = _("*Put this in its place?*") + f"\n{outgoing(proposed)}"
        message.add_block(Section(text=Text(question)))
    message.add_block(Actions(elements=[b for b in (take, change) if b]))
    return message


def lines(texts: Iterable[str]) -> str:
    """Lines of a message."""
    return "\n".join(texts)
