"""The views that receive Slack's requests: they read, store and answer; workers do the rest."""

from __future__ import annotations

import logging

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from response.jobs.wake import wake
from response.slack.decorators.registry import is_builtin
from response.slack.features import channel_ids
from response.slack.inbound import inbox, incident_channels, payloads, routing, sync_responses
from response.slack.inbound.request_verification import slack_view
from response.slack.models import InboxRequest

logger = logging.getLogger(__name__)

OK = 200


@slack_view
def slash_command(body: bytes) -> HttpResponse:
    """Handle ``/incident``: open a form or, in an incident's channel, run a command."""
    fields = payloads.read_form(body)
    if fields.get("ssl_check"):
        return HttpResponse(status=OK)
    slash = payloads.Command.read(fields)
    inside = incident_channels.contains(slash.channel_id)
    if inside and slash.text.strip().split(" ")[0].casefold() not in ("new", "list"):
        if inbox.accept(InboxRequest.COMMAND, slash.command, fields, ordering_key=slash.channel_id):
            wake()
        return HttpResponse(status=OK)
    text = sync_responses.slash_answer(slash)
    if text is None:
        return HttpResponse(status=OK)
    return JsonResponse({"response_type": "ephemeral", "text": text})


@slack_view
def action(body: bytes) -> HttpResponse:
    """Handle buttons and forms."""
    payload = payloads.read_interaction(body)
    kind = payloads.text_of(payload, "type")
    if kind == "block_actions":
        return _pressed(payload)
    if kind in ("view_submission", "dialog_submission"):
        return _submitted(kind, payload)
    logger.debug("Nothing to do for an interaction of type %s", kind)
    return HttpResponse(status=OK)


def _pressed(payload: payloads.Payload) -> HttpResponse:
    press = payloads.ButtonPress.read(payload)
    handler = routing.button_of(press)
    if sync_responses.opens_form(press):
        sync_responses.press(press)
    elif handler and is_builtin(handler.fn):
        if inbox.accept(
            InboxRequest.INTERACTION, "block_actions", payload, ordering_key=press.channel_id
        ):
            wake()
    elif handler:
        # It may open a form, so it waits neither for earlier requests of the channel nor for a
        # worker.
        request = inbox.accept(InboxRequest.INTERACTION, "block_actions", payload, hold=True)
        if request:
            sync_responses.start(request)
    return HttpResponse(status=OK)


def _submitted(kind: str, payload: payloads.Payload) -> HttpResponse:
    payloads.Submission.read(payload)
    request = inbox.accept(InboxRequest.INTERACTION, kind, payload, hold=True)
    errors = sync_responses.submit_form(request) if request else {}
    wake()
    if not errors:
        return HttpResponse(status=OK)
    if kind == "dialog_submission":
        return JsonResponse({"errors": [{"name": n, "error": e} for n, e in errors.items()]})
    return JsonResponse(
        {"response_action": "errors", "errors": _on_fields_of_the_form(payload, errors)}
    )


def _on_fields_of_the_form(payload: payloads.Payload, errors: dict[str, str]) -> dict[str, str]:
    """Return the errors by block; errors of unknown fields are moved to the form's first field.

    Slack shows errors at input blocks only, and ignores an answer that names any other.
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


@slack_view
def event(body: bytes) -> HttpResponse:
    """Handle the Events API."""
    payload = payloads.read_json(body)
    kind = payloads.text_of(payload, "type")
    if kind == "url_verification":
        return HttpResponse(
            payloads.text_of(payload, "challenge"), content_type="text/plain; charset=utf-8"
        )
    if kind == "app_rate_limited":
        logger.warning("Slack delivers fewer events than happen: over 30,000 an hour")
    elif kind == "event_callback":
        _take(payloads.Event.read(payload), payload)
    else:
        logger.debug("Nothing to do for a body of type %s", kind)
    return HttpResponse(status=OK)


def _take(happened: payloads.Event, payload: payloads.Payload) -> None:
    """Store an event that concerns us, and handle it at once where a single update does that.

    An event of another channel costs at most one look-up; an event that no handler wants costs
    nothing.
    """
    if happened.own or not routing.is_wanted(happened):
        return
    if happened.type in routing.CHANNEL_EVENTS:
        if not channel_ids.is_known(happened.channel_id):
            return
    elif happened.type not in routing.WORKSPACE_EVENTS:
        if not incident_channels.may_be(happened.channel_id):
            return
        shortcut = routing.shortcut(happened)
        if shortcut and inbox.accept_and_do(
            InboxRequest.EVENT, happened.type, payload, shortcut, ordering_key=happened.channel_id
        ):
            return
        if not incident_channels.contains(happened.channel_id):
            return
    if inbox.accept(InboxRequest.EVENT, happened.type, payload, ordering_key=happened.channel_id):
        wake()
