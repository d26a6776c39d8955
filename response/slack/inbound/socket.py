"""Socket Mode: Slack's payloads come through a WebSocket that we open, instead of HTTP.

An envelope is acknowledged once what it brings is stored; what is not acknowledged Slack sends
again, to any open socket. Slack has greeted the next socket before the one that it wants to end is
closed. Up to 10 processes may do this at once.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from collections.abc import Callable, Iterator
from socket import SHUT_RD  # noqa: TID251 - a constant for the socket that slack_sdk opens
from ssl import SSLSocket
from typing import Any, cast

from django.db import DatabaseError, InterfaceError, close_old_connections, connections
from django.utils.translation import gettext as _
from slack_sdk.errors import SlackClientNotConnectedError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.builtin.connection import Connection, ConnectionState
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from response.conf import settings
from response.jobs.wake import answering, without_response
from response.slack.inbound import intake, payloads
from response.slack.web_api.client import SlackClient
from response.slack.web_api.errors import SlackError

logger = logging.getLogger(__name__)

#: Seconds between two tries to open the first socket, and for what is being answered at the end.
RETRY, DRAIN = 5.0, 3.0
#: Seconds for which the next socket may be silent; then the one before is closed all the same.
GREETING = 10.0
#: How many envelopes are worked on at a time.
CONCURRENCY = 10

_TAKERS: dict[str, Callable[[payloads.Payload], intake.Answer | None]] = {
    "slash_commands": intake.command,
    "interactive": intake.interaction,
    "events_api": intake.event,
}


class SocketRefused(Exception):
    """Slack opens no socket until the configuration is changed; the message says what is wrong."""


class _Socket:
    """The socket of a session, on which it is an error that the other side ends it.

    slack_sdk takes the end for silence and reads on without a pause, until five of its pings have
    failed: 25 seconds in which nothing comes. After an error it asks for the next socket.
    """

    def __init__(self, sock: Any, state: ConnectionState) -> None:
        self._sock, self._state = sock, state

    def recv(self, size: int) -> bytes:
        received = bytes(self._sock.recv(size))
        if not received and not self._state.terminated:
            raise ConnectionResetError("Slack's socket was closed without a word")
        return received

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class _Client(SocketModeClient):
    """slack_sdk's client, which opens its sockets through our own Web API client.

    ``refused`` says what to do once Slack opens no socket any more, also much later than at the
    start: a token can be revoked while this runs.
    """

    refused = ""

    def issue_new_wss_url(self) -> str:
        try:
            return str(SlackClient(self.app_token).api_call("apps.connections.open")["url"])
        except SlackError as error:
            if not error.transient:
                self.refused = _explained(error)
            raise

    def connect(self) -> None:
        """Open the next socket, read from it until Slack greets it, and close the one before.

        Slack sends nothing through a socket that it has not greeted: what comes until then comes
        through the one before. slack_sdk's own way has one thread that reads, and closes the old
        socket first, which takes as long as that thread waits for bytes: three seconds in which
        commands that come through the new one time out.
        """
        before, state = self.current_session, self.current_session_state
        if self.wss_uri is None:
            self.wss_uri = self.issue_new_wss_url()
        greeted = threading.Event()

        def heard(message: str) -> None:
            greeted.set()
            self._on_message(message)

        session = Connection(
            url=self.wss_uri,
            logger=self.logger,
            ping_interval=self.ping_interval,
            receive_buffer_size=self.receive_buffer_size,
            proxy=self.proxy,
            proxy_headers=self.proxy_headers,
            on_message_listener=heard,
            on_error_listener=self._on_error,
            on_close_listener=self._on_close,
            ssl_context=self.web_client.ssl,
        )
        session.connect()
        if not session.is_active():
            raise OSError(_("Slack's socket could not be opened"))
        reading = ConnectionState()  # type: ignore[no-untyped-call]
        session.sock = cast("SSLSocket", _Socket(session.sock, reading))
        self.current_session, self.current_session_state = session, reading
        threading.Thread(
            target=session.run_until_completion,
            args=(reading,),
            daemon=True,
            name="response-socket-reader",
        ).start()
        if before is not None:
            greeted.wait(GREETING)
        state.terminated = True
        if before is not None:
            _end_reading(before)
            before.close()
        if not self.current_app_monitor_started:
            self.current_app_monitor_started = True
            self.current_app_monitor.start()

    def _run_current_session(self) -> None:
        """Leave reading to the thread that :meth:`connect` starts for each socket."""

    def stop_receiving(self) -> None:
        """Read nothing more from the socket, which stays open for acknowledgements."""
        self.auto_reconnect_enabled = False
        self.current_session_state.terminated = True
        if self.current_session is not None:
            _end_reading(self.current_session)


class Listener:
    """Takes envelopes from when it is opened until it is closed."""

    def __init__(self) -> None:
        self._refused = ""
        self._greeted = False
        self._idle = threading.Condition()
        self._busy = 0
        self._client = _Client(
            str(settings.SLACK_APP_TOKEN),
            logger=logging.getLogger("response.slack.sdk"),
            concurrency=CONCURRENCY,
            on_message_listeners=[self._read_frame],
        )
        # As for all calls of Slack, the environment's proxy is not looked at.
        self._client.proxy = str(settings.RESPONSE_SLACK_PROXY or "") or None
        self._client.socket_mode_request_listeners.append(self._take)

    def open(self) -> None:
        """Open the first socket. Raises :class:`SlackError` or ``OSError``."""
        try:
            self._client.connect_to_new_endpoint()
        except SlackClientNotConnectedError as error:
            raise OSError(str(error)) from error

    @property
    def refused(self) -> str:
        """What to do before Slack opens another socket; empty as long as it does."""
        return self._refused or self._client.refused

    def close(self) -> None:
        """Answer the envelopes that have arrived, then close. New ones go to other sockets."""
        self._client.stop_receiving()
        with self._idle:
            self._idle.wait_for(
                lambda: not self._busy and self._client.message_queue.empty(), DRAIN
            )
        self._client.close()

    def _read_frame(self, message: str) -> None:
        """Note that Slack refuses sockets until the configuration is changed."""
        with contextlib.suppress(ValueError, RecursionError):
            frame = json.loads(message)
            if not isinstance(frame, dict):
                return
            if frame.get("type") == "hello":
                self._greeted = True
            elif frame.get("type") == "disconnect":
                self._refused = self._why(str(frame.get("reason"))) or self._refused

    def _why(self, reason: str) -> str:
        """Return what to do about a reason for which Slack ends a socket; empty if nothing."""
        if reason == "link_disabled":
            return _("Socket Mode was turned off in Slack. Turn it on, and start this again.")
        # While a socket is replaced there is one more for a moment: it is tried again.
        if reason == "too_many_websockets" and not self._greeted:
            return _("Slack allows no more than 10 open sockets: run fewer of these processes.")
        return ""

    def _take(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        with self._working(), without_response(), answering():
            try:
                answer = take(request.type, request.payload)
            except (DatabaseError, InterfaceError):
                logger.exception("The database could not take an envelope; Slack sends it again")
                connections.close_all()
                return
            wanted = answer if request.accepts_response_payload else None
            try:
                client.send_socket_mode_response(SocketModeResponse(request.envelope_id, wanted))
            except (SlackClientNotConnectedError, OSError) as error:
                # It is stored; when it comes again it is recognised.
                logger.warning("An envelope could not be acknowledged: %s", error)

    @contextlib.contextmanager
    def _working(self) -> Iterator[None]:
        with self._idle:
            self._busy += 1
        close_old_connections()
        try:
            yield
        finally:
            close_old_connections()
            with self._idle:
                self._busy -= 1
                self._idle.notify_all()


def _end_reading(session: Connection) -> None:
    """Wake the thread that waits for bytes from a session, so that it ends."""
    if session.sock is not None:
        with contextlib.suppress(OSError):
            session.sock.shutdown(SHUT_RD)


def take(kind: Any, payload: Any) -> intake.Answer | None:
    """Store what an envelope brings, and return what to answer. Raises database errors.

    An unreadable envelope is logged and acknowledged, since Slack would send it again unchanged.
    """
    taker = _TAKERS.get(kind) if isinstance(kind, str) else None
    if taker is None:
        logger.warning("Nothing to do for an envelope of type %.100s", kind)
        return None
    try:
        # As over HTTP: bounded in depth, and without what no database stores.
        return taker(payloads.read_json(json.dumps(payload).encode()))
    except (payloads.Unreadable, RecursionError) as error:
        logger.warning("An envelope of type %s cannot be read: %s", kind, error)
        return None


def listen(stop: threading.Event, opened: Callable[[], None] = lambda: None) -> None:
    """Take envelopes until ``stop`` is set; calls ``opened`` once the first socket is open.

    Raises :class:`SocketRefused` if Slack opens none until the configuration is changed.
    """
    listener = Listener()
    try:
        _open(listener, stop)
        if not stop.is_set():
            opened()
        while not stop.wait(0.2):
            if listener.refused:
                raise SocketRefused(listener.refused)
    finally:
        listener.close()


def _open(listener: Listener, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            listener.open()
        except (SlackError, OSError) as error:
            if listener.refused:
                raise SocketRefused(listener.refused) from error
            logger.warning("%s; trying again in %.0f seconds", error, RETRY)
            stop.wait(RETRY)
        else:
            return


def _explained(error: SlackError) -> str:
    """Return what to do about an error of ``apps.connections.open`` that will not pass."""
    if error.slack_error in ("token_revoked", "token_expired", "account_inactive"):
        return _(
            "SLACK_APP_TOKEN was revoked (%(error)s). Make a new app-level token with the scope "
            "connections:write at Basic Information › App-Level Tokens, and start this again."
        ) % {"error": error.reason}
    if error.slack_error == "forbidden_team":
        return _(
            "Socket Mode is off for this app (%(error)s). Turn it on at Settings › Socket Mode, "
            "and start this again."
        ) % {"error": error.reason}
    return _(
        "Slack does not accept SLACK_APP_TOKEN for Socket Mode (%(error)s). It is the app-level "
        "token (xapp-…) with the scope connections:write, at Basic Information › App-Level "
        "Tokens; and Socket Mode has to be on."
    ) % {"error": error.reason}
