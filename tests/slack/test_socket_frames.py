"""Socket Mode without a socket: frames, envelopes, and what is done when Slack opens none."""

from __future__ import annotations

import json
import logging
import queue
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from slack_sdk.errors import SlackClientNotConnectedError
from slack_sdk.socket_mode.builtin.connection import Connection, ConnectionState
from slack_sdk.socket_mode.request import SocketModeRequest

from response.slack.inbound import intake, socket
from response.slack.models import InboxRequest
from response.slack.web_api.errors import SlackError
from tests.factories import CommsChannelFactory


class Client:
    """slack_sdk's client, without a socket: ``opening`` is what happens at each try."""

    opening: list[Exception | None] = []

    def __init__(self, token: str, **options: Any) -> None:
        self.socket_mode_request_listeners: list[Any] = []
        self.message_queue: queue.Queue[str] = queue.Queue()
        self.proxy = None
        self.refused = ""
        self.calls: list[str] = []
        self.acknowledged: list[Any] = []
        self.broken: Exception | None = None

    def connect_to_new_endpoint(self) -> None:
        self.calls.append("open")
        if self.opening and (error := self.opening.pop(0)) is not None:
            if isinstance(error, SlackError) and not error.transient:
                self.refused = "Do something"
            raise error

    def stop_receiving(self) -> None:
        self.calls.append("stop")

    def close(self) -> None:
        self.calls.append("close")

    def send_socket_mode_response(self, response: Any) -> None:
        if self.broken:
            raise self.broken
        self.acknowledged.append((response.envelope_id, response.payload))


@pytest.fixture
def listener(monkeypatch, settings):
    settings.SLACK_APP_TOKEN = "xapp-sandbox"
    monkeypatch.setattr(Client, "opening", [])
    monkeypatch.setattr(socket, "_Client", Client)
    monkeypatch.setattr(socket, "RETRY", 0.0)
    # The test goes on with its connection, which is in a transaction.
    monkeypatch.setattr(socket, "close_old_connections", lambda: None)
    return socket.Listener()


# Frames


def frame(**content: str) -> str:
    return json.dumps(content)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "[" * 100_000, '{"type": "hello"}'])
def test_frames_that_say_nothing_of_an_end(listener, text):
    listener._read_frame(text)
    assert listener.refused == ""


def test_slack_turns_socket_mode_off(listener):
    listener._read_frame(frame(type="disconnect", reason="warning"))
    assert listener.refused == ""
    listener._read_frame(frame(type="disconnect", reason="link_disabled"))
    assert "was turned off" in listener.refused
    listener._read_frame(frame(type="disconnect", reason="refresh_requested"))
    assert "was turned off" in listener.refused


def test_too_many_sockets_are_refused_at_the_start_only(listener):
    listener._read_frame(frame(type="hello"))
    listener._read_frame(frame(type="disconnect", reason="too_many_websockets"))
    assert listener.refused == ""
    second = socket.Listener()
    second._read_frame(frame(type="disconnect", reason="too_many_websockets"))
    assert "no more than 10" in second.refused


# Envelopes

COMMAND = {"command": "/incident", "user_id": "U0ANNA0001", "channel_id": "C0ROOM",
           "text": "help", "trigger_id": "1"}  # fmt: skip


def envelope(kind: str, payload: Any, *, accepts: bool = True) -> SocketModeRequest:
    return SocketModeRequest(
        type=kind, envelope_id="E1", payload=payload, accepts_response_payload=accepts
    )


@pytest.fixture
def room(db):
    """An incident's channel, in which the command is stored."""
    return CommsChannelFactory(channel_id="C0ROOM")


def test_what_is_taken_is_acknowledged(listener, room):
    listener._take(listener._client, envelope("slash_commands", COMMAND))
    [(envelope_id, _payload)] = listener._client.acknowledged
    assert envelope_id == "E1"
    assert InboxRequest.objects.get().type == "/incident"


@pytest.mark.django_db
@pytest.mark.parametrize("accepts", [True, False])
def test_an_answer_travels_where_slack_takes_one(listener, monkeypatch, accepts):
    monkeypatch.setitem(socket._TAKERS, "interactive", lambda payload: {"text": "hello"})
    listener._take(listener._client, envelope("interactive", {}, accepts=accepts))
    assert listener._client.acknowledged == [("E1", {"text": "hello"} if accepts else None)]


@pytest.mark.django_db
def test_what_the_database_does_not_take_slack_sends_again(listener, monkeypatch, caplog):
    def refuse(payload: Any) -> intake.Answer | None:
        raise DatabaseError("away")

    monkeypatch.setitem(socket._TAKERS, "events_api", refuse)
    monkeypatch.setattr(socket, "connections", SimpleNamespace(close_all=lambda: None))
    listener._take(listener._client, envelope("events_api", {}))
    assert listener._client.acknowledged == []
    assert "Slack sends it again" in caplog.text


def test_an_acknowledgement_that_does_not_arrive_is_logged(listener, room, caplog):
    listener._client.broken = SlackClientNotConnectedError("gone")
    listener._take(listener._client, envelope("slash_commands", COMMAND))
    assert "could not be acknowledged" in caplog.text
    assert InboxRequest.objects.count() == 1
    assert listener._busy == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("no_such_type", {}), (None, {}), (["events_api"], {}), ("events_api", []),
        ("events_api", "text"), ("events_api", None), ("interactive", {"type": 7}),
    ],
)  # fmt: skip
def test_an_envelope_that_cannot_be_read_is_taken_and_logged(kind, payload, caplog):
    with caplog.at_level(logging.WARNING):
        assert socket.take(kind, payload) is None
    assert not InboxRequest.objects.exists()


# Opening


def listened(stop: threading.Event | None = None) -> list[str]:
    """Listen until the first socket is open; what was called back."""
    told: list[str] = []
    stop = stop or threading.Event()

    def opened() -> None:
        told.append("opened")
        stop.set()

    socket.listen(stop, opened)
    return told


def test_slack_out_of_reach_is_tried_again(listener, caplog):
    Client.opening += [
        OSError("no route"), SlackError("late", "timeout"), SlackClientNotConnectedError("not yet"),
    ]  # fmt: skip
    assert listened() == ["opened"]
    assert caplog.text.count("trying again in 0 seconds") == 3


def test_a_refusal_ends_it(listener):
    Client.opening.append(SlackError("no", "invalid_auth"))
    with pytest.raises(socket.SocketRefused, match="Do something"):
        listened()


def test_a_refusal_much_later_ends_it_as_well(listener, monkeypatch):
    made: list[socket.Listener] = []
    build = socket.Listener

    def listener_to_look_at() -> socket.Listener:
        made.append(build())
        return made[0]

    monkeypatch.setattr(socket, "Listener", listener_to_look_at)
    with pytest.raises(socket.SocketRefused, match="was turned off"):
        socket.listen(
            threading.Event(),
            lambda: made[0]._read_frame(frame(type="disconnect", reason="link_disabled")),
        )
    assert made[0]._client.calls == ["open", "stop", "close"]


def test_what_was_stopped_before_it_began_opens_nothing(listener):
    stop = threading.Event()
    stop.set()
    assert listened(stop) == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("token_revoked", "was revoked (token_revoked"),
        ("forbidden_team", "Socket Mode is off"),
        ("not_allowed_token_type", "does not accept SLACK_APP_TOKEN"),
        ("internal_error", ""),
    ],
)
def test_what_to_do_when_slack_gives_no_address(slack_in_process, settings, error, said):
    settings.SLACK_APP_TOKEN = "xapp-sandbox"
    slack_in_process.faults.add("error", "apps.connections.open", error=error)
    client = SimpleNamespace(app_token="xapp-sandbox", refused="")
    with pytest.raises(SlackError):
        socket._Client.issue_new_wss_url(client)
    assert said in client.refused
    assert bool(client.refused) == bool(said)


# One socket after another


class Session:
    """A connection of slack_sdk's that notes what happens to it."""

    active = True

    def __init__(self, happened: list[str], name: str, on_message_listener: Any = None, **_: Any):
        self._happened, self.name, self._heard = happened, name, on_message_listener
        self.sock = SimpleNamespace(shutdown=self._shut)

    def _shut(self, how: int) -> None:
        self._happened.append(f"{self.name} ends reading")
        raise OSError("not connected any more")

    def connect(self) -> None:
        self._happened.append(f"{self.name} opens")

    def run_until_completion(self, state: Any) -> None:
        self._happened.append(f"{self.name} is greeted")
        self._heard('{"type": "hello"}')

    def is_active(self) -> bool:
        return self.active

    def close(self) -> None:
        self._happened.append(f"{self.name} closes")


@pytest.fixture
def client(monkeypatch):
    happened: list[str] = []
    monkeypatch.setattr(
        socket, "Connection", lambda **given: Session(happened, "the next", **given)
    )
    made = object.__new__(socket._Client)
    made.__dict__.update(
        happened=happened, wss_uri="wss://example.com", current_session=None,
        current_session_state=SimpleNamespace(terminated=False), ping_interval=5,
        receive_buffer_size=1024, proxy=None, proxy_headers=None, logger=logging.getLogger("x"),
        on_message_listeners=[], message_queue=queue.Queue(),
        web_client=SimpleNamespace(ssl=None),
        current_app_monitor_started=False, auto_reconnect_enabled=True, closed=True,
        current_app_monitor=SimpleNamespace(start=lambda: happened.append("watched")),
    )  # fmt: skip
    return made


def test_the_next_socket_is_greeted_before_the_one_before_is_closed(client):
    client.current_session = Session(client.happened, "the first")
    client.connect()
    assert client.happened == [
        "the next opens", "the next is greeted", "the first ends reading", "the first closes",
        "watched",
    ]  # fmt: skip
    # What it said is worked on.
    assert client.message_queue.get_nowait() == '{"type": "hello"}'


def test_the_first_socket_closes_none_and_a_silent_one_does_not_stop_the_next(client, monkeypatch):
    monkeypatch.setattr(Session, "run_until_completion", lambda session, state: None)
    monkeypatch.setattr(socket, "GREETING", 0.01)
    client.connect()
    assert client.happened == ["the next opens", "watched"]
    client.connect()
    assert client.happened[2:] == [
        "the next opens", "the next ends reading", "the next closes",
    ]  # fmt: skip


def test_a_socket_that_does_not_open_leaves_the_one_before(client, monkeypatch):
    first = client.current_session = Session(client.happened, "the first")
    monkeypatch.setattr(Session, "active", False)
    with pytest.raises(OSError, match="could not be opened"):
        client.connect()
    assert client.current_session is first
    assert client.happened == ["the next opens"]


def test_an_end_that_was_asked_for_is_no_error():
    state = ConnectionState()
    ended = socket._Socket(SimpleNamespace(recv=lambda size: b"", fileno=lambda: 7), state)
    assert ended.fileno() == 7
    with pytest.raises(ConnectionResetError):
        ended.recv(16)
    state.terminated = True
    assert ended.recv(16) == b""


def test_a_socket_that_is_closed_without_a_word_is_read_no_more():
    state = ConnectionState()
    happened: list[str] = []

    def receive(size: int) -> bytes:
        happened.append("read")
        state.terminated = len(happened) == 3  # slack_sdk takes the end for silence
        return b""

    sock = SimpleNamespace(recv=receive, close=lambda: happened.append("closed"))
    session = Connection("wss://example.com", logging.getLogger("x"))
    session.sock = socket._Socket(sock, state)
    session.run_until_completion(state)
    assert happened == ["read", "closed"]
    assert not session.is_active()
    assert state.terminated


def test_what_is_stopped_reads_nothing_more_and_stays_open(client):
    client.stop_receiving()
    client.current_session = Session(client.happened, "the first")
    client.stop_receiving()
    assert client.happened == ["the first ends reading"]
    assert client.current_session_state.terminated
    assert not client.auto_reconnect_enabled


# The command


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("", "is not set"), (None, "is not set"), ("xoxb-1", "is not an app-level token"),
        ("xapp-1 ", "is not an app-level token"),
    ],
)  # fmt: skip
def test_a_token_that_is_none(settings, token, said):
    settings.SLACK_APP_TOKEN = token
    with pytest.raises(CommandError, match=said) as refused:
        call_command("response_socket", skip_checks=True)
    assert refused.value.returncode == 2


def test_the_command_ends_as_the_listening_does(settings, monkeypatch, capsys):
    settings.SLACK_APP_TOKEN = "xapp-sandbox"
    monkeypatch.setattr(socket, "listen", lambda stop, opened: opened())
    call_command("response_socket", skip_checks=True)
    said = capsys.readouterr().out
    assert said.index("Listening to Slack") < said.index("Stopped.")

    def refuse(stop: threading.Event, opened: Any) -> None:
        raise socket.SocketRefused("Turn it on")

    monkeypatch.setattr(socket, "listen", refuse)
    with pytest.raises(CommandError, match="Turn it on") as refused:
        call_command("response_socket", skip_checks=True)
    assert refused.value.returncode == 2
