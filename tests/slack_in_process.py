"""The sandbox as Slack, without a server and without threads.

What is sent goes through Django's test client, in the thread and the transaction of the test: a
call of the Web API to the sandbox's views, a delivery to the app's. Workers work when a test
lets them (:meth:`SlackInProcess.settle`). So a test of what happens in Slack is fast, and nothing
in it depends on time.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request

import pytest
import urllib3
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test.client import Client, ClientHandler
from django.utils import timezone
from django.utils.http import http_date

from demo.sandbox import delivery
from demo.sandbox.answer import Answer
from response.jobs.models import OutboxMessage, OutboxQueue
from response.slack.inbound import inbox, sync_responses
from response.slack.models import InboxRequest
from response.slack.web_api import transport
from response.worker import sending, web_process
from response.worker.runners import threads
from tests.slack_for_tests import Slack

#: Nothing listens there: what does not go through the test client fails.
HOST = "localhost:9"
URL = f"http://{HOST}"


_really_send = transport._send


@dataclass
class _Answer:
    """What the transport reads of urllib3's answer."""

    status: int
    headers: dict[str, str]
    data: bytes


@dataclass
class _Background:
    """What the sandbox delivers in the background: here, when the test gets to it."""

    jobs: list[Callable[[], object]] = field(default_factory=list)

    def __call__(self, job: Callable[[], object]) -> None:
        self.jobs.append(job)

    def wait(self, timeout: float = 0) -> bool:
        """Run everything that was given."""
        while self.jobs:
            self.jobs.pop(0)()
        return True


class _AtOnce:
    """A pool of threads that has none."""

    def submit(self, fn: Callable[..., object], *args: Any) -> Future[object]:
        future: Future[object] = Future()
        future.set_result(fn(*args))
        return future


class _Connections:
    """The connections of a thread that is not one: the test goes on with them."""

    def close_all(self) -> None:
        """Leave the connections open."""


class SlackInProcess(Slack):
    """A workspace in which nothing happens by itself."""

    def until(self, condition: Callable[[], Any], what: str = "") -> Any:
        """Have everything done, what failed tried again, and return what has become true."""
        self.settle()
        for _try in range(10):
            if found := condition():
                return found
            self.try_again()
        raise AssertionError(f"All is done and tried again, without {what or condition}")

    def settle(self) -> None:
        """Do and say everything that was asked for, as the workers would."""
        for _round in range(200):
            delivery.in_background.wait()
            # What is held back for a moment is due; what failed waits for its next try.
            OutboxMessage.objects.waiting().filter(error="").update(due=timezone.now())
            if not inbox.work_on_next() and not sending.send_all_due():
                return
        raise AssertionError("The inbox and the outbox are never empty")

    def try_again(self) -> None:
        """Have what failed tried again, as if its time had come, and settle."""
        OutboxQueue.objects.update(paused_until=None)
        OutboxMessage.objects.waiting().update(due=timezone.now())
        InboxRequest.objects.waiting().update(due=timezone.now())
        self.settle()

    def post(
        self,
        path: str,
        body: bytes,
        content_type: str,
        headers: dict[str, str] | None = None,
        sign: bool = True,
        method: str = "POST",
    ) -> tuple[int, str]:
        """Send bytes to an endpoint, signed unless said otherwise: ``(status, body)``."""
        sent = dict(headers or {})
        if sign:
            timestamp = str(int(timezone.now().timestamp()))
            sent.setdefault("X-Slack-Request-Timestamp", timestamp)
            sent.setdefault("X-Slack-Signature", delivery.sign(body, timestamp))
        answer = _client().generic(
            method, f"/slack/{path}", body, content_type=content_type, headers=sent
        )
        return answer.status_code, answer.content.decode()


class _Site(ClientHandler):
    """The site with its static files, as the development server has them."""

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        static = StaticFilesHandler(self)
        if not static._should_handle(request.path):
            return super().get_response(request)
        return static.get_response(request)


def _client() -> Client:
    host, port = HOST.split(":")
    client = Client(SERVER_NAME=host, SERVER_PORT=port)
    client.handler = _Site()
    return client


def _send(
    url: str,
    data: Any,
    headers: dict[str, str],
    timeout: float,
    *,
    method: str = "POST",
    proxy: str | None = None,
) -> _Answer:
    """Send a request of Response's to the sandbox, or to this site."""
    parts = urlsplit(url)
    if parts.netloc != HOST:
        assert parts.hostname == "127.0.0.1", f"{url} is not for tests"
        return _really_send(url, data, headers, timeout, method=method, proxy=proxy)
    sent = {name.title(): value for name, value in headers.items()}
    content_type = sent.pop("Content-Type", "")
    sent.pop("Content-Length", None)
    answer = _client().generic(
        method,
        parts.path,
        data if data is not None else b"",
        content_type=content_type,
        headers=sent,
        QUERY_STRING=parts.query,
    )
    if answer.status_code == 500 and not answer.content:
        # The sandbox's way to drop a connection: it never answers without a body otherwise.
        raise urllib3.exceptions.ProtocolError("Connection aborted")
    body = b"".join(answer) if answer.streaming else answer.content
    return _Answer(answer.status_code, {"Date": http_date(), **answer.headers}, body)


def _ask(request: Request) -> Answer:
    """Deliver a request of the sandbox's to the app."""
    path = urlsplit(request.full_url).path
    headers = dict(request.header_items())
    content_type = headers.pop("Content-type")
    answer = _client().post(path, request.data, content_type=content_type, headers=headers)
    body = answer.content.decode()
    if answer.status_code == 200:
        return Answer(200, body)
    no_retry = answer.headers.get("X-Slack-No-Retry") == "1"
    return Answer(answer.status_code, body, "http_error", no_retry=no_retry)


def connect(monkeypatch: pytest.MonkeyPatch, settings: Any) -> SlackInProcess:
    """Put the sandbox in the place of Slack, for a test in a transaction."""
    settings.SLACK_API_URL = f"{URL}/sandbox/api/"
    settings.SANDBOX_APP_URL = f"{URL}/slack/"
    settings.SANDBOX_RETRY_DELAYS = (0, 0, 0)
    settings.SITE_URL = URL
    monkeypatch.setattr(transport, "_send", _send)
    monkeypatch.setattr(delivery, "_ask", _ask)
    monkeypatch.setattr(delivery, "in_background", _Background())
    for pool in ("_forms", "_presses"):
        monkeypatch.setattr(sync_responses, pool, _AtOnce())
    monkeypatch.setattr(sync_responses, "connections", _Connections())
    # Threads would see none of what the test has stored, and what they store would stay.
    monkeypatch.setattr(threads.Workers, "start", lambda self: None)
    monkeypatch.setattr(web_process.own_handlers, "start", lambda: None)
    return SlackInProcess(URL)
