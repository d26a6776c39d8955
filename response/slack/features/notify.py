"""Messages to people about their requests, once Slack no longer waits for an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from response.slack.jobs.messages import send_ephemeral
from response.slack.text.mrkdwn import escape, outgoing


@dataclass(frozen=True)
class Origin:
    """Who made a request and where: ids of Slack's, empty where it names none."""

    user_id: str = ""
    channel_id: str = ""
    response_url: str = ""


def request_failed(request_id: int, origin: Origin) -> None:
    """Tell the person that their request has failed for good."""
    _send(
        origin,
        _(
            "⚠️ Something you asked for could not be done, and I have stopped trying. Nothing "
            "is lost: it is kept as request %(id)d, and an administrator can retry it (Admin › "
            "Inbox requests)."
        )
        % {"id": request_id},
    )


def request_delayed(origin: Origin) -> None:
    """Tell the person that what they asked for failed once and is being tried again."""
    _send(
        origin,
        _(
            "⚠️ Something went wrong with what you asked for. Nothing is lost: I will keep "
            "trying, and tell you if I have to give up."
        ),
    )


def form_rejected(
    origin: Origin, values: Mapping[str, str | None], errors: Mapping[str, str]
) -> None:
    """Tell the person what was wrong with a form that is closed already.

    ``values`` is what they had entered by field name, so that nothing they typed is lost;
    ``errors`` is a sentence by field name.
    """
    wrong = "\n".join(f"• *{outgoing(name)}*: {outgoing(text)}" for name, text in errors.items())
    typed = "\n".join(
        f"• {outgoing(name)}: {escape(value)}" for name, value in values.items() if value
    )
    _send(
        origin,
        _("⚠️ Your form was not accepted:\n%(wrong)s\nThis is what you had entered:\n%(typed)s")
        % {"wrong": wrong, "typed": typed},
    )


def form_not_opened(origin: Origin, error: Exception | None = None) -> None:
    """Tell the person that a form could not be opened."""
    _send(origin, form_not_opened_text(error))


def form_not_opened_text(error: Exception | None = None) -> str:
    """Return the sentence for a form that Slack did not open, with what to do."""
    why = getattr(error, "misconfigured", "")
    if why:
        return _(
            "⚠️ Slack refused to open the form (%(why)s). Nothing was changed and nothing is "
            "lost; an administrator needs to check the Slack app's token and scopes."
        ) % {"why": outgoing(why)}
    return _(
        "⚠️ Slack did not open the form in time. Nothing was changed and nothing is lost: "
        "please try again."
    )


def _send(origin: Origin, text: str) -> None:
    send_ephemeral(origin.channel_id, origin.user_id, text, response_url=origin.response_url)
