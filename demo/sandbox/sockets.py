"""Socket Mode: the app opens WebSockets, and payloads reach it through these instead of HTTP.

``apps.connections.open`` gives an address that works once, for 30 seconds. Up to 10 sockets are
open at a time; each payload goes through any one of them and is acknowledged by its envelope's
id. What is not acknowledged within 3 seconds counts as not delivered: events are then sent again
(see ``delivery.py``), through whichever socket is open by then.

The server is ``websockets``': kept, without dependencies, and with a threaded server, which is
what the rest of the sandbox is (``wsproto`` has the protocol alone). It starts in the process in
which the first address is asked for, on a port of its own on loopback, and serves what happens in
that process: the page and the Web API of a running sandbox, or a test.
"""

from __future__ import annotations

import contextlib
import http
import json
import logging
import random
import secrets
import threading
import time
import uuid
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from demo.sandbox.answer import Answer
from demo.sandbox.workspace import APP, setting

logger = logging.getLogger(__name__)

LIMIT = 3.0
MOST = 10
#: Seconds for which an address can be used.
TICKET_LASTS = 30.0
#: Seconds: how long before its end a socket is warned, and how long after it is open still.
WARNING, GRACE = 10.0, 2.0
#: What ``debug_reconnects=true`` in the address makes the lifetime.
SHORT_LIFE = 360.0
REASONS = ("warning", "refresh_requested", "link_disabled", "too_many_websockets")

Frame = dict[str, Any]


class _Link:
    """One open socket."""

    def __init__(self, socket: ServerConnection, lifetime: float) -> None:
        self.socket = socket
        self.ends = time.monotonic() + lifetime
        self.warned = False
        #: When it is closed, once the app was told so; payloads no longer go through it.
        self.closes: float | None = None

    def say(self, frame: Frame) -> bool:
        """Send a frame; False if the socket is gone."""
        try:
            self.socket.send(json.dumps(frame))
        except (ConnectionClosed, OSError):
            return False
        return True

    def end(self, reason: str, grace: float = GRACE) -> None:
        """Tell why it ends; it is closed ``grace`` seconds later."""
        if self.closes is None:
            self.closes = time.monotonic() + grace
        self.say(_goodbye(reason))


class _Waiting:
    """An envelope that was sent and not yet acknowledged."""

    def __init__(self, link: _Link, *, accepts_payload: bool) -> None:
        self.link = link
        self.accepts_payload = accepts_payload
        self.payload: Any = None
        self.acknowledged = False
        self.over = threading.Event()


class Sockets:
    """All sockets of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._links: list[_Link] = []
        self._waiting: dict[str, _Waiting] = {}
        self._tickets: dict[str, float] = {}
        self._server: Server | None = None

    # The app's side

    def address(self) -> str:
        """Return a new address to open a socket at."""
        with self._lock:
            now = time.monotonic()
            self._tickets = {t: until for t, until in self._tickets.items() if until > now}
            ticket = secrets.token_urlsafe(24)
            self._tickets[ticket] = now + TICKET_LASTS
            port = self._started().socket.getsockname()[1]
        return f"ws://127.0.0.1:{port}/link/?ticket={ticket}&app_id={APP}"

    def _started(self) -> Server:
        if self._server is None:
            self._server = serve(
                self._serve, "127.0.0.1", 0, process_request=self._refused, max_size=2**20
            )
            # The threads that it starts are daemons as it is: none keeps the process alive.
            threading.Thread(
                target=self._server.serve_forever, daemon=True, name="sandbox-sockets"
            ).start()
        return self._server

    def _refused(self, socket: ServerConnection, request: Request) -> Response | None:
        ticket = _query(request.path).get("ticket", "")
        with self._lock:
            until = self._tickets.pop(ticket, 0.0)
        if until > time.monotonic():
            return None
        return socket.respond(http.HTTPStatus.NOT_FOUND, "This address is not valid any more.\n")

    def _serve(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        short = _query(socket.request.path).get("debug_reconnects") == "true"
        lifetime = SHORT_LIFE if short else float(setting("SANDBOX_SOCKET_LIFETIME"))
        link = _Link(socket, lifetime)
        with self._lock:
            count = len(self._links) + 1
            if count <= MOST:
                # Both under the lock: no payload comes before the hello, and the app gets all
                # that happens once it has read it.
                link.say(_hello(count, lifetime))
                self._links.append(link)
        if count > MOST:
            link.say(_goodbye("too_many_websockets"))
            return
        try:
            self._listen(link)
        except (ConnectionClosed, OSError):
            logger.debug("A socket was closed by the app")
        finally:
            with self._lock:
                self._links.remove(link)
                lost = [w for w in self._waiting.values() if w.link is link]
            for waiting in lost:
                waiting.over.set()

    def _listen(self, link: _Link) -> None:
        warn_at = link.ends - min(WARNING, (link.ends - time.monotonic()) / 2)
        while True:
            now = time.monotonic()
            if link.closes is not None and now >= link.closes:
                return
            if link.closes is None and now >= link.ends:
                link.end("refresh_requested")
            elif not link.warned and now >= warn_at:
                link.warned = True
                link.say(_goodbye("warning"))
            try:
                frame = link.socket.recv(timeout=0.1)
            except TimeoutError:
                continue
            self._acknowledged(frame)

    def _acknowledged(self, frame: str | bytes) -> None:
        try:
            body = json.loads(frame)
        except ValueError:
            logger.warning("The app sent a frame that is not JSON")
            return
        envelope_id = body.get("envelope_id") if isinstance(body, dict) else None
        with self._lock:
            waiting = self._waiting.get(str(envelope_id))
        if waiting is not None:
            if waiting.accepts_payload:
                waiting.payload = body.get("payload")
            waiting.acknowledged = True
            waiting.over.set()

    # The workspace's side

    def count(self) -> int:
        """Return how many sockets take payloads."""
        with self._lock:
            return sum(1 for link in self._links if link.closes is None)

    def deliver(self, envelope: Frame) -> Answer:
        """Send an envelope through any one socket and wait for its acknowledgement."""
        with self._lock:
            links = [link for link in self._links if link.closes is None]
            # One that is about to end is used if there is no other.
            links = [link for link in links if not link.warned] or links
            if not links:
                return Answer(None, error="connection_failed")
            link = random.choice(links)
            waiting = _Waiting(link, accepts_payload=envelope["accepts_response_payload"])
            self._waiting[envelope["envelope_id"]] = waiting
        try:
            if link.say(envelope):
                waiting.over.wait(LIMIT)
        finally:
            with self._lock:
                del self._waiting[envelope["envelope_id"]]
        if waiting.acknowledged:
            body = "" if waiting.payload is None else json.dumps(waiting.payload)
            return Answer(200, body)
        return Answer(None, error="timeout")

    # For people and tests

    def disconnect(self, reason: str = "refresh_requested", grace: float = GRACE) -> int:
        """Tell every socket to go, for one of :data:`REASONS`; returns how many there were.

        A warning closes nothing; after the others they are closed when ``grace`` seconds are over.
        """
        if reason not in REASONS:
            raise ValueError(f"{reason!r} is none of {', '.join(REASONS)}")
        with self._lock:
            links = [link for link in self._links if link.closes is None]
        for link in links:
            if reason == "warning":
                link.warned = True
                link.say(_goodbye(reason))
            else:
                link.end(reason, grace)
        return len(links)

    def cut(self) -> None:
        """Close every socket without a word, as a network does that fails."""
        with self._lock:
            links = list(self._links)
        for link in links:
            with contextlib.suppress(OSError):
                link.socket.socket.shutdown(2)


def _query(path: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}


def _hello(count: int, lifetime: float) -> Frame:
    return {
        "type": "hello",
        "num_connections": count,
        "debug_info": {
            "host": "sandbox",
            "build_number": 1,
            "approximate_connection_time": int(lifetime),
        },
        "connection_info": {"app_id": APP},
    }


def _goodbye(reason: str) -> Frame:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}


def envelope(path: str, payload: Frame, attempt: int = 0) -> Frame:
    """Return a payload with what Socket Mode puts around it. ``path`` is as for HTTP."""
    kind = {"event": "events_api", "slash_command": "slash_commands", "action": "interactive"}[path]
    # The answers to a press go through its response_url; a form's, and an option list, through
    # the acknowledgement.
    takes = kind == "slash_commands" or payload.get("type") in (
        "view_submission",
        "block_suggestion",
    )
    body: Frame = {
        "envelope_id": str(uuid.uuid4()),
        "type": kind,
        "accepts_response_payload": takes,
        "payload": payload,
    }
    if kind == "events_api":
        body |= {"retry_attempt": attempt, "retry_reason": "timeout" if attempt else ""}
    return body


sockets = Sockets()


def in_use() -> bool:
    """Return whether payloads go through sockets: while one is open, or always if so configured."""
    return bool(setting("SANDBOX_SOCKET_MODE")) or sockets.count() > 0
