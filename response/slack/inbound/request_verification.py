"""Verification of requests from Slack, for every view that receives them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, InterfaceError, transaction
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseForbidden,
    HttpResponseNotAllowed,
)
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from response.conf import settings
from response.jobs import in_flight
from response.language import project_language
from response.slack.inbound.payloads import Unreadable
from response.slack.inbound.signatures import Refused, verify

logger = logging.getLogger(__name__)

View = Callable[[bytes], HttpResponse]


def slack_view(view: View) -> Callable[[HttpRequest], HttpResponse]:
    """Make a Django view of a function of a verified body.

    405 for another method than POST, 413 for a body over ``RESPONSE_MAX_BODY_BYTES``, 403
    for what is not signed by Slack, 400 for a body that cannot be read, 503 (on which Slack
    sends an event again) while the database cannot be reached, or where something else fails.
    """

    # The signature is Slack's login, also with Django's LoginRequiredMiddleware.
    @login_not_required
    # The request must be committed before it is answered, also with ATOMIC_REQUESTS.
    @transaction.non_atomic_requests
    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        body = _body(request)
        if isinstance(body, HttpResponse):
            return body
        try:
            verify(settings.signing_secrets, request.headers, body, time.time())
        except Refused as refusal:
            logger.warning("Refused a request to %s: %s", request.path, refusal)
            return HttpResponseForbidden("Not signed by Slack.\n", content_type="text/plain")
        try:
            with in_flight.answering(), project_language():
                return view(body)
        except Unreadable as error:
            logger.warning("A signed request to %s cannot be read: %s", request.path, error)
            return HttpResponseBadRequest(
                "The body is not what Slack sends.\n", content_type="text/plain"
            )
        except (DatabaseError, InterfaceError):
            logger.exception("The database could not take a request to %s", request.path)
            return _try_again("The database cannot be reached; please send this again.\n")
        except Exception:
            # A fault of ours, or of the machine's: nothing is lost if it is sent again.
            logger.exception("A signed request to %s could not be taken", request.path)
            return _try_again("Something went wrong here; please send this again.\n")

    return guarded


def _try_again(text: str) -> HttpResponse:
    return HttpResponse(text, status=503, content_type="text/plain")


def _body(request: HttpRequest) -> bytes | HttpResponse:
    limit = settings.RESPONSE_MAX_BODY_BYTES
    try:
        declared = int(request.META.get("CONTENT_LENGTH") or 0)
        if declared <= limit:
            body = request.body
            if len(body) <= limit:
                return body
    except RequestDataTooBig:
        pass
    except (ValueError, UnreadablePostError, OSError) as error:
        logger.warning("The body of a request to %s broke off: %s", request.path, error)
        return HttpResponseBadRequest("The body broke off.\n", content_type="text/plain")
    logger.warning("Refused a request to %s: its body is over %d bytes", request.path, limit)
    return HttpResponse("The body is too large.\n", status=413, content_type="text/plain")
