"""The sandbox, as tests use it: people act, the app answers over real HTTP."""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from after_response.store import function_queue
from django.db import OperationalError

from demo.sandbox import delivery, faults, people
from demo.sandbox.models import ApiCall, Channel, Delivery, Message
from demo.sandbox.seed import seed
from demo.sandbox.sockets import sockets
from demo.sandbox.workspace import BOT_USER, new_id, new_ts
from response.core.models import Incident
from response.jobs.models import OutboxMessage
from response.slack.decorators.action_handler import buttons
from response.slack.decorators.dialog_handler import dialogs
from response.slack.decorators.event_handler import events
from response.slack.decorators.headline_post_action import headline_actions
from response.slack.decorators.incident_command import commands
from response.slack.decorators.incident_notification import reminders
from response.slack.decorators.keyword_handler import keywords
from response.slack.decorators.registry import is_builtin
from response.slack.models import InboxRequest
from response.worker import runners
from response.worker.web_process import own_handlers

PATIENCE = 45


def until(condition: Callable[[], Any], what: str = "") -> Any:
    """Wait for something to become true, and return it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"Waited {PATIENCE} s in vain for {what or condition}")


def wait_for_workers() -> None:
    """Stop the threads that work after a response, and call Slack no more.

    A wake-up call of the test's own thread is answered after the next response, which may be
    one of the next test.
    """
    function_queue.clear()

    def working() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if _works_after_a_response(thread)]

    until(lambda: not working(), f"these to end: {working()}")


#: The names of the threads of the runners, and what Python calls those of
#: django-after-response.
RUNNERS = re.compile(r"response-(inbox|outbox|celery|tasks)$|.*\(run\)$")


def _works_after_a_response(thread: threading.Thread) -> bool:
    return bool(RUNNERS.match(thread.name))


def _empty_queues() -> bool:
    """Delete everything that waits, and tell whether that succeeded.

    A worker may hold rows at this moment, and MariaDB refuses one of two that wait for each other.
    """
    try:
        InboxRequest.objects.all().delete()
        OutboxMessage.objects.all().delete()
    except OperationalError:
        return False
    return True


def _newest() -> list[int | None]:
    """The newest row of each place that work passes through."""
    return [
        model.objects.order_by("-pk").values_list("pk", flat=True).first()
        for model in (Delivery, InboxRequest, OutboxMessage)
    ]


class Slack:
    """A workspace, and what happened in it. ``people`` has all that a person can do."""

    bot = BOT_USER

    def __init__(self, url: str) -> None:
        seed()
        self.url = url
        self.people = people
        self.faults = faults

    # Waiting

    def until(self, condition: Callable[[], Any], what: str = "") -> Any:
        """Wait for something to become true, and return it."""
        return until(condition, what)

    def settle(self) -> None:
        """Wait until everything that was asked for has been done and said."""
        runners.start_workers()  # as a tick would, for what the test itself has saved
        self.until(self._is_settled, "the inbox and the outbox to be empty")

    def _is_settled(self) -> bool:
        # What one place has just passed on is not seen in the next, if that was looked at before.
        seen = _newest()
        return (
            delivery.in_background.wait(0.05)
            and not InboxRequest.objects.filter(status=InboxRequest.WAITING, error="").exists()
            and not OutboxMessage.objects.filter(status=OutboxMessage.WAITING, error="").exists()
            and delivery.in_background.wait(0.05)
            and seen == _newest()
        )

    def come_to_rest(self) -> None:
        """Stop everything that still runs, before the next test."""
        faults.clear()
        sockets.cut()
        own_handlers.stop()
        self.until(_empty_queues, "the queues to be empty")
        self.until(lambda: delivery.in_background.wait(0.05), "the sandbox to fall silent")
        wait_for_workers()

    # What people see

    def channel(self, name: str) -> Channel:
        """Return the channel with this id or name."""
        return people.channel(name)

    def messages(self, where: str, *, by: str = BOT_USER, to: str = "") -> list[Message]:
        """What ``by`` said in a channel; ``to`` is its only reader, empty for all."""
        found = Message.objects.filter(channel=self.channel(where), user=by, only_for=to)
        return list(found.filter(deleted=False, subtype="").order_by("ts"))

    def whispers(self, user: str) -> list[str]:
        """What the bot said to one person alone."""
        who = people.member(user).id
        return list(
            Message.objects.filter(user=BOT_USER, only_for=who)
            .order_by("ts")
            .values_list("text", flat=True)
        )

    def direct_messages(self, user: str) -> list[str]:
        """What the bot said to a person in a direct message."""
        who = people.member(user).id
        found = Message.objects.filter(
            user=BOT_USER, channel__is_im=True, channel__memberships__member=who
        )
        return list(found.order_by("ts").values_list("text", flat=True))

    def calls(self, method: str) -> list[ApiCall]:
        """Calls of a method of the Web API that were answered with ok."""
        return list(ApiCall.objects.filter(method=method, error=""))

    def reactions(self, message: Message) -> list[str]:
        """The bot's reactions to a message."""
        return list(message.reactions.filter(user=BOT_USER).values_list("name", flat=True))

    def shown(self, message: Message) -> str:
        """All text of a message, its blocks and buttons included."""
        message.refresh_from_db()
        return message.text + json.dumps(message.blocks, ensure_ascii=False)

    # Stories

    def declare(self, title: str, user: str = "ada", where: str = "general", **values: Any):
        """``/incident``, the form, and the incident that comes of it."""
        result = people.command(user, where, f"/incident {title}")
        assert result.status == 200, result
        view = people.open_view(user)
        assert view is not None, self.whispers(user)
        submitted = people.submit(user, view, values)
        assert submitted.ok, submitted
        self.settle()
        return Incident.objects.latest("id")

    def headline(self, incident: Incident) -> Message:
        """The headline post of an incident."""
        post = incident.headlinepost
        post.refresh_from_db()
        return Message.objects.get(channel_id=post.channel_id, ts=post.message_ts)

    def open_channel(self, incident: Incident, user: str = "bo") -> str:
        """Press the button that makes the comms channel; returns its id."""
        people.press(user, self.headline(incident), "create-comms-channel-button")
        self.settle()
        return Incident.objects.get(pk=incident.pk).comms_channel().channel_id

    def incident_with_channel(self, title: str = "The checkout is down") -> tuple[Incident, str]:
        """A declared incident with a comms channel."""
        incident = self.declare(title)
        return incident, self.open_channel(incident)

    def tell_bot(self, user: str, where: str, text: str) -> Message:
        """``@incident …``, and wait for what comes of it."""
        message = people.say(user, where, f"@incident {text}")
        self.settle()
        return message

    # Below the people: raw requests

    def post(
        self,
        path: str,
        body: bytes,
        content_type: str,
        headers: dict[str, str] | None = None,
        sign: bool = True,
        method: str = "POST",
    ) -> tuple[int, str]:
        """Post bytes to an endpoint, signed unless said otherwise: ``(status, body)``."""
        sent = {"Content-Type": content_type}
        if sign:
            timestamp = str(int(time.time()))
            sent["X-Slack-Request-Timestamp"] = timestamp
            sent["X-Slack-Signature"] = delivery.sign(body, timestamp)
        request = urllib.request.Request(
            f"{self.url}/slack/{path}", data=body, headers=sent | (headers or {}), method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def post_event(self, event: dict[str, Any], **envelope: Any) -> tuple[int, str]:
        """Post an event of one's own making."""
        payload = {
            "type": "event_callback",
            "event_id": new_id("Ev"),
            "event": {"event_ts": new_ts(), **event},
            **envelope,
        }
        return self.post("event", json.dumps(payload).encode(), "application/json")

    def post_interaction(self, payload: dict[str, Any]) -> tuple[int, str]:
        """Post an interaction of one's own making."""
        body = urlencode({"payload": json.dumps(payload)}).encode()
        return self.post("action", body, "application/x-www-form-urlencoded")

    def post_command(self, **fields: str) -> tuple[int, str]:
        """Post a slash command of one's own making."""
        given = {"command": "/incident", "user_id": "U0SANDBOX01", **fields}
        body = urlencode(given).encode()
        return self.post("slash_command", body, "application/x-www-form-urlencoded")


@contextlib.contextmanager
def registered_handlers() -> Iterator[None]:
    """Forget at the end which handlers were registered in between."""
    registries = [buttons, dialogs, events, headline_actions, commands, reminders, keywords]
    snapshots = [registry.snapshot() for registry in registries]
    yield
    for registry, snapshot in zip(registries, snapshots, strict=True):
        registry.restore(snapshot)  # type: ignore[attr-defined]


@contextlib.contextmanager
def without_project_handlers() -> Iterator[None]:
    """Be a process that has imported none of the project's handlers."""
    with registered_handlers():
        for registry in (buttons, dialogs, commands, reminders):
            registry.restore({key: h for key, h in registry.snapshot().items() if is_builtin(h.fn)})
        for many in (events, keywords, headline_actions):
            many.restore([h for h in many.snapshot() if is_builtin(h.fn)])
        yield
