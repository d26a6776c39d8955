"""Find the handlers for a stored request."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from response.core.actors import Actor
from response.core.models import Incident
from response.db import atomic
from response.slack.decorators.action_handler import ActionContext, ButtonHandler, buttons
from response.slack.decorators.dialog_handler import dialogs
from response.slack.decorators.event_handler import EventHandler, events
from response.slack.decorators.keyword_handler import call as call_keyword_handler
from response.slack.decorators.keyword_handler import keywords, matching
from response.slack.decorators.registry import Handler
from response.slack.features import channel_ids, notify, timeline_marks
from response.slack.features.people import get_or_create_user
from response.slack.handlers.events import HUMAN_SUBTYPES
from response.slack.inbound import payloads
from response.slack.inbound.command_calls import mention_calls, mention_outside_calls, slash_calls
from response.slack.inbound.handler_call import HandlerCall, Shortcut
from response.slack.inbound.incident_channels import (
    LoadedChannel,
    channel_of_incident,
    incident_of,
)
from response.slack.inbound.wanted_handlers import BUTTON, COMMAND, FORM, hears, missing
from response.slack.jobs.messages import send_ephemeral
from response.slack.models import InboxRequest
from response.slack.render import interaction_context
from response.slack.render.dialog_builder import FormNotOpened
from response.slack.text import button_values, message_content
from response.slack.web_api import identity
from response.slack.web_api.client import profile_of
from response.slack.web_api.errors import SlackError
from response.slack.web_api.user_cache import store_profile

logger = logging.getLogger(__name__)

#: Events that are handled in every channel, with their handlers.
WORKSPACE_EVENTS = frozenset({"user_change", "app_mention"})
#: Events about a channel itself, which may also be the one of the headlines.
CHANNEL_EVENTS = frozenset({"channel_id_changed", "channel_deleted", "group_deleted"})


def handler_calls(request: InboxRequest) -> list[HandlerCall]:
    """Return the calls that this process makes for a request, in order.

    Where another process has a handler of the project that this one lacks, the built-in handler
    that it replaces is left out. Whoever sent a form is stored. Raises ``payloads.Unreadable``.
    """
    lacking = {handler.decorator for handler in missing(request.handlers)}
    if lacking & {BUTTON, FORM}:
        return []
    calls = _all_calls(request)
    if COMMAND in lacking:
        calls = [call for call in calls if not call.is_command]
    return calls


def _all_calls(request: InboxRequest) -> list[HandlerCall]:
    payload = json.loads(request.payload)
    if request.kind == InboxRequest.COMMAND:
        return list(slash_calls(payloads.Command.read(payload)))
    if request.kind == InboxRequest.EVENT:
        return list(_event_calls(payloads.Event.read(payload)))
    if request.type == "block_actions":
        return list(_button_calls(payloads.ButtonPress.read(payload)))
    if request.type == "message_action":
        return list(_shortcut_calls(payloads.MessageShortcut.read(payload)))
    if request.type in ("view_submission", "dialog_submission"):
        return list(_form_calls(payloads.Submission.read(payload)))
    return []


def actor_of(request: InboxRequest) -> Actor:
    """Return the person who made a request; looked up only if something is written."""
    origin = payloads.origin_of(request.kind, request.type, json.loads(request.payload))
    if not origin.user_id:
        return Actor("Slack")
    return Actor(person=partial(get_or_create_user, origin.user_id))


# Events


def wanting(event: payloads.Event) -> list[Handler]:
    """Return the handlers that may want the event, if its channel is an incident's. Pure."""
    heard = [handler for handler, _word in _keywords(event)]
    return heard + [h for h in events.find(event.type) if h.wants(event.body)]


def shortcut(event: payloads.Event, handlers: list[Handler]) -> Shortcut | None:
    """Return the single update that handles an event, or None if it needs a worker. Pure.

    ``handlers`` are those that want it. See ``slack_event``.
    """
    if event.type in WORKSPACE_EVENTS | CHANNEL_EVENTS or event.bot_id or len(handlers) != 1:
        return None
    handler = handlers[0]
    if not isinstance(handler, EventHandler) or handler.shortcut is None:
        return None
    return Shortcut(handler.name, handler.shortcut(event.channel_id, event.body))


def _keywords(event: payloads.Event) -> Iterator[tuple[Handler, str]]:
    if event.type != "message" or event.subtype not in HUMAN_SUBTYPES | {"bot_message"}:
        return
    if any(keywords):  # most projects have none, and need not have every text read
        yield from matching(message_content.as_plain(event.body))


def _event_calls(event: payloads.Event) -> Iterator[HandlerCall]:
    if event.type == "user_change":
        yield HandlerCall("user_change", partial(_store_user, event))
    channel = channel_of_incident(event.channel_id, people=False)
    if event.type in CHANNEL_EVENTS:
        yield HandlerCall(event.type, partial(_channel_event, event))
        event = replace(event, channel_id=event.new_channel_id or event.channel_id)
    if channel is None:
        if event.type == "app_mention" and not _is_own(event):
            yield from mention_outside_calls(event)
        return
    if event.type in ("message", "app_mention") and _is_own(event):
        return
    if event.type == "app_mention":
        yield from mention_calls(event)
    loaded = LoadedChannel(channel)
    for keyword, word in _keywords(event):
        if hears(keyword, event):
            yield HandlerCall(keyword.name, partial(_keyword, keyword, event, word, loaded))
    for handler in events.find(event.type):
        if handler.wants(event.body) and hears(handler, event):
            yield HandlerCall(handler.name, partial(_event, handler.fn, event, loaded))


def _channel_event(event: payloads.Event) -> None:
    if event.type == "channel_id_changed":
        channel_ids.changed(event.channel_id, event.new_channel_id)
    else:
        channel_ids.deleted(event.channel_id)


def _is_own(event: payloads.Event) -> bool:
    """Return whether our own bot wrote it, by the envelope or else by the bot's ids."""
    if event.own or not event.bot_id:
        return event.own
    try:
        ours = identity.workspace()
    except SlackError:
        logger.info("The bot's id is not known; treating the message as another's", exc_info=True)
        return False
    return event.bot_id == ours["bot_id"]


def _event(fn: Callable[..., None], event: payloads.Event, loaded: LoadedChannel) -> None:
    fn(incident_of(loaded.take()), event.body)


def _keyword(handler: Handler, event: payloads.Event, word: str, loaded: LoadedChannel) -> None:
    text = event.text or message_content.as_plain(event.body)
    call_keyword_handler(handler, loaded.take(), event.user_id, word, text, event.ts)


def _store_user(event: payloads.Event) -> None:
    user = event.body.get("user")
    if isinstance(user, dict) and user.get("id"):
        store_profile(profile_of(user))


# Buttons


def button_of(press: payloads.ButtonPress) -> ButtonHandler | None:
    """Return the handler of a button press, or None."""
    return buttons.find(press.action_id)


def _button_calls(press: payloads.ButtonPress) -> Iterator[HandlerCall]:
    handler = button_of(press)
    if handler is None:
        # A link button, or a button whose handler the project has removed.
        logger.info("No @action_handler(%r); the press is ignored", press.action_id)
        return
    yield HandlerCall(handler.name, partial(press_button, handler, press))


def press_button(handler: ButtonHandler, press: payloads.ButtonPress) -> None:
    """Call a button's handler; notify the person if Slack did not open the form."""
    incident = _incident_of(press)
    if incident is None:
        send_ephemeral(
            press.channel_id,
            press.user_id,
            _("This button belongs to an incident that no longer exists."),
            response_url=press.response_url,
        )
        return
    context = ActionContext(
        incident=incident,
        user_id=press.user_id,
        message=press.message,
        value=press.value,
        trigger_id=press.trigger_id,
        response_url=press.response_url,
        channel_id=press.channel_id,
    )
    with interaction_context.activate(press.channel_id, press.response_url):
        try:
            handler.fn(context)
        except FormNotOpened as error:
            logger.warning("%s", error, extra={"incident_id": incident.pk})
            notify.form_not_opened(press.origin, error)


def _incident_of(press: payloads.ButtonPress) -> Incident | None:
    channel = channel_of_incident(press.channel_id)
    if channel is not None:
        return incident_of(channel)
    pk = button_values.incident_id_in(press.value)
    return Incident.objects.with_people().filter(pk=pk).first() if pk else None


# Shortcuts


def _shortcut_calls(used: payloads.MessageShortcut) -> Iterator[HandlerCall]:
    yield HandlerCall(used.callback_id, partial(_add_to_timeline, used))


def _add_to_timeline(used: payloads.MessageShortcut) -> None:
    timeline_marks.add_by_shortcut(
        channel_of_incident(used.channel_id),
        used.user_id,
        used.channel_id,
        used.message,
        used.action_ts,
        used.response_url,
    )


# Forms


def _form_calls(form: payloads.Submission) -> Iterator[HandlerCall]:
    handler = dialogs.find(form.callback_id)
    if handler is None:
        logger.warning(
            "No handler for the form %r. To handle it, write @dialog_handler(%r) above a "
            "function of (user_id, channel_id, submission, response_url, state)",
            form.callback_id,
            form.callback_id,
        )
        return
    if form.user_id:
        # Before the handler's transaction: it may ask Slack, and must have written nothing by then.
        with atomic():
            get_or_create_user(form.user_id, form.user_name)
    yield HandlerCall(handler.name, partial(_submit, handler.fn, form))


def _submit(fn: Callable[..., Any], form: payloads.Submission) -> None:
    with interaction_context.activate(form.channel_id, form.response_url):
        fn(form.user_id, form.channel_id, form.values, form.response_url, form.state)
