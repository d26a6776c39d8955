"""Verify the signatures of requests from Slack. Pure.

A signature is an HMAC-SHA256 over ``v0:<timestamp>:<raw body>``; see "Verifying requests from
Slack" in Slack's documentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from slack_sdk.signature import Clock, SignatureVerifier

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
