"""Telling a person how it went with what they asked for, when they no longer wait."""

from __future__ import annotations

import json

from django.utils.translation import gettext as _

from response.slack import payloads
from response.slack.models import InboxRequest
from response.slack.mrkdwn import outgoing
from response.slack.procedures.whisper import whisper


def _who_and_where(request: InboxRequest) -> tuple[str, str, str]:
    """User, channel and ``response_url`` of a request; empty where it has none."""
    payload = json.loads(request.payload)
    if request.kind == InboxRequest.COMMAND:
        command = payloads.Command.read(payload)
        return command.user_id, command.channel_id, command.response_url
    if request.kind == InboxRequest.EVENT:
        event = payloads.Event.read(payload)
        return event.user_id, event.channel_id, ""
    if request.type in ("view_submission", "dialog_submission"):
        form = payloads.Submission.read(payload)
        return form.user_id, form.channel_id, form.response_url
    press = payloads.ButtonPress.read(payload)
    return press.user_id, press.channel_id, press.response_url


def parked(request: InboxRequest) -> None:
    """Say that a request failed for good, to whoever made it.

    Not for events that people do not mean as a request, such as every message.
    """
    if request.kind == InboxRequest.EVENT and request.type != "app_mention":
        return
    user, channel, response_url = _who_and_where(request)
    whisper(
        channel,
        user,
        _(
            "⚠️ Something you asked for could not be done, and I have stopped trying. Nothing "
            "of it is lost: it is kept as request %(id)d, and an administrator can have it "
            "tried again (Admin › Inbox requests)."
        )
        % {"id": request.pk},
        response_url=response_url,
    )


def form_refused(request: InboxRequest, errors: dict[str, str]) -> None:
    """Say what was wrong with a form that is closed already, and what had been typed."""
    form = payloads.Submission.read(json.loads(request.payload))
    wrong = "\n".join(f"• *{outgoing(name)}*: {outgoing(text)}" for name, text in errors.items())
    typed = "\n".join(
        f"• {outgoing(name)}: {outgoing(value)}" for name, value in form.values.items() if value
    )
    whisper(
        form.channel_id,
        form.user_id,
        _("⚠️ Your form was not taken:\n%(wrong)s\nThis is what you had typed:\n%(typed)s")
        % {"wrong": wrong, "typed": typed},
        response_url=form.response_url,
    )


def form_not_opened(
    response_url: str, channel_id: str, user_id: str, error: Exception | None = None
) -> None:
    """Say that a form could not be opened."""
    whisper(channel_id, user_id, form_not_opened_text(error), response_url=response_url)


def form_not_opened_text(error: Exception | None = None) -> str:
    """The sentence for a form that Slack did not open, and what to do."""
    why = getattr(error, "misconfigured", "")
    if why:
        return _(
            "⚠️ Slack refused to open the form (%(why)s). Nothing was changed and nothing is "
            "lost; an administrator has to look at the Slack app's token and scopes."
        ) % {"why": outgoing(why)}
    return _(
        "⚠️ Slack did not open the form in time. Nothing was changed and nothing is lost: "
        "please try again."
    )
