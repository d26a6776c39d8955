"""What our messages look like. Pure: values in, Block Kit out, no queries.

Stored Markdown becomes mrkdwn (``to_mrkdwn``), titles and names are escaped, and everything is
cut to Slack's limits where it is serialised.
"""

from __future__ import annotations

from collections.abc import Iterable
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
from response.slack.render.incident_view import IncidentView
from response.slack.text import mrkdwn
from response.slack.text.mrkdwn import outgoing, truncate
from response.slack.text.translation import to_mrkdwn

CREATE_CHANNEL = "create-comms-channel-button"
EDIT = "edit-incident-button"
CLOSE = "close-incident-button"
REOPEN = "reopen-incident-button"
CHANGE_SUMMARY, TAKE_SUMMARY = "change-summary-button", "take-summary-button"
CHANGE_IMPACT, TAKE_IMPACT = "change-impact-button", "take-impact-button"

DOCUMENT = "incident-doc-link"


def when(moment: datetime) -> str:
    """A time that each reader sees in their own zone."""
    return mrkdwn.date(moment.timestamp(), f"{moment:%Y-%m-%d %H:%M %Z}".strip())


def mention(user_id: str) -> str:
    """A mention, or a dash for nobody."""
    return f"<@{user_id}>" if user_id else "–"


def headline(view: IncidentView, buttons: Iterable[Any]) -> Message:
    """The headline post: how bad, what, who, where; then what one can do about it."""
    title = f"{view.status_emoji} {view.title}"
    message = Message(fallback_text=headline_fallback(view))
    message.add_block(Header(title, block_id=block_id(view.pk)))
    message.add_block(
        Section(
            block_id=f"incident-{view.pk}-view",
            fields=[
                Text(f"*{_('Status')}*\n{view.status_emoji} {view.status}"),
                Text(f"*{_('Severity')}*\n{_severity(view)}"),
                Text(f"*{_('Lead')}*\n{view.lead}"),
                Text(f"*{_('Reporter')}*\n{view.reporter}"),
                *_where(view),
                Text(f"*{_('Document')}*\n{document_link(view)}"),
            ],
        )
    )
    if view.summary:
        shown = truncate(to_mrkdwn(view.summary), 600)
        message.add_block(Section(text=Text(f"*{_('Summary')}*\n{shown}")))
    message.add_block(Context([Text(_times(view))]))
    elements = list(buttons)
    if elements:
        message.add_block(Actions(block_id=f"incident-{view.pk}-actions", elements=elements))
    return message


def private_headline(view: IncidentView) -> Message:
    """What everybody may know of a private incident; its button works for those in the know."""
    title = f"🔒 {_('Incident %(id)d is private') % {'id': view.pk}}"
    message = Message(fallback_text=f"{title} · {view.status}")
    message.add_block(Header(title, block_id=block_id(view.pk)))
    told = [
        Text(f"*{_('Status')}*\n{view.status_emoji} {view.status}"),
        Text(f"*{_('Severity')}*\n{_severity(view)}"),
    ]
    message.add_block(Section(block_id=f"incident-{view.pk}-view", fields=told))
    if not (view.channel_id or view.closed or view.report_only):
        buttons = [create_channel_button(view.pk)]
        message.add_block(Actions(block_id=f"incident-{view.pk}-actions", elements=buttons))
    return message


def block_id(pk: int) -> str:
    """The id of a headline's first block, by which it can be found again in the channel."""
    return f"incident-{pk}-headline"


def headline_fallback(view: IncidentView) -> str:
    """One line that makes a good notification."""
    parts = [mrkdwn.escape(view.title), _severity(view), view.status]
    return f"{view.status_emoji} " + " · ".join(parts)


def _severity(view: IncidentView) -> str:
    if not view.severity:
        return _("not set yet")
    return f"{view.severity_emoji} {outgoing(view.severity)}"


def _where(view: IncidentView) -> list[Text]:
    if view.report_only:
        return []
    place = f"<#{view.channel_id}>" if view.channel_id else _("none yet")
    return [Text(f"*{_('Comms channel')}*\n{place}")]


def _times(view: IncidentView) -> str:
    if view.report_only:
        return _("Reported %(when)s") % {"when": when(view.started)}
    if view.ended:
        return _("Started %(start)s · resolved %(end)s · lasted %(duration)s") % {
            "start": when(view.started),
            "end": when(view.ended),
            "duration": view.duration,
        }
    return _("Started %(when)s") % {"when": when(view.started)}


def document_link(view: IncidentView) -> str:
    """A link to the incident document."""
    return mrkdwn.link(view.document, _("Incident %(id)d") % {"id": view.pk})


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


def channel_introduction(view: IncidentView, bot: str) -> Message:
    """The first message in a comms channel: what is going on, and how one works here."""
    message = Message(
        fallback_text=_("This is the channel of incident %(id)d: %(title)s")
        % {"id": view.pk, "title": mrkdwn.escape(view.title)}
    )
    message.add_block(Header(f"{view.status_emoji} {view.title}"))
    known = [
        f"*{_('Severity')}:* {_severity(view)}",
        f"*{_('Lead')}:* {view.lead}",
        f"*{_('Reporter')}:* {view.reporter}",
        f"*{_('Document')}:* {document_link(view)}",
    ]
    message.add_block(Section(text=Text("\n".join(known))))
    for label, text in ((_("Summary"), view.summary), (_("Impact"), view.impact)):
        if text:
            message.add_block(Section(text=Text(f"*{label}*\n{to_mrkdwn(text)}")))
    message.add_block(Divider())
    how = [
        _("📌 *Pin* what matters: pinned messages make the timeline."),
        _("%(bot)s `lead @someone` says who leads, `severity major` how bad it is."),
        _("%(bot)s `summary …` and `impact …` tell those who come later what is going on."),
        _("%(bot)s `action …` notes what is left to do, `close` ends it, `help` lists the rest."),
    ]
    message.add_block(Section(text=Text("\n".join(how) % {"bot": bot})))
    return message


def topic(view: IncidentView, limit: int) -> str:
    """The topic of a comms channel: the title, and where the document is."""
    end = f" · {view.document}"
    return truncate(view.title, limit - mrkdwn.length(end)) + end


def text_question(
    label: str, present: str, proposed: str, change: Button, take: Button | None
) -> Message:
    """Shows the present summary or impact, and offers to change it."""
    message = Message(fallback_text=_("The %(what)s of this incident") % {"what": label})
    if present:
        text = f"*{_('The present %(what)s') % {'what': label}}*\n{to_mrkdwn(present)}"
    else:
        text = _("There is no %(what)s yet.") % {"what": label}
    message.add_block(Section(text=Text(text)))
    if proposed:
        question = _("*Put this in its place?*") + f"\n{to_mrkdwn(proposed)}"
        message.add_block(Section(text=Text(question)))
    message.add_block(Actions(elements=[b for b in (take, change) if b]))
    return message


def lines(texts: Iterable[str]) -> str:
    """Lines of a message."""
    return "\n".join(texts)
