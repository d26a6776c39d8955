"""Work that has to be done before Slack gets its answer.

That is opening a form, for which Slack allows 3 seconds, and checking a submitted one. Both have
a limit of 2 seconds; after that the person gets a message instead.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connections
from django.db.models import Q
from django.utils.translation import gettext as _

from response.conf import settings
from response.core.addresses import site_url
from response.core.models import Incident, Role
from response.jobs.wake import without_response
from response.slack.decorators.incident_command import commands
from response.slack.features import details, help_text, notify, people, wording
from response.slack.inbound import inbox, payloads, routing
from response.slack.models import InboxRequest
from response.slack.render import forms
from response.slack.render.dialog_builder import FormNotOpened
from response.slack.render.incident_view import IncidentView
from response.slack.text import command_text, limits, mrkdwn
from response.slack.web_api import identity
from response.slack.web_api.errors import SlackError

logger = logging.getLogger(__name__)

# Two separate pools: button handlers may be slow, and people are waiting for their forms.
_forms = ThreadPoolExecutor(max_workers=16, thread_name_prefix="response-form")
_presses = ThreadPoolExecutor(max_workers=16, thread_name_prefix="response-press")


# Forms that were sent


class _Handover:
    """Passes an outcome to a waiting request, unless that has stopped waiting."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._outcome: inbox.Outcome | None = None
        self._waiting = True

    def offer(self, outcome: inbox.Outcome) -> bool:
        """Pass the outcome on; return False if the request is no longer waiting for it."""
        with self._lock:
            if self._waiting:
                self._outcome = outcome
                self._lock.notify_all()
            return self._waiting

    def take(self, timeout: float) -> inbox.Outcome | None:
        """Wait for the outcome; return None if it does not arrive within ``timeout`` seconds."""
        with self._lock:
            self._lock.wait_for(lambda: self._outcome is not None, timeout)
            self._waiting = False
            return self._outcome


def submit_form(request: InboxRequest) -> dict[str, str]:
    """Run the handler of a stored form and return its errors by field.

    Empty if the handler accepted the form, or is still running after 2 seconds: then the form
    closes, and the person gets any errors in a message later.
    """
    handover = _Handover()
    _forms.submit(_work, request.pk, request.claim, handover.offer)
    outcome = handover.take(settings.RESPONSE_SLACK_REQUEST_TIMEOUT)
    return outcome.form_errors if outcome else {}


def start(request: InboxRequest) -> None:
    """Run the handlers of a stored request at once, in a thread of this process.

    If the process dies or has too many such threads, a worker handles it a little later.
    """
    _presses.submit(_work, request.pk, request.claim, lambda _outcome: False)


def _work(pk: int, token: str, answer: Callable[[inbox.Outcome], bool]) -> None:
    with without_response():
        try:
            inbox.work_on(pk, token, answer=answer)
        except Exception:
            logger.exception("Working on request %s failed; it stays in the inbox", pk)
        finally:
            connections.close_all()


# Forms that are to be opened


def opens_form(press: payloads.ButtonPress) -> bool:
    """Return whether the handler of a press opens a form and so needs its trigger now."""
    handler = routing.button_of(press)
    return handler is not None and handler.opens_form


def press(press: payloads.ButtonPress) -> None:
    """Run a handler that opens a form; if it fails, notify the person and do not raise."""
    handler = routing.button_of(press)
    if handler is None:
        return
    try:
        routing.press_button(handler, press)
    except Exception:
        logger.exception("Button handler %s failed", handler.name)
        notify.form_not_opened(press.origin)


def declare(slash: payloads.Command, title: str) -> str | None:
    """Open the form that declares an incident; return a message for the person if that fails."""
    form = forms.report(
        " ".join(people.readable(title).split()),
        with_type=identity.has_report_channel(),
        with_visibility=settings.RESPONSE_PRIVATE_FROM_SLACK,
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


def listed(user_id: str) -> str:
    """Return the list of open incidents, with links: public ones and the person's own."""
    most = 20
    own = Incident.objects.involving_slack_user(user_id).filter(private=True)
    seen = Q(private=False) | Q(pk__in=own.order_by().values("pk"))
    incidents = list(Incident.objects.open().with_people().filter(seen).newest_first()[: most + 1])
    if not incidents:
        return _("There are no open incidents.")
    lines = [_line(incident) for incident in incidents[:most]]
    if len(incidents) > most:
        lines.append(_("… and more: %(url)s") % {"url": site_url()})
    return mrkdwn.truncate("\n".join(lines), limits.MESSAGE_TEXT)


def _line(incident: Incident) -> str:
    told = IncidentView.from_incident(incident)
    emoji = "🔒" if incident.private else incident.severity_emoji()
    parts = [
        f"{emoji} {mrkdwn.link(told.document, incident.report)}",
        mrkdwn.escape(incident.severity_text() or _("no severity yet")),
        _("led by %(who)s") % {"who": told.lead} if incident.lead else _("no lead yet"),
    ]
    if told.channel_id:
        parts.append(f"<#{told.channel_id}>")
    return " · ".join(parts)


def slash_answer(slash: payloads.Command) -> str | None:
    """Return the answer to a slash command outside incident channels, or None for no answer."""
    name, _sep, rest = slash.text.strip().partition(" ")
    name = name.casefold()
    if name == "help" and not rest:
        return help_text.outside(slash.command)
    if name == "list" and not rest:
        return listed(slash.user_id)
    if name != "new" and _is_command_for_a_channel(slash.text):
        return _where_commands_work(slash)
    return declare(slash, rest if name == "new" else slash.text)


def _is_command_for_a_channel(text: str) -> bool:
    """Return whether a slash command outside incident channels can only be meant for one.

    "close" and "lead @anna" cannot be titles; "summary page is down" can, and declaring an
    incident must never be delayed.
    """
    read = command_text.read(text)
    if not read.rest:
        known = commands.find(read.name) is not None
        return known or (
            command_text.means_severity(read.name) and wording.severity(read.name) is not None
        )
    if read.name == "lead":
        return mrkdwn.USER.fullmatch(read.rest) is not None or read.rest.casefold() == "me"
    if read.name in ("role", "roles"):
        # "role comms @anna", but not "role permissions are broken".
        role, who = details.named_at_start(Role, read.rest)
        return role is not None and mrkdwn.USER.fullmatch(who) is not None
    if read.name in ("severity", "sev"):
        return wording.severity(read.rest) is not None
    if read.name == "status":
        return wording.status(read.rest) is not None
    if read.name in ("action", "actions"):
        first, *more = read.rest.split()
        return "done" in (first, *more[:1]) and len(more) == 1
    return False


def _where_commands_work(slash: payloads.Command) -> str:
    """Return a message that commands need an incident's channel, with the person's live ones."""
    typed = help_text.quoted(slash.text, 100)
    parts = [
        _("`%(typed)s` works only in an incident's channel; nothing was changed.")
        % {"typed": typed}
    ]
    mine = list(Incident.objects.open().with_people().involving_slack_user(slash.user_id)[:5])
    if mine:
        parts += [_("Your live incidents:"), *(f"• {_line(incident)}" for incident in mine)]
    else:
        parts.append(_("`%(command)s list` shows the open incidents.") % {"command": slash.command})
    parts.append(
        _("To declare an incident with that title: `%(command)s new %(typed)s`")
        % {"command": slash.command, "typed": typed}
    )
    return "\n".join(parts)
