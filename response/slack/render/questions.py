"""Questions to people in Slack, with buttons as their answers. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from response.slack.render.block_kit import Actions, Button, Message, Section, Text
from response.slack.render.controls import FILL_IN_AND_CLOSE
from response.slack.render.incident_view import IncidentView
from response.slack.text import mrkdwn
from response.slack.text.mrkdwn import truncate
from response.slack.text.translation import to_mrkdwn


def missing_at_closing(
    view: IncidentView, names: list[str], in_form: bool, status_key: str = ""
) -> Message:
    """Return what is missing before the incident can be closed, and where to fill it in.

    The button carries ``status_key``, the status with which it is to be closed.
    """
    shown = ", ".join(f"*{mrkdwn.escape(name)}*" for name in names)
    text = _("Before this incident can be closed, please fill in %(names)s.") % {"names": shown}
    page = mrkdwn.link(view.document, _("the incident's page"))
    if not in_form:
        text += " " + _("This does not fit into a form here; fill it in on %(page)s.") % {
            "page": page
        }
    message = Message(fallback_text=text)
    message.add_block(Section(text=Text(text)))
    if in_form:
        chosen = json.dumps({"incident": view.pk, "status": status_key})
        value = chosen if status_key else str(view.pk)
        button = Button(_("Fill in and close"), FILL_IN_AND_CLOSE, value=value, style="primary")
        message.add_block(Actions(elements=[button]))
    return message


@dataclass(frozen=True)
class TextWords:
    """The words around a long text of an incident: its title, and two sentences."""

    title: str
    none: str
    replace: str


def text_question(
    words: TextWords, present: str, proposed: str, buttons: Iterable[Button]
) -> Message:
    """Show the present summary or impact, and what it could be replaced with, if anything."""
    shown = to_mrkdwn(present) if present else words.none
    message = Message(fallback_text=truncate(f"{words.title}: {shown}", 150))
    message.add_block(Section(text=Text(f"*{words.title}*\n{shown}")))
    if proposed:
        message.add_block(Section(text=Text(f"{words.replace}\n{to_mrkdwn(proposed)}")))
    message.add_block(Actions(elements=list(buttons)))
    return message


def question(text: str, buttons: Iterable[Button]) -> Message:
    """Return a question in mrkdwn with buttons as its answers."""
    message = Message(fallback_text=text)
    message.add_block(Section(text=Text(text)))
    message.add_block(Actions(elements=list(buttons)))
    return message
