"""Slack's signatures, for views of a project's own."""

from __future__ import annotations

import hashlib
import hmac
import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from response.conf import settings
from response.slack.inbound.request_verification import Refused, verify

logger = logging.getLogger(__name__)

__all__ = ["authenticate", "generate_signature", "slack_authenticate", "verify_signature"]


def slack_authenticate(f: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator for a view that only requests signed by Slack may reach.

    Raises ``PermissionDenied`` for others, and ``ValueError`` if it is called without one.
    """

    @wraps(f)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if not args or not isinstance(args[0], HttpRequest):
            raise ValueError("slack_authenticate is for views: the first argument is the request")
        if not authenticate(args[0]):
            raise PermissionDenied
        return f(*args, **kwargs)

    return wrapper


def authenticate(request: HttpRequest) -> bool:
    """Return whether Slack has signed a request, with one of ``SLACK_SIGNING_SECRET``, just now."""
    try:
        verify(settings.signing_secrets, request.headers, request.body, time.time())
    except Refused as refusal:
        logger.warning("Refused a request to %s: %s", request.path, refusal)
        return False
    return True


def verify_signature(timestamp: Any, signature: str, secret: str, data: bytes) -> bool:
    """Return whether ``signature`` is that of ``data`` at ``timestamp``, however old that is."""
    expected = generate_signature(timestamp, secret, data)
    # Only bytes may hold other characters than those of ASCII.
    return hmac.compare_digest(expected.encode(), signature.encode())


def generate_signature(timestamp: Any, secret: str, data: bytes) -> str:
    """Return the signature that Slack would send with ``data``."""
    signed = f"v0:{timestamp}:".encode() + data
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def __getattr__(name: str) -> Any:
    # It was read at import, when a test may not have set it yet.
    if name == "slack_signing_secret":
        return settings.SLACK_SIGNING_SECRET
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
