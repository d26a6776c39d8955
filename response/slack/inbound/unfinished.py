"""Requests that could not be finished: tried again, left to another process, or parked.

Their person is notified.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from response import log_context
from response.conf import settings
from response.db import atomic, storable
from response.jobs import outbox
from response.jobs.leases import UNCLAIMED
from response.slack.decorators.registry import REMEDY
from response.slack.features import notify
from response.slack.inbound import payloads
from response.slack.inbound.wanted_handlers import Wanted
from response.slack.models import InboxRequest

logger = logging.getLogger(__name__)

#: The factor by which each wait is longer than the one before, then the first and the longest
#: wait in seconds.
GROWTH, FIRST_WAIT, LONGEST_WAIT = 3, 5, 3600
#: Seconds until the next attempt at a request whose handler is in another process.
LEFT_FOR = 10
#: Seconds that a form waits if the process that accepted it has no handler for it: a process
#: with a newer release of the project may have opened it.
UNKNOWN_WAIT = 20
#: How much of what went wrong is kept, in characters.
LONGEST_ERROR = 100_000


def put_off(request: InboxRequest, token: str, failures: list[str]) -> str:
    """Schedule a retry of the request, or park it. Returns the outcome."""
    error = "\n".join(failures)
    if request.attempts >= settings.RESPONSE_INBOX_MAX_ATTEMPTS:
        logger.error(
            "%s failed %d times and is parked; see it in the admin",
            request,
            request.attempts,
            extra=log_fields(request),
        )
        _stop(request, token, _parked(error), partial(notify.request_failed, request.pk))
        return "failed"
    wait = min(FIRST_WAIT * GROWTH ** (min(request.attempts, 20) - 1), LONGEST_WAIT)
    later: dict[str, Any] = {
        "error": storable(error)[:LONGEST_ERROR],
        "due": timezone.now() + timedelta(seconds=wait),
        **UNCLAIMED,
    }
    _stop(request, token, later, None if request.error else notify.request_delayed)
    return "retry"


def _stop(
    request: InboxRequest,
    token: str,
    values: dict[str, Any],
    message: Callable[[notify.Origin], None] | None,
) -> None:
    """Store that a request is stopped for now, or for good, and send its person ``message``.

    Stopping must not fail: if the message cannot be made, the request is stopped without one.
    """
    mine = InboxRequest.objects.filter(pk=request.pk, claim=token)
    try:
        with atomic(), outbox.collected():
            if mine.update(**values) and message:
                _notify(request, message)
            outbox.flush()
    except Exception as error:
        away = isinstance(error, InterfaceError | OperationalError)
        if away and request.attempts <= settings.RESPONSE_INBOX_MAX_ATTEMPTS:
            raise  # the next attempt may reach the database
        logger.exception(
            "Could not notify the person who sent %s", request, extra=log_fields(request)
        )
        mine.update(**values)


def leave(request: InboxRequest, token: str, lacking: list[Wanted]) -> str:
    """Leave the rest of a request to a process that has the handlers for it.

    If none has handled it after ``RESPONSE_HANDLER_WAIT`` seconds, it is parked and the person
    is notified; much earlier if the process that accepted it had no handler for it either.
    """
    which = ", ".join(map(str, lacking))
    waited = (timezone.now() - request.received).total_seconds()
    longest = settings.RESPONSE_HANDLER_WAIT
    if not any(handler.name for handler in lacking):
        longest = min(longest, UNKNOWN_WAIT)
    if waited < longest:
        text = "%s is left to another process, since this one does not have %s. %s"
        logger.warning(text, request, which, REMEDY, extra=log_fields(request))
        InboxRequest.objects.filter(pk=request.pk, claim=token).update(
            attempts=max(request.attempts - 1, 0),
            handlers=[list(handler) for handler in lacking],
            due=timezone.now() + timedelta(seconds=min(LEFT_FOR, longest - waited)),
            **UNCLAIMED,
        )
        return "left"
    error = f"No process had {which} within {waited:.0f} seconds. {REMEDY}"
    logger.error("%s is parked: %s", request, error, extra=log_fields(request))
    _stop(request, token, _parked(error), partial(notify.request_failed, request.pk))
    return "failed"


def _parked(error: str) -> dict[str, Any]:
    return {
        "status": InboxRequest.FAILED,
        "error": storable(error)[:LONGEST_ERROR],
        "finished": timezone.now(),
        **UNCLAIMED,
    }


def _notify(request: InboxRequest, message: Callable[[notify.Origin], None]) -> None:
    """Send the person a message, unless the request is an event that is not meant for the bot."""
    if request.kind == InboxRequest.EVENT and request.type != "app_mention":
        return
    payload = json.loads(request.payload)
    message(payloads.origin_of(request.kind, request.type, payload))


def log_fields(request: InboxRequest) -> dict[str, object]:
    """Return the ``extra`` of log records about a request."""
    return {"request_type": request.type, **log_context.current(), "request_id": request.pk}
