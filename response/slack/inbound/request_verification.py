"""Verification of requests from Slack, for every view that receives them.

A signature is an HMAC-SHA256 over ``v0:<timestamp>:<raw body>``; see "Verifying requests from
Slack" in Slack's documentation.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping
from functools import wraps

from django.conf import settings as django_settings
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
from slack_sdk.signature import Clock, SignatureVerifier

from response.conf import settings
from response.jobs.wake import answering
from response.language import project_language
from response.slack.inbound.payloads import Unreadable

logger = logging.getLogger(__name__)

View = Callable[[bytes], HttpResponse]

#: The largest allowed difference between a request's timestamp and our clock, in seconds.
WINDOW = 300

_TIMESTAMP = re.compile(r"[0-9]{1,12}\Z", re.ASCII)
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}\Z", re.ASCII)


class Refused(Exception):
    """The request is not verifiably from Slack. The message is the reason, for the log."""


class _At(Clock):
    def __init__(self, now: float) -> None:
        self._now = now

    def now(self) -> float:
        return self._now


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
            with answering(), project_language():
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
    setting = "RESPONSE_MAX_BODY_BYTES"
    try:
        declared = int(request.META.get("CONTENT_LENGTH") or 0)
        if declared <= limit:
            body = request.body
            if len(body) <= limit:
                return body
    except RequestDataTooBig:
        setting = "DATA_UPLOAD_MAX_MEMORY_SIZE"
        limit = django_settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    except (ValueError, UnreadablePostError, OSError) as error:
        logger.warning("The body of a request to %s broke off: %s", request.path, error)
        return HttpResponseBadRequest("The body broke off.\n", content_type="text/plain")
    logger.warning(
        "Refused a request to %s: its body is over %s bytes (%s)", request.path, limit, setting
    )
    return HttpResponse("The body is too large.\n", status=413, content_type="text/plain")


def verify(secrets: Iterable[str], headers: Mapping[str, str], body: bytes, now: float) -> None:
    """Raise :class:`Refused` unless the request was signed with one of ``secrets``.

    ``headers`` is looked up by ``X-Slack-Request-Timestamp`` and ``X-Slack-Signature``;
    ``body`` is the untouched bytes; ``now`` is seconds since the epoch.
    """
    secrets = tuple(secrets)
    if not secrets:
        raise Refused("SLACK_SIGNING_SECRET is not set")
    timestamp = headers.get("X-Slack-Request-Timestamp") or ""
    signature = headers.get("X-Slack-Signature") or ""
    # Slack's own verifier raises on values that do not match these two patterns.
    if not _TIMESTAMP.match(timestamp):
        raise Refused("X-Slack-Request-Timestamp is missing or malformed")
    if not _SIGNATURE.match(signature):
        raise Refused("X-Slack-Signature is missing or malformed")
    if abs(now - int(timestamp)) > WINDOW:
        raise Refused("the request is too old, or the clock of this machine is wrong")
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("the body is not UTF-8, which Slack always sends") from None
    # All secrets are tried, so that the time taken does not reveal which one matches.
    verdicts = [
        SignatureVerifier(secret, _At(now)).is_valid(body, timestamp, signature)
        for secret in secrets
    ]
    if not any(verdicts):
        raise Refused("the signature does not fit any SLACK_SIGNING_SECRET")


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature that Slack would send with ``body``, for requests to ourselves."""
    return str(SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body))
