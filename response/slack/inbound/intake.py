"""Store what Slack sends, and say what to answer; the same for HTTP and for Socket Mode.

Each function returns the object to answer with, or None for an empty answer; what has to be
stored is stored then. They raise :class:`~response.slack.inbound.payloads.Unreadable` for a
body that Slack would not send, and the database's errors. The work is done elsewhere.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from django.db import DatabaseError, IntegrityError, models, router
from django.utils import timezone
from django.utils.translation import gettext as _

from response.db import atomic, update_and_insert
from response.jobs.wake import wake
from response.slack.decorators.registry import is_builtin
from response.slack.features import channel_ids
from response.slack.inbound import (
    inbox,
    incident_channels,
    payloads,
    routing,
    slash_answers,
    sync_responses,
)
from response.slack.inbound.handler_call import Shortcut
from response.slack.inbound.wanted_handlers import wanted_handlers
from response.slack.models import InboxRequest
from response.slack.render import forms

logger = logging.getLogger(__name__)

Answer = dict[str, Any]


def command(fields: payloads.Payload) -> Answer | None:
    """Answer ``/incident``: open a form, or in an incident's channel run a command."""
    if fields.get("ssl_check"):
        return None
    slash = payloads.Command.read(fields)
    inside = incident_channels.contains(slash.channel_id)
    if inside and slash.text.strip().split(" ")[0].casefold() not in ("new", "list"):
        if accept(InboxRequest.COMMAND, slash.command, fields, ordering_key=slash.channel_id):
            wake()
        return None
    text = slash_answers.slash_answer(slash)
    if text is None:
        return None
    return {"response_type": "ephemeral", "text": text}


def interaction(payload: payloads.Payload) -> Answer | None:
    """Take a press of a button, a form or a message shortcut."""
    kind = payloads.text_of(payload, "type")
    if kind == "block_actions":
        _pressed(payload)
        return None
    if kind in ("view_submission", "dialog_submission"):
        return _submitted(kind, payload)
    if kind == "message_action":
        _shortcut_used(payload)
        return None
    logger.debug("Nothing to do for an interaction of type %s", kind)
    return None


def _pressed(payload: payloads.Payload) -> None:
    press = payloads.ButtonPress.read(payload)
    handler = routing.button_of(press)
    if sync_responses.opens_form(press):
        sync_responses.press(press)
    elif handler and is_builtin(handler.fn):
        if accept(
            InboxRequest.INTERACTION, "block_actions", payload, ordering_key=press.channel_id
        ):
            wake()
    elif handler:
        # It may open a form: it waits neither for what happens in the channel nor for a worker.
        request = accept(InboxRequest.INTERACTION, "block_actions", payload, hold=True)
        if request:
            sync_responses.start(request)


def _shortcut_used(payload: payloads.Payload) -> None:
    used = payloads.MessageShortcut.read(payload)
    if used.callback_id != forms.ADD_TO_TIMELINE:
        logger.debug("There is no shortcut %r", used.callback_id)
    elif accept(InboxRequest.INTERACTION, "message_action", payload, ordering_key=used.channel_id):
        wake()


def _submitted(kind: str, payload: payloads.Payload) -> Answer | None:
    request = accept(InboxRequest.INTERACTION, kind, payload, hold=True)
    errors = sync_responses.submit_form(request) if request else {}
    wake()
    if not errors:
        return None
    if kind == "dialog_submission":
        return {"errors": [{"name": n, "error": e} for n, e in errors.items()]}
    return {"response_action": "errors", "errors": _on_fields_of_the_form(payload, errors)}


def _on_fields_of_the_form(payload: payloads.Payload, errors: dict[str, str]) -> dict[str, str]:
    """Return errors by block; those of a field that the form lacks go to its first.

    Slack shows errors at input blocks only and ignores an answer that names another.
    """
    blocks = payloads.object_of(payload, "view").get("blocks")
    fields = [
        str(b["block_id"])
        for b in (blocks if isinstance(blocks, list) else [])
        if isinstance(b, dict) and b.get("type") == "input" and b.get("block_id")
    ]
    placed: dict[str, str] = {}
    for name, text in errors.items():
        place = name if name in fields or not fields else fields[0]
        placed[place] = f"{placed[place]} {text}" if place in placed else str(text)
    return placed or {name: _("Please check this.") for name in fields[:1]}


def event(payload: payloads.Payload) -> None:
    """Take an event."""
    kind = payloads.text_of(payload, "type")
    if kind == "app_rate_limited":
        logger.warning("Slack delivers fewer events than happen: over 30,000 an hour")
    elif kind == "event_callback":
        _take(payloads.Event.read(payload), payload)
    else:
        logger.debug("Nothing to do for a body of type %s", kind)


def _take(happened: payloads.Event, payload: payloads.Payload) -> None:
    """Store an event that a handler wants; as done already if a single UPDATE handles it.

    An event of another channel costs a look-up at most, and one that no handler wants nothing.
    """
    if happened.own:
        return
    if happened.type in routing.CHANNEL_EVENTS:
        if not channel_ids.is_known(happened.channel_id):
            return
    elif happened.type not in routing.WORKSPACE_EVENTS:
        handlers = routing.wanting(happened)
        if not handlers or not incident_channels.may_be(happened.channel_id):
            return
        shortcut = routing.shortcut(happened, handlers)
        if shortcut and accept_and_do(
            InboxRequest.EVENT, happened.type, payload, shortcut, ordering_key=happened.channel_id
        ):
            return
        if not incident_channels.contains(happened.channel_id):
            return
    if accept(InboxRequest.EVENT, happened.type, payload, ordering_key=happened.channel_id):
        wake()


# Storing


def accept(
    kind: str, type_: str, payload: payloads.Payload, *, ordering_key: str = "", hold: bool = False
) -> InboxRequest | None:
    """Store a verified request and return it, or None if it was delivered before.

    Unique constraints decide, so this also holds for two processes at the same instant.
    Requests with the same ``ordering_key`` (a channel) are handled in the order of arrival.
    With ``hold`` the row is claimed, for a caller that goes on to :func:`inbox.work_on` it.
    """
    claim = (
        {**InboxRequest.objects.new_claim(), "attempts": 1, "begun": timezone.now()} if hold else {}
    )
    handlers = [list(handler) for handler in wanted_handlers(kind, type_, payload)] or None
    request = _row(kind, type_, payload, ordering_key, handlers=handlers, **claim)
    try:
        with atomic():
            request.save(force_insert=True)
    except IntegrityError:
        if not _is_known(kind, type_, request.delivery, request.subject):
            raise
        return None
    return request


def accept_and_do(
    kind: str,
    type_: str,
    payload: payloads.Payload,
    shortcut: Shortcut,
    *,
    ordering_key: str = "",
) -> bool:
    """Store a verified request as done together with the single update that handles it.

    As for :func:`accept`, unique constraints keep a repeated delivery from being handled twice.
    Returns False if the update changed nothing or failed: then nothing is stored, and the
    request still has to be accepted.
    """
    now = timezone.now()
    using = router.db_for_write(InboxRequest)
    delivery, subject = payloads.keys(kind, payload)
    insert = InboxRequest.insert_done(
        using,
        kind=kind,
        type=type_[:100],
        delivery=delivery,
        subject=subject,
        ordering_key=ordering_key[:64],
        payload=json.dumps(payload),
        handler=shortcut.name,
        received=now,
    )
    try:
        done = update_and_insert(shortcut.update, insert, using)
    except IntegrityError:
        return _is_known(kind, type_, delivery, subject)
    except DatabaseError:
        logger.exception("A shortcut for %s %s failed; a worker handles the request", kind, type_)
        return False
    if done and inbox.has_receivers_of_metrics():
        request = InboxRequest(kind=kind, type=type_[:100], received=now, attempts=1)
        inbox.send_metrics(request, "done", now)
    return done


def _row(
    kind: str, type_: str, payload: payloads.Payload, ordering_key: str, **values: Any
) -> InboxRequest:
    delivery, subject = payloads.keys(kind, payload)
    return InboxRequest(
        kind=kind,
        type=type_[:100],
        ordering_key=ordering_key[:64],
        delivery=delivery,
        subject=subject,
        payload=json.dumps(payload),
        **values,
    )


def _is_known(kind: str, type_: str, delivery: str, subject: str) -> bool:
    """Return whether a request that could not be inserted was delivered before."""
    known = InboxRequest.objects.filter(models.Q(delivery=delivery) | models.Q(subject=subject))
    if known.exists():
        logger.debug("Slack delivered %s %s again", kind, type_)
        return True
    return False
