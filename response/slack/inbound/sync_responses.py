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
from django.utils.translation import gettext as _

from response.conf import settings
from response.jobs.wake import without_response
from response.slack.features import notify, people
from response.slack.inbound import inbox, payloads, routing
from response.slack.models import InboxRequest
from response.slack.render import forms
from response.slack.render.dialog_builder import FormNotOpened
from response.slack.text import mrkdwn
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
