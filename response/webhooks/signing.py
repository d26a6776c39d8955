"""Signatures of deliveries, by the scheme of Standard Webhooks. Pure.

Receivers have ready libraries for it: the signature is an HMAC-SHA256 over
``{id}.{timestamp}.{body}``, in Base64 and with ``v1,`` in front.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

PREFIX = "whsec_"


def new_secret() -> str:
    """Return a random secret in the format that receivers' libraries expect."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def key_of(secret: str) -> bytes:
    """Decode a secret. Raises ``ValueError`` if it is not Base64, or too short."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("not Base64") from None
    if len(key) < 24:
        raise ValueError("shorter than 24 bytes")
    return key


def headers(secret: str, delivery: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the three headers that sign ``body``; the timestamp is in seconds since 1970."""
    signed = b".".join([delivery.encode(), str(timestamp).encode(), body])
    digest = hmac.new(key_of(secret), signed, hashlib.sha256).digest()
    return {
        "webhook-id": delivery,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }
