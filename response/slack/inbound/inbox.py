"""The inbox: requests that were accepted are handled once, and tried again on failure.

Each handler of a request runs in its own transaction, which also records that the handler is
done: if the process is killed, either all of a handler's changes are there or none.
"""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError
from django.utils import timezone
from django.utils.translation import gettext as _

from response import log_context
from response.conf import settings
from response.core.actors import acting_as
from response.db import atomic
from response.jobs import leases, outbox
from response.jobs.leases import UNCLAIMED, new_token
from response.jobs.wake import give_way
from response.slack.decorators.form_error import FormError
from response.slack.features import notify
from response.slack.inbound import payloads, routing
from response.slack.inbound.signals import request_processed
from response.slack.inbound.unfinished import leave, log_fields, put_off
from response.slack.inbound.wanted_handlers import Wanted, missing
from response.slack.models import InboxRequest, Lookup

logger = logging.getLogger(__name__)

#: How long (in seconds) and on how many requests a worker stays with one channel before it
#: checks whether another channel has waited longer.
STINT, AT_A_TIME = 1.0, 25


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
    give_way()
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
        give_way()
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
    """Work on a request; an error in its row does not stop the worker."""
    try:
        _work(request, token)
    except (InterfaceError, OperationalError):
        raise  # the database is away: that is not the row's fault
    except Exception:
        logger.exception("%s could not be worked on", request, extra=log_fields(request))
        put_off(request, token, [traceback.format_exc()])


def _work(
    request: InboxRequest, token: str, answer: Callable[[Outcome], bool] = lambda _: False
) -> Outcome:
    with log_context.working_on(request_id=request.pk):
        began, lacking = timezone.now(), missing(request.handlers)
        try:
            failures = _run_handlers(request, token, lacking)
        except FormError as refusal:
            outcome = _refuse(request, token, refusal, answer)
            send_metrics(request, "refused", began)
            return outcome
        except leases.LostLease:
            logger.warning(
                "%s was taken over by another worker", request, extra=log_fields(request)
            )
            return Outcome()
        became = "done"
        if failures:
            became = put_off(request, token, failures)
        elif lacking:
            became = leave(request, token, lacking)
        elif request.status == InboxRequest.WAITING:
            InboxRequest.objects.filter(pk=request.pk, claim=token).update(**_done())
        outcome = Outcome(done=not failures and not lacking)
        answer(outcome)
        send_metrics(request, became, began)
        return outcome


def has_receivers_of_metrics() -> bool:
    """Return whether anything wants to know what became of requests."""
    return request_processed.has_listeners(InboxRequest)


def send_metrics(request: InboxRequest, outcome: str, began: datetime) -> None:
    """Tell receivers what became of a request, and how long it took since ``began``."""
    if not has_receivers_of_metrics():
        return
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


def _run_handlers(request: InboxRequest, token: str, lacking: list[Wanted]) -> list[str]:
    """Run each remaining handler; return the tracebacks of those that failed.

    ``lacking`` are those that this process does not have. If there are none, and all succeed,
    the transaction of the last one also closes the request.
    """
    if request.attempts > settings.RESPONSE_INBOX_MAX_ATTEMPTS:
        # The last attempt recorded no outcome: its process died.
        return [request.error or _("Each process that worked on it has died.")]
    try:
        steps = [s for s in routing.handler_calls(request) if s.name not in request.handled_by]
        actor = routing.actor_of(request)
    except Exception:
        return [traceback.format_exc()]
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
            logger.exception(
                "Handler %s failed on %s", step.name, request, extra=log_fields(request)
            )
        else:
            request.handled_by.append(step.name)
            if last:
                request.status = InboxRequest.DONE
    return failures


def _note(request: InboxRequest, token: str, step: str, *, last: bool) -> None:
    """Record that a handler is done, if the request is still claimed by us."""
    values: dict[str, Any] = {"handled_by": [*request.handled_by, step]}
    if last:
        values |= _done()
    if not InboxRequest.objects.filter(pk=request.pk, claim=token).update(**values):
        raise leases.LostLease


def _done() -> dict[str, Any]:
    return {"status": InboxRequest.DONE, "error": "", "finished": timezone.now(), **UNCLAIMED}
