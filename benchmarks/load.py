"""The load client: one thread, a few kept connections, plain sockets.

Cheap on purpose, since it shares the machine with what it measures. ``Load.cpu`` tells how much of
a core it took.
"""

from __future__ import annotations

import hashlib
import hmac
import selectors
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.statistics import percentile

SECRET = "the-benchmark-signs-with-this"
#: Seconds to wait for an answer. Slack itself gives up after 3; here the true time is wanted.
PATIENCE = 30.0


@dataclass(frozen=True)
class Request:
    """Something to ask for. With a body it is a signed POST, without one a GET."""

    path: str
    body: bytes = b""
    content_type: str = "application/json"
    headers: str = ""

    def as_bytes(self, keep_alive: bool = True) -> bytes:
        """What goes over the wire, signed as of now."""
        headers = self.headers if keep_alive else f"{self.headers}Connection: close\r\n"
        if not self.body:
            return f"GET {self.path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode()
        timestamp = str(int(time.time()))
        digest = hmac.new(
            SECRET.encode(), b"v0:%s:%s" % (timestamp.encode(), self.body), hashlib.sha256
        )
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: localhost\r\n"
            f"Content-Type: {self.content_type}\r\nContent-Length: {len(self.body)}\r\n"
            f"X-Slack-Request-Timestamp: {timestamp}\r\n"
            f"X-Slack-Signature: v0={digest.hexdigest()}\r\n{headers}\r\n"
        )
        return head.encode() + self.body


@dataclass
class Load:
    """What came of a run. Times are in seconds, ``acked`` and ``began`` on the monotonic clock."""

    began: float = 0.0
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    acked: list[float] = field(default_factory=list)
    refused: int = 0
    bytes: int = 0
    #: The share of one core that this client took.
    cpu: float = 0.0

    @property
    def answered(self) -> int:
        """How many requests were answered with 2xx."""
        return len(self.latencies)

    def values(self) -> dict[str, float | None]:
        """Requests per second, and latencies in milliseconds."""
        if not self.latencies:
            return {"per_second": 0.0, "p50_ms": None, "p99_ms": None, "refused": self.refused}
        return {
            "per_second": self.answered / self.seconds,
            "p50_ms": percentile(self.latencies, 50) * 1000,
            "p99_ms": percentile(self.latencies, 99) * 1000,
            "refused": self.refused,
            "client_cpu": self.cpu,
        }


class _Connection:
    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self.socket = self._connect()
        self.busy_since = 0.0
        self._sent = b""
        self._received = b""
        self._fresh = True

    def _connect(self) -> socket.socket:
        made = socket.create_connection(self._address, PATIENCE)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def send(self, data: bytes, since: float) -> bool:
        """Send a request. Returns whether the socket is another one than before."""
        self.busy_since, self._sent, self._received = since, data, b""
        try:
            self.socket.sendall(data)
        except OSError:
            self.renew()
            self.socket.sendall(data)
            return True
        return False

    def renew(self) -> None:
        self.socket.close()
        self.socket = self._connect()
        self._fresh = True

    def receive(self) -> tuple[int, int] | None:
        """Status and size of the answer, or None while it is not complete.

        Raises ``ConnectionResetError`` if the server closed a kept connection before it took the
        request; that is not a failure and the request has been sent again.
        """
        try:
            data = self.socket.recv(262_144)
        except ConnectionResetError:
            data = b""
        if not data:
            if self._received or self._fresh:
                raise OSError("The server closed the connection in the middle of an answer")
            self.renew()
            self.socket.sendall(self._sent)
            raise ConnectionResetError
        self._received = self._received + data if self._received else data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator or not _complete(head.lower(), body):
            return None
        self._fresh = False
        return int(head[9:12]), len(body)

    @property
    def closing(self) -> bool:
        """Whether the server has announced that it closes the connection."""
        head = self._received.partition(b"\r\n\r\n")[0].lower()
        return b"\r\nconnection: close" in head


def _complete(head: bytes, body: bytes) -> bool:
    _before, found, after = head.partition(b"\r\ncontent-length:")
    if found:
        return len(body) >= int(after.partition(b"\r\n")[0])
    return body.endswith(b"0\r\n\r\n")


def run(
    requests: Iterable[Request],
    addresses: Sequence[tuple[str, int]],
    *,
    connections: int = 8,
    seconds: float = 10.0,
    rate: float | None = None,
    stop: Callable[[], bool] = lambda: False,
    keep_alive: bool = True,
) -> Load:
    """Send the requests, and wait for the answers.

    ``connections`` kept connections go to each address. Without a ``rate`` each sends as soon as it
    has its answer; with one, ``rate`` requests a second leave in all, and a latency counts from the
    moment when the request was due, so that a server that stalls does not hide it. Nothing is sent
    after ``seconds``, nor once ``stop`` says so. Without ``keep_alive`` each request has a
    connection of its own, made before it is due. Answers other than 2xx are counted as refused.
    """
    load = Load()
    with selectors.DefaultSelector() as selector:
        # Spread over the addresses: the first connections to be used go to different ones.
        idle = [_Connection(address) for _ in range(connections) for address in addresses]
        every = list(idle)
        for connection in every:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        try:
            sent = (request.as_bytes(keep_alive) for request in requests)
            _drive(load, selector, idle, sent, rate, seconds, stop)
        finally:
            for connection in every:
                connection.socket.close()
    return load


def _drive(
    load: Load,
    selector: selectors.BaseSelector,
    idle: list[_Connection],
    requests: Iterator[bytes],
    rate: float | None,
    seconds: float,
    stop: Callable[[], bool],
) -> None:
    busy = sent = 0
    more = True
    load.began = time.monotonic()
    cpu = time.thread_time()
    while True:
        now = time.monotonic()
        more = more and now - load.began < seconds and not stop()
        due = load.began + sent / rate if rate else now
        while more and idle and due <= now:
            request = next(requests, None)
            if request is None:
                more = False
                break
            connection = idle.pop(0)
            before = connection.socket
            if connection.send(request, due if rate else time.monotonic()):
                selector.unregister(before)
                selector.register(connection.socket, selectors.EVENT_READ, connection)
            busy += 1
            sent += 1
            due = load.began + sent / rate if rate else now
        if not busy and not more:
            break
        patience = max(due - time.monotonic(), 0.0) if more and idle else PATIENCE
        ready = selector.select(min(patience, PATIENCE))
        if not ready and busy and patience >= PATIENCE:
            raise TimeoutError(f"{busy} requests were not answered within {PATIENCE:.0f} s")
        for key, _events in ready:
            connection = key.data
            try:
                answer = connection.receive()
            except ConnectionResetError:
                selector.unregister(key.fileobj)
                selector.register(connection.socket, selectors.EVENT_READ, connection)
                continue
            if answer is None:
                continue
            _note(load, answer, connection.busy_since)
            if connection.closing:
                selector.unregister(key.fileobj)
                connection.renew()
                selector.register(connection.socket, selectors.EVENT_READ, connection)
            busy -= 1
            idle.append(connection)
    load.seconds = max(time.monotonic() - load.began, 1e-9)
    load.cpu = (time.thread_time() - cpu) / load.seconds


def _note(load: Load, answer: tuple[int, int], since: float) -> None:
    status, size = answer
    now = time.monotonic()
    if 200 <= status < 300:
        load.latencies.append(now - since)
        load.acked.append(now)
        load.bytes += size
    else:
        load.refused += 1
