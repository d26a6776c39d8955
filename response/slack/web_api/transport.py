"""Connections to Slack: one request, then Slack's answer or a :class:`SlackError`.

Built on slack_sdk's ``WebClient``, with two additions: connections are reused (urllib3's pool),
and every request ends within a time limit.
"""

from __future__ import annotations

import contextvars
import json
import logging
import re
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.error import URLError
from urllib.request import Request

import urllib3
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from urllib3.connection import HTTPConnection, HTTPSConnection

from response import retry_after
from response.conf import settings
from response.deadline import Deadline
from response.slack.web_api.errors import SlackError

# slack_sdk logs errors that it raises anyway, with the whole of Slack's answer.
_sdk_logger = logging.getLogger("response.slack.sdk")
_sdk_logger.setLevel(logging.CRITICAL)


_FORM = "application/x-www-form-urlencoded"


class _PooledWebClient(WebClient):
    """slack_sdk's client, using a connection pool."""

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        headers = dict(req.header_items())
        headers["Content-type"] = _FORM  # slack_sdk takes a form without fields for JSON
        answer = _send(url, req.data, headers, self.timeout)
        return {
            "status": answer.status,
            "headers": answer.headers,
            "body": answer.data.decode("utf-8", "replace"),
        }


_deadline: contextvars.ContextVar[Deadline] = contextvars.ContextVar("response_deadline")


class _HTTPConnection(HTTPConnection):
    def request(self, *args: Any, **kwargs: Any) -> None:
        _deadline.get().watch(self)
        super().request(*args, **kwargs)


class _HTTPSConnection(HTTPSConnection):
    def request(self, *args: Any, **kwargs: Any) -> None:
        _deadline.get().watch(self)
        super().request(*args, **kwargs)


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


_NEVER_SENT = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)


@lru_cache(maxsize=4)
def _pool(proxy: str) -> urllib3.PoolManager:
    """Return the pool of connections, through a proxy if there is one."""
    limits: dict[str, Any] = {"num_pools": 4, "maxsize": 16, "block": False, "retries": False}
    pool = urllib3.ProxyManager(proxy, **limits) if proxy else urllib3.PoolManager(**limits)
    pool.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
    return pool


def _send(
    url: str,
    data: Any,
    headers: dict[str, str],
    timeout: float,
    *,
    method: str = "POST",
    proxy: str | None = None,
) -> Any:
    """Return the whole answer to a request. Always ends after ``timeout`` seconds."""
    if proxy is None:
        proxy = str(settings.RESPONSE_SLACK_PROXY or "")
    with Deadline(timeout) as deadline:
        token = _deadline.set(deadline)
        try:
            return _pool(proxy).request(
                method,
                url,
                body=data,
                headers=headers,
                timeout=urllib3.Timeout(total=timeout),
                redirect=False,
            )
        except _NEVER_SENT:
            raise
        except (urllib3.exceptions.HTTPError, OSError) as error:
            if deadline.passed or isinstance(error, urllib3.exceptions.TimeoutError):
                raise TimeoutError(f"no whole answer within {timeout:g} seconds") from error
            raise
        finally:
            _deadline.reset(token)


class Transport:
    """Makes the calls of a client: one attempt, then Slack's answer or a :class:`SlackError`."""

    def __init__(self, token: str | None, timeout: float | None) -> None:
        self._token, self._timeout = token, timeout

    def api_call(
        self, method: str, *args: Any, timeout: float | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Call a method of the Web API and return its answer."""
        return self.call_with_headers(method, *args, timeout=timeout, **kwargs)[0]

    def call_with_headers(
        self, method: str, *args: Any, timeout: float | None = None, **kwargs: Any
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Call a method and return its answer and the headers, their names in lower case."""
        client = _PooledWebClient(
            token=self._token or settings.SLACK_TOKEN,
            base_url=settings.SLACK_API_URL.rstrip("/") + "/",
            timeout=timeout or self._timeout or settings.RESPONSE_SLACK_TIMEOUT,  # type: ignore[arg-type]
            retry_handlers=[],
            logger=_sdk_logger,
        )
        # All methods accept form encoding; only some accept JSON.
        arguments = {**(args[0] if args else {}), **kwargs}
        form = {name: _form_value(v) for name, v in arguments.items() if v is not None}
        try:
            answer = client.api_call(method, data=form)
        except SlackApiError as error:
            raise _as_slack_error(method, error) from error
        except (urllib3.exceptions.HTTPError, URLError, OSError, ValueError) as error:
            raise _unreachable(method, error) from error
        data: dict[str, Any] = answer.data  # type: ignore[assignment]
        return data, {str(name).lower(): str(v) for name, v in answer.headers.items()}


@dataclass(frozen=True)
class SiteAnswer:
    """What this site answered at its own address. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: str
    seconds: float


def ask_own_site(
    url: str, data: bytes | None = None, headers: dict[str, str] | None = None, timeout: float = 5.0
) -> SiteAnswer:
    """Get a page of this site, or with ``data`` post to it, as Slack and browsers reach it.

    No redirect is followed and Slack's proxy is not used. Raises ``OSError`` with the reason if
    there is no answer within ``timeout`` seconds.
    """
    began = time.monotonic()
    try:
        answer = _send(
            url,
            data,
            headers or {},
            timeout,
            method="GET" if data is None else "POST",
            proxy="",
        )
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        raise OSError(_plain(error)) from error
    return SiteAnswer(
        answer.status,
        {name.lower(): value for name, value in answer.headers.items()},
        answer.data.decode("utf-8", "replace"),
        time.monotonic() - began,
    )


def post_to_response_url(url: str, message: dict[str, Any], timeout: float) -> None:
    """Post a message to a ``response_url``. Raises :class:`SlackError` if it is refused."""
    headers = {"Content-Type": "application/json"}
    try:
        answer = _send(url, json.dumps(message).encode(), headers, timeout)
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise _unreachable("response_url", error) from error
    if answer.status == 429 or answer.status >= 500:
        raise _bad_status("response_url", answer.status, answer.headers)
    if answer.status != 200:
        raise SlackError(
            f"The response_url answered {answer.status}; it may be used up.",
            "response_url_refused",
        )


def _form_value(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value


def _as_slack_error(method: str, error: SlackApiError) -> SlackError:
    answer = error.response
    status = getattr(answer, "status_code", 200)
    headers = getattr(answer, "headers", None) or {}
    data = answer.data if isinstance(getattr(answer, "data", None), dict) else {}
    if status == 429 or status >= 500:
        return _bad_status(method, status, headers)
    code = str(data.get("error") or "unreadable_answer")
    if " " in code:  # slack_sdk's message about a body that is not JSON
        code = "unreadable_answer"
    details = _details(data)
    needed = f" (needs {data['needed']})" if data.get("needed") else ""
    return SlackError(
        f"Slack refused {method}: {code}{needed}" + (f" [{'; '.join(details)}]" if details else ""),
        code,
        retry_after=_retry_after(headers) if code in ("ratelimited", "rate_limited") else None,
        uncertain=code in ("fatal_error", "internal_error", "unreadable_answer"),
        details=details,
        needed=str(data.get("needed") or ""),
    )


def _details(data: dict[str, Any]) -> tuple[str, ...]:
    """Return what Slack says of the arguments: sentences, and for manifests the places too."""
    messages = (data.get("response_metadata") or {}).get("messages") or []
    found = [str(message) for message in messages]
    for error in data.get("errors") or []:
        if isinstance(error, dict) and error.get("message"):
            pointer = f" ({error['pointer']})" if error.get("pointer") else ""
            found.append(f"{error['message']}{pointer}")
    return tuple(found)


def _bad_status(method: str, status: int, headers: Any) -> SlackError:
    if status == 429:
        wait = _retry_after(headers)
        return SlackError(
            f"Slack asks us to call {method} less often", "ratelimited", retry_after=wait or 1.0
        )
    return SlackError(f"Slack answered {method} with HTTP {status}", "server_error", uncertain=True)


def _retry_after(headers: Any) -> float | None:
    value = next((v for k, v in dict(headers).items() if k.lower() == "retry-after"), None)
    return retry_after.seconds(str(value)) if value is not None else None


def _plain(error: Exception) -> str:
    """Return what an error says, without urllib3's connection object in front of it."""
    if isinstance(error, urllib3.exceptions.ProxyError):
        return f"Unable to connect to the proxy: {_plain(error.original_error)}"
    return re.sub(r"^<?_?HTTPS?Connection\([^)]*\)[^:]*: ", "", str(error))


def _unreachable(method: str, error: Exception) -> SlackError:
    late = isinstance(error, urllib3.exceptions.TimeoutError | TimeoutError)
    return SlackError(
        f"Slack could not be reached for {method}: {_plain(error)}",
        "timeout" if late else "connection_failed",
        uncertain=not isinstance(error, _NEVER_SENT),
    )
