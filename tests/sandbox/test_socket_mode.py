"""The sandbox speaks Socket Mode as Slack does: with its SDK's client, and frame by frame."""

from __future__ import annotations

import json
import threading
import time
from contextlib import ExitStack, contextmanager

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from demo.sandbox import people
from demo.sandbox import sockets as socket_mode
from demo.sandbox.models import Delivery
from demo.sandbox.sockets import sockets

INCIDENTS = "C0SANDBOX02"
FORM = {
    "type": "modal",
    "callback_id": "a-form",
    "title": {"type": "plain_text", "text": "A form"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "name",
            "label": {"type": "plain_text", "text": "Name"},
            "element": {"type": "plain_text_input", "action_id": "value"},
        }
    ],
}


@pytest.fixture
def web(slack, settings):
    settings.SANDBOX_RETRY_DELAYS = (0.1, 0.1, 0.1)
    return WebClient(base_url=settings.SLACK_API_URL)


def address(web) -> str:
    return web.apps_connections_open(app_token="xapp-sandbox")["url"]


class Raw:
    """A client that does nothing by itself."""

    def __init__(self, socket) -> None:
        self.socket = socket
        self.hello = self.next()

    def next(self, timeout: float = 60) -> dict:
        return json.loads(self.socket.recv(timeout=timeout))

    def acknowledge(self, envelope: dict, **more) -> None:
        self.socket.send(json.dumps({"envelope_id": envelope["envelope_id"], **more}))

    def silent(self, seconds: float) -> bool:
        try:
            self.next(seconds)
        except TimeoutError:
            return True
        return False


@contextmanager
def opened(web, more: str = ""):
    with connect(address(web) + more) as socket:
        yield Raw(socket)


def in_thread(function, *arguments, **named):
    """What a function returns, while the test goes on: call what this returns."""
    results: list = []
    thread = threading.Thread(target=lambda: results.append(function(*arguments, **named)))
    thread.start()

    def result():
        thread.join(60)
        return results[0]

    return result


def delivered(kind: str) -> list[Delivery]:
    return list(Delivery.objects.filter(kind=kind).order_by("id"))


# Opening


def test_addresses_are_for_app_level_tokens_alone(web, settings):
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        web.apps_connections_open(app_token="xoxb-sandbox")
    with pytest.raises(SlackApiError, match="invalid_auth"):
        web.apps_connections_open(app_token="xapp-other")
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        web.auth_test(token="xapp-sandbox")
    settings.SLACK_APP_TOKEN = "xapp-1-A0-9"
    assert web.apps_connections_open(app_token="xapp-1-A0-9")["url"].startswith("ws://127.0.0.1:")


def test_an_address_works_once_and_for_a_while(web, monkeypatch):
    url = address(web)
    with connect(url):
        pass
    for refused in (url, url.replace("ticket=", "ticket=x")):
        with pytest.raises(InvalidStatus), connect(refused):
            pass
    monkeypatch.setattr(socket_mode, "TICKET_LASTS", -1.0)
    with pytest.raises(InvalidStatus), connect(address(web)):
        pass


def test_the_first_frame_is_hello(web):
    with opened(web) as one, opened(web, "&debug_reconnects=true") as two:
        assert one.hello["type"] == "hello"
        assert one.hello["num_connections"] == 1
        assert one.hello["debug_info"]["approximate_connection_time"] == 3600
        assert one.hello["connection_info"]["app_id"].startswith("A")
        assert two.hello["num_connections"] == 2
        assert two.hello["debug_info"]["approximate_connection_time"] == 360


def test_an_eleventh_socket_is_one_too_many(web):
    with ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(opened(web))
        with connect(address(web)) as more:
            frame = json.loads(more.recv(timeout=60))
            assert (frame["type"], frame["reason"]) == ("disconnect", "too_many_websockets")
            with pytest.raises(ConnectionClosed):
                more.recv(timeout=60)
        assert sockets.count() == 10


# Envelopes


def test_an_event_is_acknowledged_and_not_posted(slack, web):
    with opened(web) as raw:
        people.say("bo", "incidents", "hello", wait=False)
        envelope = raw.next()
        raw.acknowledge(envelope, payload={"text": "not wanted"})
        slack.until(lambda: [d for d in delivered("message") if d.status == 200])
    assert envelope["type"] == "events_api"
    assert envelope["accepts_response_payload"] is False
    assert (envelope["retry_attempt"], envelope["retry_reason"]) == (0, "")
    assert envelope["payload"]["event"]["text"] == "hello"
    [delivery] = delivered("message")
    assert delivery.envelope_id == envelope["envelope_id"]


def test_a_command_is_answered_in_the_acknowledgement(slack, web):
    with opened(web) as raw:
        result = in_thread(people.command, "bo", "general", "/incident help me")
        envelope = raw.next()
        raw.acknowledge(envelope, payload={"text": "By socket"})
        assert result().ok
    assert envelope["type"] == "slash_commands"
    assert envelope["accepts_response_payload"] is True
    assert envelope["payload"]["command"] == "/incident"
    assert envelope["payload"]["text"] == "help me"
    assert slack.whispers("bo") == ["By socket"]


def test_a_form_is_answered_in_the_acknowledgement(slack, web):
    trigger = people.trigger(people.member("bo").id)
    web.views_open(token="xoxb-sandbox", trigger_id=trigger, view=FORM)
    view = people.open_view("bo")
    with opened(web) as raw:
        for errors in ({"name": "Too short"}, {}):
            result = in_thread(people.submit, "bo", view, {"name": "x"})
            envelope = raw.next()
            answer = {"response_action": "errors", "errors": errors} if errors else None
            raw.acknowledge(envelope, **({"payload": answer} if answer else {}))
            assert result().errors == errors
            assert envelope["type"] == "interactive"
            assert envelope["accepts_response_payload"] is True
    assert people.open_view("bo") is None


def test_a_press_takes_no_answer(slack, web):
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
    web.chat_postMessage(
        token="xoxb-sandbox", channel=INCIDENTS, text="x",
        blocks=[{"type": "actions", "block_id": "b", "elements": [button]}],
    )  # fmt: skip
    [message] = slack.messages("incidents")
    slack.settle()
    with opened(web) as raw:
        result = in_thread(people.press, "bo", message, "go")
        envelope = raw.next()
        raw.acknowledge(envelope)
        assert result().ok
    assert envelope["type"] == "interactive"
    assert envelope["accepts_response_payload"] is False
    assert envelope["payload"]["actions"][0]["action_id"] == "go"


def test_what_is_not_acknowledged_comes_again(slack, web, monkeypatch):
    envelope_of = socket_mode.envelope

    def envelope(path, payload, attempt):
        # Only what is to be waited for in vain has a short limit.
        monkeypatch.setattr(socket_mode, "LIMIT", 0.3 if attempt < 2 else 30.0)
        return envelope_of(path, payload, attempt)

    monkeypatch.setattr(socket_mode, "envelope", envelope)
    with opened(web) as raw:
        people.say("bo", "incidents", "hello?", wait=False)
        envelopes = [raw.next() for _ in range(3)]
        raw.acknowledge(envelopes[-1])
        assert raw.silent(0.5)
    assert [e["retry_attempt"] for e in envelopes] == [0, 1, 2]
    assert [e["retry_reason"] for e in envelopes] == ["", "timeout", "timeout"]
    assert len({e["envelope_id"] for e in envelopes}) == 3
    assert len({e["payload"]["event_id"] for e in envelopes}) == 1
    assert [d.status for d in delivered("message")] == [None, None, 200]


def test_a_command_that_is_not_acknowledged_is_told(slack, web, monkeypatch):
    monkeypatch.setattr(socket_mode, "LIMIT", 0.2)
    with opened(web):
        result = people.command("bo", "general", "/incident x")
    assert "timeout" in result.trouble


@pytest.mark.parametrize(
    "frame", ["nonsense", "[]", '{"envelope_id": 5}', '{"payload": {}}', b"\x00"]
)
def test_odd_acknowledgements_are_ignored(slack, web, frame):
    with opened(web) as raw:
        raw.socket.send(frame)
        people.say("bo", "incidents", "hello", wait=False)
        raw.acknowledge(raw.next())
        slack.until(lambda: [d for d in delivered("message") if d.status == 200])


def test_each_payload_goes_to_any_one_socket(slack, web):
    with opened(web) as one, opened(web) as two:
        got: list[list[str]] = [[], []]

        def listen(raw, texts) -> None:
            while True:
                try:
                    envelope = raw.next()
                except (ConnectionClosed, TimeoutError):
                    return
                texts.append(envelope["payload"]["event"]["text"])
                raw.acknowledge(envelope)

        threads = [
            threading.Thread(target=listen, args=(raw, texts))
            for raw, texts in zip((one, two), got, strict=True)
        ]
        for thread in threads:
            thread.start()
        for number in range(40):
            people.say("bo", "incidents", f"message {number}")
        one.socket.close()
        two.socket.close()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
    assert sorted(got[0] + got[1]) == sorted(f"message {n}" for n in range(40))
    assert got[0]
    assert got[1]


# Ends


def test_a_socket_is_warned_refreshed_and_closed(slack, web, settings):
    settings.SANDBOX_SOCKET_LIFETIME = 1
    began = time.monotonic()
    with opened(web) as raw:
        settings.SANDBOX_SOCKET_LIFETIME = 3600
        assert raw.next() == {
            "type": "disconnect", "reason": "warning", "debug_info": {"host": "sandbox"}
        }  # fmt: skip
        with opened(web) as fresh:
            # The old one is open still, but what happens now goes to the new one.
            people.say("bo", "incidents", "hello", wait=False)
            fresh.acknowledge(fresh.next())
            assert raw.next()["reason"] == "refresh_requested"
            with pytest.raises(ConnectionClosed):
                raw.next()
            assert time.monotonic() - began >= 1
            slack.until(lambda: sockets.count() == 1)


def test_until_it_is_closed_an_old_socket_acknowledges(slack, web):
    with opened(web) as raw:
        people.say("bo", "incidents", "hello", wait=False)
        envelope = raw.next()
        assert sockets.disconnect("refresh_requested", grace=5) == 1
        assert raw.next()["reason"] == "refresh_requested"
        raw.acknowledge(envelope)
        slack.until(lambda: [d for d in delivered("message") if d.status == 200])


def test_a_link_that_is_disabled_ends_and_posts_begin_again(slack, web):
    with opened(web) as raw:
        sockets.disconnect("link_disabled", grace=0)
        assert raw.next()["reason"] == "link_disabled"
        with pytest.raises(ConnectionClosed):
            raw.next()
    people.say("bo", "incidents", "hello")
    [delivery] = delivered("message")
    assert delivery.envelope_id == ""
    assert delivery.status == 200


def test_what_was_on_its_way_when_a_socket_broke_comes_again(slack, web, settings):
    settings.SANDBOX_SOCKET_MODE = True
    settings.SANDBOX_RETRY_DELAYS = (0.5, 0.5, 0.5)
    with opened(web) as raw:
        people.say("bo", "incidents", "hello", wait=False)
        first = raw.next()
        sockets.cut()
    with opened(web) as raw:
        again = raw.next()
        raw.acknowledge(again)
        slack.until(lambda: [d for d in delivered("message") if d.status == 200])
    assert again["payload"]["event_id"] == first["payload"]["event_id"]
    assert again["retry_attempt"] >= 1


def test_in_socket_mode_nothing_is_posted(slack, web, settings):
    settings.SANDBOX_SOCKET_MODE = True
    settings.SANDBOX_RETRY_DELAYS = ()
    people.say("bo", "incidents", "to nobody")
    [delivery] = delivered("message")
    assert (delivery.status, delivery.error) == (None, "connection_failed")


def test_a_reason_has_a_name():
    with pytest.raises(ValueError, match="is none of warning, refresh_requested"):
        sockets.disconnect("no_reason")


# Slack's own client


@pytest.fixture
def client(web):
    made = SocketModeClient(
        app_token="xapp-sandbox", web_client=web, auto_reconnect_enabled=True, ping_interval=0.5
    )
    yield made
    made.close()


def test_slacks_client_listens_answers_and_reconnects(slack, web, client):
    heard: list[str] = []

    def listener(client, request) -> None:
        heard.append(request.type)
        payload = {"text": "Heard"} if request.type == "slash_commands" else None
        client.send_socket_mode_response(
            SocketModeResponse(envelope_id=request.envelope_id, payload=payload)
        )

    client.socket_mode_request_listeners.append(listener)
    client.connect()
    slack.until(lambda: sockets.count() == 1)
    assert people.command("bo", "general", "/incident x").ok
    assert slack.whispers("bo") == ["Heard"]
    people.say("bo", "incidents", "one")
    assert [d.status for d in delivered("message")] == [200]
    # Asked to refresh, it opens another socket and goes on.
    first = client.wss_uri
    sockets.disconnect("refresh_requested")
    slack.until(lambda: client.wss_uri not in (None, first) and sockets.count() == 1)
    people.say("bo", "incidents", "two")
    assert delivered("message")[-1].status == 200
    assert heard == ["slash_commands", "events_api", "events_api"]
