"""HTTP POST to a webhook's URL, to the addresses that were checked only.

The host is looked up here, all its addresses are checked, and the connection goes to the
very addresses that were checked, in turn: what the name stands for a moment later does not
matter. No redirect is followed and no proxy of the environment is used.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult

import urllib3
from django.utils.translation import gettext as _
from urllib3.connection import HTTPConnection, HTTPSConnection

from response import retry_after
from response.core.clean import without_controls
from response.deadline import Deadline
from response.webhooks.addresses import Address, Forbidden, Network, check, read_url

#: Seconds for everything, from the connection to the last byte that we read.
TIMEOUT = 10.0
#: How much of an answer is kept, for whoever has to find out what went wrong.
EXCERPT = 300


class Unreachable(Exception):
    """There was no answer; the message says why."""


@dataclass(frozen=True)
class Answer:
    """A receiver's answer. ``retry_after`` is in seconds, None if not given."""

    status: int
    excerpt: str
    retry_after: float | None = None

    @property
    def taken(self) -> bool:
        """Whether the receiver accepted the delivery."""
        return 200 <= self.status < 300


def post(url: str, body: bytes, headers: dict[str, str], allowed: Iterable[Network]) -> Answer:
    """Post ``body`` and return the answer.

    Raises :class:`Forbidden` for a name with an address that nothing may be sent to, and
    :class:`Unreachable` if there is no answer within :data:`TIMEOUT` seconds.
    """
    parts = read_url(url)
    allowed = list(allowed)
    found = look_up(parts.hostname or "", _port(parts))
    for address in found:
        check(address, parts.scheme, allowed)
    until = time.monotonic() + TIMEOUT
    connection = None
    try:
        with Deadline(TIMEOUT) as deadline:
            connection = _connected(parts, found, deadline, until)
            connection.request(
                "POST",
                (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
                body=body,
                headers={"Host": parts.netloc, **headers},
                preload_content=False,
            )
            answer = connection.getresponse()
            if deadline.passed:  # it was cut off, perhaps in the middle of the headers
                raise TimeoutError(_("no answer within %(seconds)g seconds") % {"seconds": TIMEOUT})
            excerpt = _excerpt(answer)
        wait = retry_after.seconds(answer.headers.get("Retry-After"))
        return Answer(answer.status, excerpt, wait)
    except _FAILURES as error:
        why = without_controls(str(error))[:EXCERPT]
        values = {"host": parts.hostname, "why": why}
        raise Unreachable(_("%(host)s could not be reached: %(why)s") % values) from error
    finally:
        if connection is not None:
            connection.close()


#: What goes wrong with connections, and with receivers that do not speak HTTP.
_FAILURES = (
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
    ArithmeticError,
)


def _connected(
    parts: SplitResult, found: list[Address], deadline: Deadline, until: float
) -> HTTPConnection:
    """Connect to the first address that accepts a connection.

    Each address gets its share of the time that is left, so that one that does not answer leaves
    some for the next. Nothing has been sent yet. Raises what the last one raised.
    """
    addresses = list(dict.fromkeys(map(str, found)))
    for number, address in enumerate(addresses):
        left = max(until - time.monotonic(), 0.1)
        connection = _connection(parts, address, left / (len(addresses) - number))
        deadline.watch(connection)
        try:
            connection.connect()
        except _FAILURES:
            connection.close()
            if deadline.passed or address == addresses[-1]:
                raise
        else:
            connection.sock.settimeout(max(until - time.monotonic(), 0.1))
            return connection
    raise Unreachable(_("The name has no address"))


def _excerpt(answer: urllib3.BaseHTTPResponse) -> str:
    """Return the beginning of the answer's body, empty if it cannot be read."""
    said = b""
    with contextlib.suppress(*_FAILURES):
        if answer.length_remaining != 0:
            said = answer.read1(EXCERPT)
    return without_controls(said.decode("utf-8", "replace"))


def look_up(host: str, port: int) -> list[Address]:
    """Look up every address of a host name. Raises :class:`Unreachable` if there is none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        values = {"host": host, "error": error}
        raise Unreachable(_("%(host)s is not known: %(error)s") % values) from error
    return [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _connection(parts: SplitResult, address: str, timeout: float) -> HTTPConnection:
    if parts.scheme == "http":
        return HTTPConnection(address, _port(parts), timeout=timeout)
    return HTTPSConnection(
        address,
        _port(parts),
        timeout=timeout,
        cert_reqs="CERT_REQUIRED",
        server_hostname=parts.hostname,
        assert_hostname=parts.hostname,
    )


__all__ = ["EXCERPT", "TIMEOUT", "Answer", "Forbidden", "Unreachable", "look_up", "post"]
