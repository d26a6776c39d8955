"""Who handles this? From a stored request to the handlers that concern it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from response import log_context
from response.core.models import Incident
from response.slack.decorators.action_handler import ActionContext, ButtonHandler, buttons
from response.slack.decorators.dialog_handler import dialogs
from response.slack.decorators.event_handler import events
from response.slack.decorators.incident_command import Command, commands, parse
from response.slack.decorators.keyword_handler import matching
from response.slack.decorators.registry import where
from response.slack.features import channel_ids, help_text, notify, pending_edits
from response.slack.features.people import get_or_create_user
from response.slack.handlers.events import HUMAN_SUBTYPES
from response.slack.inbound import payloads
from response.slack.jobs.messages import add_reaction, post_message, send_ephemeral
from response.slack.models import CommsChannel, InboxRequest
from response.slack.render import interaction_context
from response.slack.render.dialog_builder import FormNotOpened
from response.slack.text import message_content, mrkdwn
from response.slack.web_api import identity
from response.slack.web_api.client import profile_of
from response.slack.web_api.errors import SlackError
from response.slack.web_api.user_cache import store_profile

logger = logging.getLogger(__name__)

#: Events that concern us wherever they happen, and how they are handled.
WORKSPACE_EVENTS = frozenset({"user_change", "app_mention"})
#: Events about a channel itself, which may also be the one of the headlines.
CHANNEL_EVENTS = frozenset({"channel_id_changed", "channel_deleted", "group_deleted"})


@dataclass(frozen=True)
class HandlerCall:
    """One handler's part of a request, under the name by which it is noted as done."""

    name: str
    run: Callable[[], None]


def handler_calls(request: InboxRequest) -> list[HandlerCall]:
    """What has to be done for a request, in order. Raises ``payloads.Unreadable``."""
    payload = json.loads(request.payload)
    if request.kind == InboxRequest.COMMAND:
        return list(_command_calls(payloads.Command.read(payload)))
    if request.kind == InboxRequest.EVENT:
        return list(_event_calls(payloads.Event.read(payload)))
    if request.type == "block_actions":
        return list(_button_calls(payloads.ButtonPress.read(payload)))
    if request.type in ("view_submission", "dialog_submission"):
        return list(_form_calls(payloads.Submission.read(payload)))
    return []


def channel_of_incident(channel_id: str) -> CommsChannel | None:
    """The comms channel with this id, with its incident and its people."""
    if not channel_id:
        return None
    return (
        CommsChannel.objects.select_related("incident__reporter", "incident__lead")
        .filter(channel_id=channel_id)
        .order_by("-pk")
        .first()
    )


def incident_of(channel: CommsChannel) -> Incident:
    """The incident of a channel, knowing its channel without a further query."""
    incident = channel.incident
    incident.commschannel = channel
    log_context.note(incident_id=incident.pk)
    return incident


# Events


def _event_calls(event: payloads.Event) -> Iterator[HandlerCall]:
    if event.type == "user_change":
        yield HandlerCall("user_change", partial(_store_user, event))
    channel = channel_of_incident(event.channel_id)
    if event.type in CHANNEL_EVENTS:
        yield HandlerCall(event.type, partial(_channel_event, event))
        event = replace(event, channel_id=event.new_channel_id or event.channel_id)
    if channel is None:
        if event.type == "app_mention" and not _is_own(event):
            yield HandlerCall("mention outside", partial(_mention_outside, event))
        return
    if event.type in ("message", "app_mention") and _is_own(event):
        return
    if event.type == "app_mention":
        yield HandlerCall("command", partial(_mention, event))
    if event.type == "message" and event.subtype in HUMAN_SUBTYPES | {"bot_message"}:
        for handler, word in matching(message_content.as_plain(event.body)):
            yield HandlerCall(handler.name, partial(_keyword, handler.fn, event, word))
    for handler in events.find(event.type):
        yield HandlerCall(handler.name, partial(_event, handler.fn, event))


def _channel_event(event: payloads.Event) -> None:
    if event.type == "channel_id_changed":
        channel_ids.changed(event.channel_id, event.new_channel_id)
    else:
        channel_ids.deleted(event.channel_id)


def _is_own(event: payloads.Event) -> bool:
    """Whether we said it. Where the envelope does not tell, the ids of our bot do."""
    if event.own or not event.bot_id:
        return event.own
    try:
        ours = identity.workspace()
    except SlackError:
        logger.info("The bot's id is not known; taking it for another's", exc_info=True)
        return False
    return event.bot_id == ours["bot_id"]


def _event(fn: Callable[..., None], event: payloads.Event) -> None:
    channel = _still_there(event.channel_id)
    fn(incident_of(channel), event.body)


def _keyword(fn: Callable[..., None], event: payloads.Event, word: str) -> None:
    text = event.text or message_content.as_plain(event.body)
    fn(_still_there(event.channel_id), event.user_id, word, text, event.ts)


def _still_there(channel_id: str) -> CommsChannel:
    channel = channel_of_incident(channel_id)
    if channel is None:
        raise LookupError(f"The comms channel {channel_id} was deleted")
    return channel


def _store_user(event: payloads.Event) -> None:
    user = event.body.get("user")
    if isinstance(user, dict) and user.get("id"):
        store_profile(profile_of(user))


# Commands


def words_for_bot(text: str) -> str:
    """What a mention says to the bot: all that stands behind the first mention of it.

    Without a known id (Slack cannot be asked just now) the first mention counts.
    """
    try:
        bot = identity.bot_user_id()
    except Exception:
        logger.info("The bot's id is not known; taking the first mention for it", exc_info=True)
        bot = ""
    for match in mrkdwn.USER.finditer(text):
        if not bot or match[1] == bot:
            return text[match.end() :].strip()
    return text.strip()


def _mention(event: payloads.Event) -> None:
    incident = incident_of(_still_there(event.channel_id))
    name, message = parse(words_for_bot(event.text))
    command = commands.find(name or "help")
    thread = event.thread_ts or None
    if command is None:
        add_reaction(event.channel_id, event.ts, "question", incident=incident.pk)
        asker = "" if event.bot_id else event.user_id
        _send_ephemeral(event.channel_id, asker, help_text.unknown(name), incident, thread)
        return
    with interaction_context.activate(event.channel_id, ""):
        handled, reply = run_command(command, incident, event.user_id, message)
    emoji = "white_check_mark" if handled else "question"
    add_reaction(event.channel_id, event.ts, emoji, incident=incident.pk)
    if reply:
        post_message(event.channel_id, reply, incident=incident.pk, thread_ts=thread)


def run_command(
    command: Command, incident: Incident, user_id: str, message: str
) -> tuple[bool, str | None]:
    """Call a command's function. Raises ``TypeError`` if it returns something else."""
    answer = command.fn(incident, user_id, message)
    if answer is None:
        return True, None
    if isinstance(answer, tuple) and len(answer) == 2:
        handled, reply = answer
        return bool(handled), str(reply) if reply else None
    raise TypeError(
        f"{where(command.fn)} returned {answer!r}; an incident command returns "
        "(handled, reply), for instance (True, None)"
    )


def _mention_outside(event: payloads.Event) -> None:
    if event.bot_id:
        return  # no person asked
    text = _(
        "I listen to commands in an incident's channel, and this is none. Type `/incident "
        "Something is wrong` to declare an incident, or `/incident list` to find one."
    )
    _send_ephemeral(event.channel_id, event.user_id, text, None, event.thread_ts or None)


def _send_ephemeral(
    channel_id: str, user_id: str, text: str, incident: Incident | None, thread: str | None
) -> None:
    if not user_id:
        return
    extra = {"thread_ts": thread} if thread else {}
    send_ephemeral(channel_id, user_id, text, incident=incident.pk if incident else None, **extra)


def _command_calls(slash: payloads.Command) -> Iterator[HandlerCall]:
    yield HandlerCall("command", partial(_slash, slash))


def _slash(slash: payloads.Command) -> None:
    """A slash command in an incident's channel: what the same words to the bot would do."""
    incident = incident_of(_still_there(slash.channel_id))
    name, message = parse(slash.text)
    command = commands.find(name or "help")
    say = partial(
        send_ephemeral,
        slash.channel_id,
        slash.user_id,
        response_url=slash.response_url,
        incident=incident.pk,
    )
    if command is None:
        hint = _("To declare another incident from here: `%(command)s new %(text)s`") % {
            "command": slash.command,
            "text": help_text.quoted(slash.text, 100),
        }
        say(f"{help_text.unknown(name)}\n{hint}")
        return
    with interaction_context.activate(slash.channel_id, slash.response_url):
        handled, reply = run_command(command, incident, slash.user_id, message)
    if reply and handled and command.key != "help":
        post_message(slash.channel_id, reply, incident=incident.pk)
    elif reply:
        say(reply)
    else:
        mark = "✅" if handled else "❓"
        say(f"{mark} `{help_text.quoted(slash.text, 200)}`")


# Buttons


def button_of(press: payloads.ButtonPress) -> ButtonHandler | None:
    """The handler of a press."""
    return buttons.find(press.action_id)


def _button_calls(press: payloads.ButtonPress) -> Iterator[HandlerCall]:
    handler = button_of(press)
    if handler is None:
        # A link button, or one of a handler that the project has removed.
        logger.info("No @action_handler(%r); the press is ignored", press.action_id)
        return
    yield HandlerCall(handler.name, partial(press_button, handler, press))


def press_button(handler: ButtonHandler, press: payloads.ButtonPress) -> None:
    """Call a button's handler; a form that Slack did not open is told to the person."""
    incident = _incident_of(press)
    if incident is None:
        send_ephemeral(
            press.channel_id,
            press.user_id,
            _("This button belongs to an incident that does not exist any more."),
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
    pk = pending_edits.incident_id_in(press.value)
    return Incident.objects.with_people().filter(pk=pk).first() if pk else None


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
    yield HandlerCall(handler.name, partial(_submit, handler.fn, form))


def _submit(fn: Callable[..., Any], form: payloads.Submission) -> None:
    if form.user_id:
        get_or_create_user(form.user_id, form.user_name)
    with interaction_context.activate(form.channel_id, form.response_url):
        fn(form.user_id, form.channel_id, form.values, form.response_url, form.state)
