"""What messages look like. Pure: values in, Block Kit out, no queries.

Stored Markdown becomes mrkdwn (``to_mrkdwn``), titles and names are escaped, and everything is
cut to Slack's limits where it is serialised.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from response.slack.render import controls
from response.slack.render.block_kit import (
    Actions,
    Block,
    Button,
    Context,
    Divider,
    Header,
    Message,
    Section,
    Text,
)
from response.slack.render.incident_view import IncidentView
from response.slack.text import limits, mrkdwn
from response.slack.text.mrkdwn import outgoing, truncate
from response.slack.text.translation import to_mrkdwn

DOCUMENT = "incident-doc-link"


def when(moment: datetime) -> str:
    """Return a time as a token that Slack shows in each reader's own zone."""
    return mrkdwn.date(moment.timestamp(), f"{moment:%Y-%m-%d %H:%M %Z}".strip())


def mention(user_id: str) -> str:
    """Return a mention, or a dash for an empty id."""
    return f"<@{user_id}>" if user_id else "–"


def headline(view: IncidentView, buttons: Iterable[Any], sections: Iterable[Block] = ()) -> Message:
    """Return the headline post: what, how bad, who, where, and the buttons.

    ``sections`` are further blocks, shown behind the summary.
    """
    title = f"{view.status_emoji} {view.title}"
    message = Message(fallback_text=headline_fallback(view))
    message.add_block(Header(title, block_id=block_id(view.pk)))
    message.add_block(
        Section(
            block_id=f"incident-{view.pk}-view",
            accessory=controls.status_select(view) if len(view.statuses) > 1 else None,
            fields=[
                Text(f"*{_('Status')}*\n{_status(view)}"),
                Text(f"*{_('Severity')}*\n{_severity(view)}"),
                Text(f"*{_('Lead')}*\n{view.lead}"),
                Text(f"*{_('Reporter')}*\n{view.reporter}"),
                *_where(view),
                Text(f"*{_('Document')}*\n{document_link(view)}"),
                *_review(view),
            ],
        )
    )
    for section in _roles(view):
        message.add_block(section)
    if view.summary:
        shown = truncate(to_mrkdwn(view.summary), 600)
        message.add_block(Section(text=Text(f"*{_('Summary')}*\n{shown}")))
    for block in sections:
        message.add_block(block)
    message.add_block(Context([Text(_times(view))]))
    elements = list(buttons)
    if elements:
        message.add_block(Actions(block_id=f"incident-{view.pk}-actions", elements=elements))
    return message


def private_headline(view: IncidentView) -> Message:
    """Return the headline of a private incident, which says only that there is one."""
    title = f"🔒 {_('Incident %(id)d is private') % {'id': view.pk}}"
    message = Message(fallback_text=f"{title} · {mrkdwn.escape(view.status)}")
    message.add_block(Header(title, block_id=block_id(view.pk)))
    parts = [
        Text(f"*{_('Status')}*\n{_status(view)}"),
        Text(f"*{_('Severity')}*\n{_severity(view)}"),
    ]
    message.add_block(Section(block_id=f"incident-{view.pk}-view", fields=parts))
    if not (view.channel_id or view.closed or view.report_only):
        buttons = [controls.create_channel_button(view.pk)]
        message.add_block(Actions(block_id=f"incident-{view.pk}-actions", elements=buttons))
    return message


def block_id(pk: int) -> str:
    """Return the id of a headline's first block, by which it is found in the channel's history."""
    return f"incident-{pk}-headline"


def headline_fallback(view: IncidentView) -> str:
    """Return one line for notifications."""
    severity = _severity(view) if view.severity else _("severity not set yet")
    parts = [mrkdwn.escape(view.title), severity, mrkdwn.escape(view.status)]
    return f"{view.status_emoji} " + " · ".join(parts)


def _status(view: IncidentView) -> str:
    return f"{view.status_emoji} {mrkdwn.escape(view.status)}"


def _severity(view: IncidentView) -> str:
    if not view.severity:
        return _("not set yet")
    return f"{view.severity_emoji} {mrkdwn.escape(view.severity)}"


def _roles(view: IncidentView) -> list[Section]:
    """Return who has which role besides the lead, as many sections as it takes."""
    fields = [Text(f"*{mrkdwn.escape(name)}*\n{people}") for name, people in view.roles]
    most = limits.SECTION_FIELDS
    return [Section(fields=fields[i : i + most]) for i in range(0, len(fields), most)][:5]


def _where(view: IncidentView) -> list[Text]:
    if view.report_only:
        return []
    place = f"<#{view.channel_id}>" if view.channel_id else _("none yet")
    return [Text(f"*{_('Comms channel')}*\n{place}")]


def _review(view: IncidentView) -> list[Text]:
    if not view.is_reviewed:
        return []
    return [Text(f"*{_('Review')}*\n{review_link(view)}")]


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
    """Return a link to the incident document."""
    return mrkdwn.link(view.document, _("Incident %(id)d") % {"id": view.pk})


def review_link(view: IncidentView) -> str:
    """Return a link to the review of the incident, or to where it is started."""
    return mrkdwn.link(view.review, _("Review of incident %(id)d") % {"id": view.pk})


def welcome_block_id(pk: int) -> str:
    """Return the id of the first block of a welcome message, by which it is found."""
    return f"incident-{pk}-welcome"


def welcome(view: IncidentView, bot: str, sections: Iterable[Block] = ()) -> Message:
    """Return the first message of a comms channel: what is going on, and how to work here.

    ``sections`` are further blocks, shown behind summary and impact.
    """
    message = Message(
        fallback_text=_("This is the channel of incident %(id)d: %(title)s")
        % {"id": view.pk, "title": mrkdwn.escape(view.title)}
    )
    message.add_block(
        Header(f"{view.status_emoji} {view.title}", block_id=welcome_block_id(view.pk))
    )
    known = [
        f"*{_('Status')}:* {mrkdwn.escape(view.status)}",
        f"*{_('Severity')}:* {_severity(view)}",
        f"*{_('Lead')}:* {view.lead}",
        *(f"*{mrkdwn.escape(name)}:* {people}" for name, people in view.roles),
        f"*{_('Reporter')}:* {view.reporter}",
        f"*{_('Document')}:* {document_link(view)}",
    ]
    if view.closed:
        known.append(f"*{_('Review')}:* {review_link(view)}")
    message.add_block(Section(text=Text("\n".join(known))))
    for label, text in ((_("Summary"), view.summary), (_("Impact"), view.impact)):
        if text:
            message.add_block(Section(text=Text(f"*{label}*\n{to_mrkdwn(text)}")))
    for block in sections:
        message.add_block(block)
    if view.closed:
        elements: list[Any] = [controls.reopen_button(view.pk)]
    else:
        elements = [
            controls.take_lead_button(view),
            controls.severity_select(view),
            *([controls.status_select(view)] if len(view.statuses) > 1 else []),
            Button(_("✏️ Edit"), controls.EDIT, value=str(view.pk)),
            Button(_("📣 Post update"), controls.POST_UPDATE, value=str(view.pk)),
            controls.close_button(view.pk),
        ]
    message.add_block(Actions(block_id=f"incident-{view.pk}-work", elements=elements))
    message.add_block(Divider())
    how = [
        _("📌 *Pin* important messages: they go into the timeline."),
        _("%(bot)s `lead @someone` sets the lead, `severity %(example)s` the severity."),
        _("%(bot)s `summary …` and `impact …` tell people who join later what is going on."),
        _("%(bot)s `update …` tells people who are waiting where things stand."),
        _(
            "%(bot)s `action …` notes what is left to do, `close` closes the incident, `help` "
            "lists all commands."
        ),
    ]
    names = [name for _key, name, _emoji in view.severities]
    example = names[1] if len(names) > 1 else "".join(names)
    values = {"bot": bot, "example": mrkdwn.escape(example).replace("`", "")}
    message.add_block(Section(text=Text("\n".join(how) % values)))
    return message


def acknowledgement(view: IncidentView, user_id: str, headline_url: str) -> Message:
    """Return the thanks for declaring, with links; ``headline_url`` may be empty."""
    thanks = (
        _("🙏 Thank you, <@%(who)s>. *%(title)s* has been reported as incident %(id)d.")
        if view.report_only
        else _("🙏 Thank you, <@%(who)s>. *%(title)s* has been declared as incident %(id)d.")
    ) % {"who": user_id, "title": mrkdwn.escape(view.title), "id": view.pk}
    links = [f"💬 <#{view.channel_id}>"] if view.channel_id else []
    if headline_url:
        links.append(f"📣 {mrkdwn.link(headline_url, _('Headline'))}")
    links.append(f"📄 {mrkdwn.link(view.document, _('Document'))}")
    body = f"{thanks}\n{' · '.join(links)}"
    message = Message(fallback_text=body)
    message.add_block(Section(text=Text(body)))
    if not (view.channel_id or view.report_only or view.closed):
        message.add_block(Actions(elements=[controls.create_channel_button(view.pk)]))
    return message


def made_lead(view: IncidentView, by: str, refused: str) -> Message:
    """Return the message to a new lead; ``refused`` is why they could not be invited, if so."""
    message = (
        _("🙋 %(who)s made you the lead of *%(title)s*.")
        if by
        else _("🙋 You are the lead of *%(title)s* now.")
    ) % {"who": by, "title": mrkdwn.escape(view.title)}
    return _role_message(view, message, "", refused)


def given_role(view: IncidentView, role: str, meaning: str, by: str, refused: str) -> Message:
    """Return the message to a person who has been given a role, with the role's description."""
    message = (
        _("🙋 %(who)s gave you the role *%(role)s* in *%(title)s*.")
        if by
        else _("🙋 You have the role *%(role)s* in *%(title)s* now.")
    ) % {"who": by, "role": mrkdwn.escape(role), "title": mrkdwn.escape(view.title)}
    return _role_message(view, message, outgoing(meaning), refused)


def _role_message(view: IncidentView, sentence: str, meaning: str, refused: str) -> Message:
    facts = [_severity(view) if view.severity else _("no severity yet")]
    if view.channel_id:
        facts.append(f"💬 <#{view.channel_id}>")
    facts.append(f"📄 {document_link(view)}")
    lines = [sentence, *filter(None, [meaning]), " · ".join(facts)]
    if refused:
        lines.append(
            _(
                "Slack did not let me add you to the channel (%(error)s): join it yourself, or "
                "ask a member to invite you."
            )
            % {"error": outgoing(refused)}
        )
    message = Message(fallback_text=sentence)
    message.add_block(Section(text=Text("\n".join(lines))))
    if not (view.channel_id or view.report_only):
        message.add_block(Actions(elements=[controls.create_channel_button(view.pk)]))
    return message


def topic(view: IncidentView, limit: int) -> str:
    """Return the topic of a comms channel: the title and the document's address."""
    end = f" · {view.document}"
    return truncate(view.title, limit - mrkdwn.length(end)) + end
