"""The inbox: requests are stored once, handled once, and retried on failure.

``accept`` stores a request before it is answered. ``work_on`` runs its handlers, each in its
own transaction, which also records that the handler is done: if the process is killed, either
all of a handler's changes are there or none.
"""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, models
from django.utils import timezone
from django.utils.translation import gettext as _

from response import log_context
from response.conf import settings
from response.core.actors import acting_as
from response.db import atomic, update_and_insert
from response.jobs import in_flight, leases, outbox
from response.jobs.models.work import new_token
from response.slack.decorators.form_error import FormError
from response.slack.decorators.registry import REMEDY
from response.slack.features import notify
from response.slack.inbound import payloads, routing
from response.slack.inbound.handler_call import Shortcut
from response.slack.inbound.signals import request_processed
from response.slack.inbound.wanted_handlers import Wanted, missing, wanted_handlers
from response.slack.models import InboxRequest, Lookup
from response.storable import storable

logger = logging.getLogger(__name__)

#: The factor by which each wait is longer than the one before, then the first and the longest
#: wait in seconds.
GROWTH, FIRST_WAIT, LONGEST_WAIT = 3, 5, 3600
#: How long (in seconds) and on how many requests a worker stays with one channel before it
#: checks whether another channel has waited longer.
STINT, AT_A_TIME = 1.0, 25
#: How much of what went wrong is kept, in characters.
LONGEST_ERROR = 100_000
#: Seconds until the next attempt at a request whose handler is in another process.
LEFT_FOR = 10
#: Seconds that a form waits if the process that accepted it has no handler for it: a process
#: with a newer release of the project may have opened it.
UNKNOWN_WAIT = 20


def accept(
    kind: str, type_: str, payload: payloads.Payload, *, ordering_key: str = "", hold: bool = False
) -> InboxRequest | None:
    """Store a verified request and return it, or None if it was delivered before.

    Unique constraints decide, so this also holds for two processes at the same instant.
    Requests with the same ``ordering_key`` (a channel) are handled in the order of arrival.
    With ``hold`` the row is claimed, for a caller that goes on to :func:`work_on` it.
    """
    claim = (
        {**InboxRequest.objects.new_claim(), "attempts": 1, "begun": timezone.now()} if hold else {}
    )
    handlers = [list(handler) for handler in wanted_handlers(kind, type_, payload)] or None
    request = _row(kind, type_, payload, ordering_key, handlers=handlers, **claim)
    try:
        with atomic():
            request.save(force_insert=True)
    except IntegrityError:
        if not _is_known(request):
            raise
        return None
    return request


def accept_and_do(
    kind: str,
    type_: str,
    payload: payloads.Payload,
    shortcut: Shortcut,
    *,
    ordering_key: str = "",
) -> bool:
    """Store a verified request as done together with the single update that handles it.

    As for :func:`accept`, unique constraints keep a repeated delivery from being handled twice.
    Returns False if the update changed nothing or failed: then nothing is stored, and the
    request still has to be accepted.
    """
    now = timezone.now()
    request = _row(
        kind,
        type_,
        payload,
        ordering_key,
        received=now,
        finished=now,
        status=InboxRequest.DONE,
        attempts=1,
        handled_by=[shortcut.name],
    )
    try:
        done = update_and_insert(shortcut.update, request)
    except IntegrityError:
        done = _is_known(request)
    except DatabaseError:
        logger.exception("A shortcut for %s %s failed; a worker handles the request", kind, type_)
        done = False
    else:
        if done:
            _send_metrics(request, "done", now)
    return done


def _row(
    kind: str, type_: str, payload: payloads.Payload, ordering_key: str, **values: Any
) -> InboxRequest:
    delivery, subject = payloads.keys(kind, payload)
    return InboxRequest(
        kind=kind,
        type=type_[:100],
        ordering_key=ordering_key[:64],
        delivery=delivery,
        subject=subject,
        payload=json.dumps(payload),
        **values,
    )


def _is_known(request: InboxRequest) -> bool:
    """Return whether a request that could not be inserted was delivered before."""
    known = InboxRequest.objects.filter(
        models.Q(delivery=request.delivery) | models.Q(subject=request.subject)
    )
    if known.exists():
        logger.debug("Slack delivered %s %s again", request.kind, request.type)
        return True
    return False


@dataclass
class Outcome:
    """The outcome of the work on a request, for a caller that waits for it."""

    done: bool = False
    form_errors: dict[str, str] = field(default_factory=dict)


def work_on(pk: int, token: str, answer: Callable[[Outcome], bool] = lambda _: False) -> Outcome:
    """Run the handlers of a claimed request that have not run yet.

    Never raises for a failing handler: the traceback is stored with the request, which is
    retried later, or parked as failed after too many attempts. ``answer`` is called with the
    outcome and returns whether a caller is still waiting for it.
    """
    with leases.renewed(InboxRequest, token):
        request = InboxRequest.objects.filter(pk=pk, claim=token).first()
        return _work(request, token, answer) if request else Outcome()


def work_on_next(among: int = 8) -> int:
    """Work on the oldest due request that no other worker has claimed.

    Then works on those behind it in the same channel, for :data:`STINT` seconds, under the same
    claim. Returns the number of requests worked on.
    """
    in_flight.give_way()
    token, until = new_token(), time.monotonic() + STINT
    for request in InboxRequest.objects.due()[:among]:
        if _take(request, token):
            with leases.renewed(InboxRequest, token):
                _work_safely(request, token)
                return 1 + _go_on_behind(request, token, until)
    return 0


def _go_on_behind(request: InboxRequest, token: str, until: float) -> int:
    done = 0
    for following in InboxRequest.objects.behind(request)[:AT_A_TIME]:
        in_flight.give_way()
        if time.monotonic() >= until or not _take(following, token):
            break
        _work_safely(following, token)
        done += 1
    return done


def _take(request: InboxRequest, token: str) -> bool:
    """Claim a request that was read before; return False if it has been changed since.

    The attempt is counted before the work, so that a request that kills its process is parked
    in the end.
    """
    begun = timezone.now()
    as_read = InboxRequest.objects.waiting().filter(attempts=request.attempts, error=request.error)
    attempts = request.attempts + 1
    if not as_read.claim(request.pk, token, attempts=attempts, begun=begun):
        return False
    request.claim, request.attempts, request.begun = token, attempts, begun
    return True


def _work_safely(request: InboxRequest, token: str) -> None:
    """Work on a request. Whatever is odd about its row, the worker goes on with the next one."""
    try:
        _work(request, token)
    except (InterfaceError, OperationalError):
        raise  # the database is away: that is not the row's fault
    except Exception:
        logger.exception("%s could not be worked on", request, extra=_extra(request))
        _put_off(request, token, [traceback.format_exc()])


def _work(
    request: InboxRequest, token: str, answer: Callable[[Outcome], bool] = lambda _: False
) -> Outcome:
    with log_context.working_on(request_id=request.pk):
        began = timezone.now()
        try:
            failures = _run_handlers(request, token)
        except FormError as refusal:
            outcome = _refuse(request, token, refusal, answer)
            _send_metrics(request, "refused", began)
            return outcome
        except leases.LostLease:
            logger.warning("%s was taken over by another worker", request, extra=_extra(request))
            return Outcome()
        became = "done"
        lacking = missing(request.handlers)
        if failures:
            became = _put_off(request, token, failures)
        elif lacking:
            became = _leave(request, token, lacking)
        elif request.status == InboxRequest.WAITING:
            _close(request.pk, token, InboxRequest.DONE)
        outcome = Outcome(done=not failures and not lacking)
        answer(outcome)
        _send_metrics(request, became, began)
        return outcome


def _send_metrics(request: InboxRequest, outcome: str, began: datetime) -> None:
    request_processed.send_robust(
        InboxRequest,
        request_id=request.pk,
        kind=request.kind,
        type=request.type,
        outcome=outcome,
        seconds=(timezone.now() - began).total_seconds(),
        waited=(began - request.received).total_seconds(),
        attempts=request.attempts,
    )


def _refuse(
    request: InboxRequest, token: str, refusal: FormError, answer: Callable[[Outcome], bool]
) -> Outcome:
    """Drop a rejected form, so that the person can correct it and send it again.

    If the form is closed already, the person gets a message with the errors and their input.
    """
    outcome = Outcome(form_errors=refusal.errors)
    with atomic():
        mine = InboxRequest.objects.filter(pk=request.pk, claim=token)
        for key, text in refusal.remember.items():
            Lookup.objects.remember(key, text)
        if mine.delete()[0] and not answer(outcome):
            form = payloads.Submission.read(json.loads(request.payload))
            origin = notify.Origin(form.user_id, form.channel_id, form.response_url)
            notify.form_rejected(origin, form.values, refusal.errors)
    return outcome


def _run_handlers(request: InboxRequest, token: str) -> list[str]:
    """Run each remaining handler; return the tracebacks of those that failed.

    If all succeed, the transaction of the last one also closes the request.
    """
    if request.attempts > settings.RESPONSE_INBOX_MAX_ATTEMPTS:
        # The last attempt noted nothing of how it went: it took its process with it.
        return [request.error or _("Each process that worked on it has died.")]
    try:
        steps = [s for s in routing.handler_calls(request) if s.name not in request.handled_by]
        actor = routing.actor_of(request)
    except Exception:
        return [traceback.format_exc()]
    lacking = missing(request.handlers)
    failures: list[str] = []
    for step in steps:
        last = step is steps[-1] and not failures and not lacking
        try:
            with atomic(), outbox.collected(), acting_as(actor):
                step.run()
                outbox.flush()
                _note(request, token, step.name, last=last)
        except leases.LostLease:
            raise
        except Exception as error:
            if isinstance(error, FormError) and request.is_form:
                raise
            failures.append(traceback.format_exc())
            logger.exception("Handler %s failed on %s", step.name, request, extra=_extra(request))
        else:
            request.handled_by.append(step.name)
            if last:
                request.status = InboxRequest.DONE
    return failures


def _note(request: InboxRequest, token: str, step: str, *, last: bool) -> None:
    """Record that a handler is done, if the request is still claimed by us."""
    values: dict[str, Any] = {"handled_by": [*request.handled_by, step]}
    if last:
        values |= _closed(InboxRequest.DONE)
    if not InboxRequest.objects.filter(pk=request.pk, claim=token).update(**values):
        raise leases.LostLease


def _put_off(request: InboxRequest, token: str, failures: list[str]) -> str:
    """Schedule a retry of the request, or park it. Returns the outcome."""
    error = "\n".join(failures)
    if request.attempts >= settings.RESPONSE_INBOX_MAX_ATTEMPTS:
        logger.error(
            "%s failed %d times and is parked; see it in the admin",
            request,
            request.attempts,
            extra=_extra(request),
        )
        _stop(
            request,
            token,
            _closed(InboxRequest.FAILED, error),
            partial(notify.request_failed, request.pk),
        )
        return "failed"
    wait = min(FIRST_WAIT * GROWTH ** (min(request.attempts, 20) - 1), LONGEST_WAIT)
    later: dict[str, Any] = {
        "error": storable(error)[:LONGEST_ERROR],
        "due": timezone.now() + timedelta(seconds=wait),
        "claim": "",
        "claimed_until": None,
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

    Stopping depends on nothing that can fail: if the message cannot be made, it is done without.
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
        logger.exception("Could not notify the person who sent %s", request, extra=_extra(request))
        mine.update(**values)


def _leave(request: InboxRequest, token: str, lacking: list[Wanted]) -> str:
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
        logger.warning(text, request, which, REMEDY, extra=_extra(request))
        InboxRequest.objects.filter(pk=request.pk, claim=token).update(
            attempts=max(request.attempts - 1, 0),
            handlers=[list(handler) for handler in lacking],
            due=timezone.now() + timedelta(seconds=min(LEFT_FOR, longest - waited)),
            claim="",
            claimed_until=None,
        )
        return "left"
    error = f"No process had {which} within {waited:.0f} seconds. {REMEDY}"
    logger.error("%s is parked: %s", request, error, extra=_extra(request))
    _stop(
        request,
        token,
        _closed(InboxRequest.FAILED, error),
        partial(notify.request_failed, request.pk),
    )
    return "failed"


def _notify(request: InboxRequest, message: Callable[[notify.Origin], None]) -> None:
    """Send the person a message, unless the request is an event that is not meant for the bot."""
    if request.kind == InboxRequest.EVENT and request.type != "app_mention":
        return
    payload = json.loads(request.payload)
    message(payloads.origin_of(request.kind, request.type, payload))


def _close(pk: int, token: str, status: str, error: str = "") -> int:
    return InboxRequest.objects.filter(pk=pk, claim=token).update(**_closed(status, error))


def _closed(status: str, error: str = "") -> dict[str, Any]:
    return {
        "status": status,
        "error": storable(error)[:LONGEST_ERROR],
        "finished": timezone.now(),
        "claim": "",
        "claimed_until": None,
    }


def _extra(request: InboxRequest) -> dict[str, object]:
    return {"request_type": request.type, **log_context.current(), "request_id": request.pk}
