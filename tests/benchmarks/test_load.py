"""The load client: it signs, keeps its connections, and stops by itself."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from slack_sdk.signature import SignatureVerifier

from benchmarks import traffic
from benchmarks.load import SECRET, Request, run


class Asked:
    """A server that remembers what it was asked, and answers as it is told."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.moments: list[float] = []
        self.connections: set[tuple[str, int]] = set()
        self.status = 200
        self.chunked = False
        self.close_after: int | None = None
        self.silently = False
        asked = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                asked.answer(self)

            do_GET = do_POST

            def log_message(self, format: str, *args: object) -> None:
                """Print nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = ("127.0.0.1", self.server.server_address[1])

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        self.requests.append((handler.path, dict(handler.headers.items()), body))
        self.moments.append(time.monotonic())
        self.connections.add(handler.client_address)
        closes = self.close_after is not None and len(self.requests) % self.close_after == 0
        handler.send_response(self.status)
        if self.chunked:
            handler.send_header("Transfer-Encoding", "chunked")
        else:
            handler.send_header("Content-Length", "5")
        if closes and not self.silently:
            handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(b"5\r\nhello\r\n0\r\n\r\n" if self.chunked else b"hello")
        handler.close_connection = closes


@pytest.fixture
def asked():
    server = Asked()
    thread = threading.Thread(target=server.server.serve_forever, args=(0.01,))
    thread.start()
    with contextlib.closing(server.server.socket):
        yield server
        server.server.shutdown()
        thread.join()


def test_every_request_is_signed_and_different(asked):
    kinds = (traffic.messages, traffic.commands, traffic.buttons, traffic.forms, traffic.reactions)
    sent = [request for kind in kinds for request in itertools.islice(kind(), 3)]
    load = run(sent, [asked.address], connections=2)
    assert (load.answered, load.refused) == (15, 0)
    assert len({body for _path, _headers, body in asked.requests}) == 15
    for _path, headers, body in asked.requests:
        assert SignatureVerifier(SECRET).is_valid_request(body, headers)


def test_connections_are_kept(asked):
    run([Request("/")] * 20, [asked.address], connections=2)
    assert len(asked.requests) == 20
    assert len(asked.connections) == 2


def test_connections_are_not_kept_where_asked(asked):
    asked.close_after = 1
    load = run([Request("/", b"x")] * 5, [asked.address], connections=1, keep_alive=False)
    assert load.answered == len(asked.connections) == 5
    assert {headers["Connection"] for _path, headers, _body in asked.requests} == {"close"}


@pytest.mark.parametrize("silently", [False, True])
def test_connections_that_the_server_closes_are_made_anew(asked, silently):
    asked.close_after, asked.silently = 3, silently
    load = run([Request("/", b"x")] * 10, [asked.address], connections=1)
    assert load.answered == 10
    assert len(asked.connections) == 4


def test_refusals_are_counted_and_are_no_acks(asked):
    asked.status = 403
    load = run([Request("/", b"x")] * 4, [asked.address], connections=1)
    assert (load.answered, load.refused) == (0, 4)
    assert load.values()["per_second"] == 0


def test_answers_in_chunks_are_read_to_their_end(asked):
    asked.chunked = True
    load = run([Request("/")] * 4, [asked.address], connections=1)
    assert load.answered == 4


def test_all_addresses_get_their_share(asked):
    other = Asked()
    thread = threading.Thread(target=other.server.serve_forever, args=(0.01,))
    thread.start()
    try:
        run([Request("/")] * 40, [asked.address, other.address], connections=1)
    finally:
        other.server.shutdown()
        thread.join()
        other.server.server_close()
    assert min(len(asked.requests), len(other.requests)) >= 5


def test_it_ends_after_its_seconds(asked):
    began = time.monotonic()
    load = run(traffic.messages(), [asked.address], connections=1, seconds=0.2)
    assert load.answered > 0
    assert time.monotonic() - began < 5


def test_it_ends_when_told_to(asked):
    load = run(
        traffic.messages(), [asked.address], connections=1, stop=lambda: len(asked.requests) > 2
    )
    assert 3 <= load.answered < 20


def test_a_rate_is_kept(asked):
    load = run(traffic.messages(), [asked.address], connections=4, seconds=0.5, rate=40)
    assert 15 <= load.answered <= 20
    assert asked.moments[-1] - asked.moments[0] > 0.3


def test_at_a_rate_waiting_for_a_connection_counts(asked):
    wait = threading.Event()
    answer = asked.answer

    def slowly(handler):
        wait.wait(0.1)
        answer(handler)

    asked.answer = slowly
    load = run([Request("/")] * 4, [asked.address], connections=1, rate=1000)
    # All four were due at once; the last waited for three others.
    assert max(load.latencies) > 0.35
