"""Is this really Slack?

Pure: secrets, headers, body and time go in, a verdict comes out. How Slack signs is told in
"Verifying requests from Slack": an HMAC-SHA256 over ``v0:<timestamp>:<raw body>``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from slack_sdk.signature import Clock, SignatureVerifier

#: Seconds that a request's timestamp may be away from our clock.
WINDOW = 300

_TIMESTAMP = re.compile(r"[0-9]{1,12}\Z", re.ASCII)
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}\Z", re.ASCII)


class Refused(Exception):
    """The request is not from Slack, or we cannot know that it is. Says why, for the log."""


class _At(Clock):
    def __init__(self, now: float) -> None:
        self._now = now

    def now(self) -> float:
        return self._now


def verify(secrets: Iterable[str], headers: Mapping[str, str], body: bytes, now: float) -> None:
    """Accept a request that was signed with one of ``secrets``, else raise :class:`Refused`.

    ``headers`` is looked up by ``X-Slack-Request-Timestamp`` and ``X-Slack-Signature``;
    ``body`` is the untouched bytes; ``now`` is seconds since the epoch.
    """
    secrets = tuple(secrets)
    if not secrets:
        raise Refused("SLACK_SIGNING_SECRET is not set")
    timestamp = headers.get("X-Slack-Request-Timestamp") or ""
    signature = headers.get("X-Slack-Signature") or ""
    # Slack's own verifier raises on what these two patterns leave out.
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
    # All are tried, so that the time taken does not tell which one fits.
    verdicts = [
        SignatureVerifier(secret, _At(now)).is_valid(body, timestamp, signature)
        for secret in secrets
    ]
    if not any(verdicts):
        raise Refused("the signature does not fit any SLACK_SIGNING_SECRET")


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature that Slack would send with ``body``, for requests to ourselves."""
    return str(SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body))
