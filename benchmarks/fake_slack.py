"""Slack's Web API on loopback: answers every call with ``ok``, at once, and counts.

``python -m benchmarks.fake_slack PORT``. A GET of ``/calls`` returns how often each method was
called, a POST to it the same, and the counting begins anew.
"""

from __future__ import annotations

import itertools
import json
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

BOT, USER = "B0BENCH0001", "U0BENCHBOT1"


class Workspace:
    """What the calls have in common."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.lock = threading.Lock()
        self._numbers = itertools.count(1)

    def answer(self, method: str, given: dict[str, Any]) -> dict[str, Any]:
        """A successful answer, with what callers look at."""
        with self.lock:
            self.calls[method] += 1
            number = next(self._numbers)
        ts = str(given.get("ts") or f"{int(time.time())}.{number % 1_000_000:06d}")
        channel_id = str(given.get("channel") or f"C0MADE{number:05d}")
        channel = {
            "id": channel_id,
            "name": str(given.get("name") or "channel"),
            "name_normalized": str(given.get("name") or "channel"),
            "is_member": True,
            "is_archived": False,
            "is_private": False,
            "creator": USER,
            "topic": {"value": ""},
            "purpose": {"value": ""},
        }
        who = str(given.get("user") or USER)
        user = {
            "id": who,
            "name": who.lower(),
            "deleted": False,
            "is_bot": who == USER,
            "profile": {"display_name": who.lower(), "real_name": who, "email": ""},
        }
        by_method: dict[str, dict[str, Any]] = {
            "auth.test": {
                "url": "https://bench.example.com/",
                "team": "bench",
                "team_id": "T0BENCH0001",
                "user": "incident",
                "user_id": USER,
                "bot_id": BOT,
            },
            "conversations.list": {"channels": [{**channel, "id": "C0INCIDENTS"}]},
            "conversations.members": {"members": [USER]},
            "users.list": {"members": [user]},
            "users.info": {"user": user},
            "users.lookupByEmail": {"user": user},
            "chat.getPermalink": {"permalink": "https://bench.example.com/p1"},
            "views.open": {"view": {"id": f"V{number}", "hash": "1"}},
        }
        rest = {
            "channel": channel if method.startswith("conversations.") else channel_id,
            "ts": ts,
            "message_ts": ts,
            "message": {"ts": ts, "text": str(given.get("text") or "")},
        }
        return {"ok": True, **by_method.get(method, rest), "response_metadata": {"next_cursor": ""}}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    workspace: Workspace

    def do_GET(self) -> None:
        self._reply(dict(self.workspace.calls))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/calls":
            with self.workspace.lock:
                calls, self.workspace.calls = self.workspace.calls, Counter()
            self._reply(dict(calls))
            return
        if "json" in (self.headers.get("Content-Type") or ""):
            given = json.loads(body or b"{}")
        else:
            given = {name: values[-1] for name, values in parse_qs(body.decode()).items()}
        self._reply(self.workspace.answer(self.path.rpartition("/")[2], given))

    def _reply(self, answer: dict[str, Any]) -> None:
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a line for each call would cost more than the call."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main(port: int) -> None:
    """Serve until killed."""
    handler = type("Handler", (_Handler,), {"workspace": Workspace()})
    _Server(("127.0.0.1", port), handler).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
