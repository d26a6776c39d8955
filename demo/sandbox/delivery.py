"""Delivering to the app as Slack does: signed posts, or envelopes while it has sockets open.

Slack waits 3 seconds for an answer. Events that fail are sent again at once, after a minute
and after five, unless the answer has ``X-Slack-No-Retry``; commands and interactions are
sent once.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import logging
import queue
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.db import DatabaseError, connections

from demo.sandbox import faults, sockets
from demo.sandbox.answer import Answer
from demo.sandbox.models import Delivery, Fault
from demo.sandbox.workspace import new_id, setting, signing_secret

logger = logging.getLogger(__name__)

LIMIT = 3.0


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


def sign(body: bytes, timestamp: str) -> str:
    """Return the signature of a body."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(signing_secret().encode(), base, hashlib.sha256).hexdigest()


def post(path: str, kind: str, payload: dict[str, Any], attempt: int = 0, why: str = "") -> Answer:
    """Deliver once. ``path`` is ``slash_command``, ``action`` or ``event``."""
    started = time.time()
    envelope_id = ""
    if sockets.in_use():
        envelope = sockets.envelope(path, payload, attempt)
        envelope_id = envelope["envelope_id"]
        answer = sockets.sockets.deliver(envelope)
    else:
        answer = _ask(_request(path, payload, attempt, why))
    Delivery.objects.create(
        path=path,
        kind=kind,
        payload=payload,
        attempt=attempt,
        envelope_id=envelope_id,
        status=answer.status,
        error=answer.error[:200],
        started=started,
        seconds=time.time() - started,
    )
    return answer


def _request(path: str, payload: dict[str, Any], attempt: int, why: str) -> urllib.request.Request:
    if path == "event":
        body, content_type = json.dumps(payload).encode(), "application/json"
    else:
        fields = payload if path == "slash_command" else {"payload": json.dumps(payload)}
        body, content_type = urlencode(fields).encode(), "application/x-www-form-urlencoded"
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": content_type,
        "User-Agent": "Sandbox",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": sign(body, timestamp),
    }
    if attempt:
        headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": why}
    url = str(setting("SANDBOX_APP_URL")).rstrip("/") + "/" + path
    return urllib.request.Request(url, data=body, headers=headers, method="POST")


def _ask(request: urllib.request.Request) -> Answer:
    try:
        with _opener.open(request, timeout=LIMIT) as response:
            return Answer(response.status, response.read().decode("utf-8", "replace"))
    except urllib.error.HTTPError as error:
        return Answer(
            error.code,
            error.read().decode("utf-8", "replace"),
            "http_error",
            no_retry=error.headers.get("X-Slack-No-Retry") == "1",
        )
    except TimeoutError:
        return Answer(None, error="http_timeout")
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        timed_out = isinstance(getattr(error, "reason", None), TimeoutError)
        return Answer(None, error="http_timeout" if timed_out else "connection_failed")


def interaction(payload: dict[str, Any]) -> Answer:
    """Post an interaction; with a fault, more than once."""
    return _maybe_twice("action", payload["type"], payload)


def command(fields: dict[str, Any]) -> Answer:
    """Post a slash command."""
    return _maybe_twice("slash_command", fields["command"], fields)


def event(payload: dict[str, Any]) -> Answer:
    """Post an event, and again as Slack does if it fails. Returns the first answer."""
    kind = payload["event"]["type"]
    struck = faults.due(Fault.DELIVERY, kind)
    for fault in struck:
        if fault.kind == "delay":
            time.sleep(fault.seconds)
    answer = post("event", kind, payload)
    if not answer.ok and not answer.no_retry:
        in_background(lambda: _retry(kind, payload, answer))
    for fault in struck:
        if fault.kind == "twice":
            post("event", kind, payload)
        elif fault.kind == "twice_other_id":
            post("event", kind, {**payload, "event_id": new_id("Ev")})
    return answer


def _maybe_twice(path: str, kind: str, payload: dict[str, Any]) -> Answer:
    struck = {fault.kind for fault in faults.due(Fault.DELIVERY, kind)}
    answer = post(path, kind, payload)
    if "twice" in struck:
        post(path, kind, payload)
    return answer


def _retry(kind: str, payload: dict[str, Any], answer: Answer) -> None:
    for attempt, delay in enumerate(setting("SANDBOX_RETRY_DELAYS"), start=1):
        if answer.ok or answer.no_retry:
            return
        time.sleep(delay)
        answer = post("event", kind, payload, attempt, answer.error or "http_error")


# In the background


class _Background:
    """A few threads that run what they are given, in order of giving."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._jobs: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._started = 0
        self._lock = threading.Lock()
        self._open = 0

    def __call__(self, job: Callable[[], object]) -> None:
        with self._lock:
            self._open += 1
            if self._started < self._threads:
                self._started += 1
                threading.Thread(target=self._run, daemon=True, name="sandbox").start()
        self._jobs.put(job)

    def _run(self) -> None:
        while True:
            job = self._jobs.get()
            try:
                job()
            except DatabaseError:
                logger.warning("The sandbox's database failed", exc_info=True)
            except Exception:
                logger.exception("The sandbox failed")
            finally:
                connections.close_all()
                with self._lock:
                    self._open -= 1

    def wait(self, timeout: float = 10) -> bool:
        """Until everything given has been run; False if it takes longer."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            with self._lock:
                if not self._open:
                    return True
            time.sleep(0.01)
        return False


in_background = _Background(threads=16)
