"""Tokens of the settings that programs send as ``Authorization: Bearer <token>``."""

from __future__ import annotations

import hmac
from collections.abc import Iterable

from rest_framework.request import Request


def is_sent(request: Request, tokens: Iterable[str]) -> bool:
    """Return whether the request carries one of ``tokens``; each is compared in constant time."""
    kind, _space, sent = request.headers.get("Authorization", "").partition(" ")
    # All are compared, so that the time does not tell which one it was.
    matches = [_same(sent.strip(), token) for token in tokens]
    return kind.lower() == "bearer" and any(matches)


def _same(sent: str, token: str) -> bool:
    return hmac.compare_digest(
        sent.encode("utf-8", "surrogatepass"), token.encode("utf-8", "surrogatepass")
    )
