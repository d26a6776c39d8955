"""A program that receives webhooks."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """A server on this machine. ``answers`` are given in turn, then 200.

    An answer is a status, or a dict with ``status``, ``headers``, ``body``, or bytes that are
    sent as they are; "drop" closes the connection, "drip" sends a byte now and then, "drip at the
    end" does so once the headers are out, and "drip headers" sends header after header.
    """

    answers: list[Any] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)

    def __enter__(self) -> Receiver:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.requests.append(
                    {"path": self.path, "headers": dict(self.headers), "body": body}
                )
                answer = receiver.answers.pop(0) if receiver.answers else 200
                if isinstance(answer, bytes):
                    self.wfile.write(answer)
                    self.close_connection = True
                    return
                if answer == "drip headers":
                    self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                    # In pieces: clients take no more than a hundred.
                    for number in range(80):
                        for part in (b"X-%d" % number, b":", b" ", b"x", b"x", b"x", b"\r\n"):
                            self.wfile.write(part)
                            time.sleep(0.05)
                    return
                if answer == "drop":
                    self.close_connection = True
                    return
                if answer == "drip at the end":
                    self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n")
                if answer in ("drip", "drip at the end"):
                    for _ in range(600):
                        self.wfile.write(b"H")
                        time.sleep(0.05)
                    return
                if isinstance(answer, int):
                    answer = {"status": answer}
                self.send_response(answer["status"])
                for name, value in answer.get("headers", {}).items():
                    self.send_header(name, value)
                said = answer.get("body", "").encode()
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *args: Any) -> None:
                """Print nothing."""

            def handle(self) -> None:
                try:
                    super().handle()
                except OSError:
                    self.close_connection = True  # the sender has hung up

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?team=1"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *args: Any) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What it was told, read."""
        return [json.loads(request["body"]) for request in self.requests]

    @property
    def types(self) -> list[str]:
        """The types of what it was told."""
        return [body["type"] for body in self.bodies]
