"""Posting to a webhook's URL, and to nowhere else.

The host is looked up here, all its addresses are checked, and the connection goes to the
very address that was checked: what the name stands for a moment later does not matter. No
redirect is followed and no proxy of the environment is used.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from response.deadline import Deadline
from response.webhooks.addresses import Address, Forbidden, Network, check, read_url

#: Seconds for everything, from the connection to the last byte that we read.
TIMEOUT = 10.0
#: How much of an answer is kept, for whoever has to find out what went wrong.
EXCERPT = 300


class Unreachable(Exception):
    """There was no answer; the text says why."""


@dataclass(frozen=True)
class Answer:
    """What the receiver said. ``retry_after`` is in seconds, None if it did not say."""

    status: int
    excerpt: str
    retry_after: float | None = None

    @property
    def taken(self) -> bool:
        """Whether the receiver has taken it."""
        return 200 <= self.status < 300


def post(url: str, body: bytes, headers: dict[str, str], allowed: Iterable[Network]) -> Answer:
    """Post ``body`` and return the answer.

    Raises :class:`Forbidden` for an address that nothing may be sent to, and
    :class:`Unreachable` if there is no answer within :data:`TIMEOUT` seconds.
    """
    parts = read_url(url)
    allowed = list(allowed)
    found = look_up(parts.hostname or "", _port(parts))
    for address in found:
        check(address, parts.scheme, allowed)
    connection = _connection(parts, str(found[0]))
    try:
        with Deadline(TIMEOUT) as deadline:
            deadline.watch(connection)
            connection.request(
                "POST",
                (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
                body=body,
                headers={"Host": parts.netloc, **headers},
                preload_content=False,
            )
            answer = connection.getresponse()
            excerpt = answer.read1(EXCERPT) if answer.length_remaining != 0 else b""
        return Answer(answer.status, excerpt.decode("utf-8", "replace"), _seconds(answer))
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise Unreachable(f"{parts.hostname} could not be reached: {error}") from error
    finally:
        connection.close()


def look_up(host: str, port: int) -> list[Address]:
    """Every address that a host's name stands for. Raises :class:`Unreachable` if none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"{host} is not known: {error}") from error
    return [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _connection(parts: SplitResult, address: str) -> HTTPConnection:
    if parts.scheme == "http":
        return HTTPConnection(address, _port(parts), timeout=TIMEOUT)
    return HTTPSConnection(
        address,
        _port(parts),
        timeout=TIMEOUT,
        cert_reqs="CERT_REQUIRED",
        server_hostname=parts.hostname,
        assert_hostname=parts.hostname,
    )


def _seconds(answer: urllib3.BaseHTTPResponse) -> float | None:
    value = answer.headers.get("Retry-After", "")
    return float(value) if value.isdecimal() else None


__all__ = ["EXCERPT", "TIMEOUT", "Answer", "Forbidden", "Unreachable", "look_up", "post"]
