"""What has to happen before Slack gets its answer.

Opening a form, for which Slack gives 3 seconds, and checking one that was sent. Both have
a limit of 2 seconds; what does not fit is told to the person in words.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connections
from django.utils.translation import gettext as _

from response.conf import settings
from response.core.addresses import site_url
from response.core.models import Incident
from response.jobs.wake import without_response
from response.slack.features import help_text, notify, people
from response.slack.inbound import inbox, payloads, routing
from response.slack.models import CommsChannel, InboxRequest
from response.slack.render import forms
from response.slack.render.dialog_builder import FormNotOpened
from response.slack.render.incident_view import IncidentView
from response.slack.text import limits, mrkdwn
from response.slack.web_api import identity
from response.slack.web_api.errors import SlackError

logger = logging.getLogger(__name__)

_threads = ThreadPoolExecutor(max_workers=16, thread_name_prefix="response-form")


# Forms that were sent


class _Handover:
    """Passes an outcome to a request that waits, unless it has given up waiting."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._outcome: inbox.Outcome | None = None
        self._waiting = True

    def offer(self, outcome: inbox.Outcome) -> bool:
        """Give the outcome; False if nobody waits for it any more."""
        with self._lock:
            if self._waiting:
                self._outcome = outcome
                self._lock.notify_all()
            return self._waiting

    def take(self, timeout: float) -> inbox.Outcome | None:
        """Wait for the outcome; None if it does not come in time."""
        with self._lock:
            self._lock.wait_for(lambda: self._outcome is not None, timeout)
            self._waiting = False
            return self._outcome


def submit_form(request: InboxRequest) -> dict[str, str]:
    """Run the handler of a form that was stored, and return its field errors.

    Empty if it took the form, or is still at it after 2 seconds: then the form closes, and
    what is wrong with it is told to the person later.
    """
    handover = _Handover()
    _threads.submit(_work, request.pk, request.claim, handover)
    outcome = handover.take(settings.RESPONSE_SLACK_REQUEST_TIMEOUT)
    return outcome.form_errors if outcome else {}


def _work(pk: int, token: str, handover: _Handover) -> None:
    with without_response():
        try:
            inbox.work_on(pk, token, answer=handover.offer)
        except Exception:
            logger.exception("Working on form %s failed; it stays in the inbox", pk)
        finally:
            connections.close_all()


# Forms that are to be opened


def opens_form(press: payloads.ButtonPress) -> bool:
    """Whether the handler of a press needs its trigger now."""
    handler = routing.button_of(press)
    return handler is not None and handler.opens_form


def press(press: payloads.ButtonPress) -> None:
    """Run a handler that opens a form. Tells the person if it fails; never raises for that."""
    handler = routing.button_of(press)
    if handler is None:
        return
    try:
        routing.press_button(handler, press)
    except Exception:
        logger.exception("Button handler %s failed", handler.name)
        notify.form_not_opened(press.origin)


def declare(slash: payloads.Command, title: str) -> str | None:
    """Open the form that declares an incident. Returns what to say if that fails."""
    form = forms.report(
        " ".join(people.readable(title).split()), with_type=identity.has_report_channel()
    )
    try:
        form.send_open_dialog(
            forms.REPORT,
            slash.trigger_id,
            channel_id=slash.channel_id,
            response_url=slash.response_url,
        )
    except (FormNotOpened, SlackError) as error:
        logger.warning("%s", error)
        typed = (
            _("You had typed: %(title)s") % {"title": mrkdwn.outgoing(mrkdwn.incoming(title))}
            if title
            else ""
        )
        return f"{notify.form_not_opened_text(error)}\n{typed}".strip()
    return None


# Answers at once


def listed() -> str:
    """The open incidents, with links."""
    most = 20
    incidents = list(
        Incident.objects.open().with_people().filter(private=False).newest_first()[: most + 1]
    )
    if not incidents:
        return _("Nothing is on fire: there are no open incidents.")
    lines = [_line(incident) for incident in incidents[:most]]
    if len(incidents) > most:
        lines.append(_("… and more: %(url)s") % {"url": site_url()})
    return mrkdwn.truncate("\n".join(lines), limits.MESSAGE_TEXT)


def _line(incident: Incident) -> str:
    told = IncidentView.from_incident(incident)
    parts = [
        f"{incident.severity_emoji()} {mrkdwn.link(told.document, incident.report)}",
        incident.severity_text() or _("no severity yet"),
        _("led by %(who)s") % {"who": told.lead} if incident.lead else _("no lead yet"),
    ]
    if told.channel_id:
        parts.append(f"<#{told.channel_id}>")
    return " · ".join(parts)


def slash_answer(slash: payloads.Command) -> str | None:
    """Answer a slash command outside an incident's channel; None if nothing is to be said."""
    name, _sep, rest = slash.text.strip().partition(" ")
    name = name.casefold()
    if name == "help" and not rest:
        return help_text.outside(slash.command)
    if name == "list" and not rest:
        return listed()
    return declare(slash, rest if name == "new" else slash.text)


def is_incident_channel(channel_id: str) -> bool:
    """Whether an incident is worked on there; one indexed look-up."""
    return bool(channel_id) and CommsChannel.objects.filter(channel_id=channel_id).exists()
