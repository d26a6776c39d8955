"""Accepted requests: stored once, worked on once, tried again.

``accept`` stores a request before it is answered. ``work_on`` runs its handlers, each in a
transaction of its own that also notes that the handler has done its part: a process killed
at any moment leaves either nothing of a handler or all of it.
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

from django.db import DatabaseError, IntegrityError, models
from django.utils import timezone

from response import log_context
from response.conf import settings
from response.core.actors import acting_as
from response.db import atomic, update_and_insert
from response.jobs import in_flight, leases, outbox
from response.jobs.models.lease import new_token
from response.slack.decorators import wanted
from response.slack.decorators.form_error import FormError
from response.slack.features import notify
from response.slack.inbound import payloads, routing
from response.slack.inbound.handler_call import Shortcut
from response.slack.inbound.signals import request_processed
from response.slack.inbound.wanted_handlers import wanted_handlers
from response.slack.models import InboxRequest, Lookup

logger = logging.getLogger(__name__)

#: How many times longer each wait is than the one before, the first wait and the longest
#: one, in seconds.
GROWTH, FIRST_WAIT, LONGEST_WAIT = 3, 5, 3600
#: How long, in seconds, and on how many requests of a channel a worker goes on working before it
#: looks whether another channel has waited longer.
STINT, AT_A_TIME = 1.0, 25
#: Seconds after which a request is looked at again whose handler another process has.
LEFT_FOR = 10
#: Seconds for which a form waits that the process which accepted it has no handler for: one
#: that runs a newer release of the project may have opened it.
UNKNOWN_WAIT = 20


def accept(
    kind: str, type_: str, payload: payloads.Payload, *, ordering_key: str = "", hold: bool = False
) -> InboxRequest | None:
    """Store a verified request. None if it was delivered before.

    The database's unique keys decide, also between two processes at the same instant.
    Requests of one ``ordering_key`` (a channel) are worked on in the order in which they came. With
    ``hold`` it comes with a claim, for a caller who goes on to :func:`work_on` it.
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
    """Store a verified request together with the one update that is to be done for it.

    The unique keys decide, as for :func:`accept`: what was delivered before is done no second
    time. False if the update changed nothing or failed: nothing is stored then, and the request
    is still to be accepted.
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
        logger.exception("A shortcut for %s %s failed; a worker does it", kind, type_)
        done = False
    else:
        if done:
            _tell_metrics(request, "done", now)
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
    """Whether a request that could not be inserted was delivered before."""
    known = InboxRequest.objects.filter(
        models.Q(delivery=request.delivery) | models.Q(subject=request.subject)
    )
    if known.exists():
        logger.debug("Slack delivered %s %s again", request.kind, request.type)
        return True
    return False


@dataclass
class Outcome:
    """How the work on a request went, for those who wait for it."""

    done: bool = False
    form_errors: dict[str, str] = field(default_factory=dict)


def work_on(pk: int, token: str, answer: Callable[[Outcome], bool] = lambda _: False) -> Outcome:
    """Run the handlers, of a request that we have claimed, that have not run yet.

    Never raises for a failing handler: the traceback is kept with the request, which is
    due again after a while, or parked as failed when it has been tried often enough.
    ``answer`` is offered the outcome and says whether somebody still waits for it.
    """
    with leases.renewed(InboxRequest, token):
        request = InboxRequest.objects.filter(pk=pk, claim=token).first()
        return _work(request, token, answer) if request else Outcome()


def work_on_next(among: int = 8) -> int:
    """Work on the oldest request that is due and that no other worker takes.

    Then on those behind it in the same channel, for :data:`STINT` seconds, under the same
    claim. Returns how many were worked on.
    """
    in_flight.give_way()
    token, until = new_token(), time.monotonic() + STINT
    for request in InboxRequest.objects.due()[:among]:
        if _take(request, token):
            with leases.renewed(InboxRequest, token):
                _work(request, token)
                return 1 + _go_on_behind(request, token, until)
    return 0


def _go_on_behind(request: InboxRequest, token: str, until: float) -> int:
    done = 0
    for following in InboxRequest.objects.behind(request)[:AT_A_TIME]:
        in_flight.give_way()
        if time.monotonic() >= until or not _take(following, token):
            break
        _work(following, token)
        done += 1
    return done


def _take(request: InboxRequest, token: str) -> bool:
    """Claim a request that was read before; False if something was done with it since.

    The attempt is noted before the work, so that one which kills its process is parked, too.
    """
    begun = timezone.now()
    as_read = InboxRequest.objects.waiting().filter(attempts=request.attempts, error=request.error)
    attempts = request.attempts + 1
    if not as_read.claim(request.pk, token, attempts=attempts, begun=begun):
        return False
    request.claim, request.attempts, request.begun = token, attempts, begun
    return True


def _work(
    request: InboxRequest, token: str, answer: Callable[[Outcome], bool] = lambda _: False
) -> Outcome:
    with log_context.working_on(request_id=request.pk):
        began = timezone.now()
        try:
            failures = _run_handlers(request, token)
        except FormError as refusal:
            outcome = _refuse(request, token, refusal, answer)
            _tell_metrics(request, "refused", began)
            return outcome
        except leases.LostLease:
            logger.warning("%s was taken over by another worker", request, extra=_extra(request))
            return Outcome()
        became = "done"
        lacking = wanted.missing(request.handlers)
        if failures:
            became = _put_off(request, token, failures)
        elif lacking:
            became = _leave(request, token, lacking)
        elif request.status == InboxRequest.WAITING:
            _close(request.pk, token, InboxRequest.DONE)
        outcome = Outcome(done=not failures and not lacking)
        answer(outcome)
        _tell_metrics(request, became, began)
        return outcome


def _tell_metrics(request: InboxRequest, outcome: str, began: datetime) -> None:
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
    """Forget a form that was not taken: the person mends it and sends it again.

    If nobody waits any more (the form is closed), they are told, with what they had typed.
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
    """Run each handler that is left; return the tracebacks of those that failed.

    The transaction of the last one also closes the request, if all went well.
    """
    try:
        steps = [s for s in routing.handler_calls(request) if s.name not in request.handled_by]
    except Exception:
        return [traceback.format_exc()]
    actor = routing.actor_of(request)
    lacking = wanted.missing(request.handlers)
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
    """Write down that a handler has done its part, if the request is still ours."""
    values: dict[str, Any] = {"handled_by": [*request.handled_by, step]}
    if last:
        values |= _closed(InboxRequest.DONE)
    if not InboxRequest.objects.filter(pk=request.pk, claim=token).update(**values):
        raise leases.LostLease


def _put_off(request: InboxRequest, token: str, failures: list[str]) -> str:
    """Have it tried again later, or park it. Returns what became of it."""
    error = "\n".join(failures)
    if request.attempts >= settings.RESPONSE_INBOX_MAX_ATTEMPTS:
        logger.error(
            "%s failed %d times and is parked; see it in the admin",
            request,
            request.attempts,
            extra=_extra(request),
        )
        with atomic(), outbox.collected():
            if _close(request.pk, token, InboxRequest.FAILED, error):
                _notify(request, partial(notify.request_failed, request.pk))
            outbox.flush()
        return "failed"
    wait = min(FIRST_WAIT * GROWTH ** (request.attempts - 1), LONGEST_WAIT)
    with atomic(), outbox.collected():
        put_off = InboxRequest.objects.filter(pk=request.pk, claim=token).update(
            error=error, due=timezone.now() + timedelta(seconds=wait), claim="", claimed_until=None
        )
        if put_off and not request.error:
            _notify(request, notify.request_delayed)
        outbox.flush()
    return "retry"


def _leave(request: InboxRequest, token: str, lacking: list[wanted.Wanted]) -> str:
    """Leave the rest of a request to the process that has the handlers for it.

    If none has done it after ``RESPONSE_HANDLER_WAIT`` seconds it is parked, and the person
    is told; a good deal earlier if not even the process that accepted it had one.
    """
    which = ", ".join(map(str, lacking))
    waited = (timezone.now() - request.received).total_seconds()
    longest = settings.RESPONSE_HANDLER_WAIT
    if not any(handler.name for handler in lacking):
        longest = min(longest, UNKNOWN_WAIT)
    if waited < longest:
        text = "%s is left to the process that has %s: this one does not. %s"
        logger.warning(text, request, which, wanted.REMEDY, extra=_extra(request))
        InboxRequest.objects.filter(pk=request.pk, claim=token).update(
            attempts=max(request.attempts - 1, 0),
            handlers=[list(handler) for handler in lacking],
            due=timezone.now() + timedelta(seconds=min(LEFT_FOR, longest - waited)),
            claim="",
            claimed_until=None,
        )
        return "left"
    error = f"No process had {which} within {waited:.0f} seconds. {wanted.REMEDY}"
    logger.error("%s is parked: %s", request, error, extra=_extra(request))
    with atomic(), outbox.collected():
        if _close(request.pk, token, InboxRequest.FAILED, error):
            _notify(request, partial(notify.request_failed, request.pk))
        outbox.flush()
    return "failed"


def _notify(request: InboxRequest, message: Callable[[notify.Origin], None]) -> None:
    """Send the person a message, unless it is an event that people do not mean as a request."""
    if request.kind == InboxRequest.EVENT and request.type != "app_mention":
        return
    payload = json.loads(request.payload)
    message(payloads.origin_of(request.kind, request.type, payload))


def _close(pk: int, token: str, status: str, error: str = "") -> int:
    return InboxRequest.objects.filter(pk=pk, claim=token).update(**_closed(status, error))


def _closed(status: str, error: str = "") -> dict[str, Any]:
    return {
        "status": status,
        "error": error,
        "finished": timezone.now(),
        "claim": "",
        "claimed_until": None,
    }


def _extra(request: InboxRequest) -> dict[str, object]:
    return {"request_type": request.type, **log_context.current(), "request_id": request.pk}
