"""The handlers of the built-in buttons."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from response.core import overdue, visibility, working_time
from response.core.models import ExternalUser, Severity, Status
from response.core.models.user_external import SLACK
from response.slack.decorators import ActionContext, action_handler
from response.slack.features import closing, pending_edits, people
from response.slack.jobs import requests
from response.slack.jobs.messages import replace_message, send_ephemeral
from response.slack.render import (
    controls,
    detail_fields,
    forms,
    interaction_context,
    overdue_messages,
    questions,
)
from response.slack.render.dialog_builder import FormNotOpened
from response.slack.render.incident_view import IncidentView, mention, slack_id
from response.slack.text import button_values
from response.slack.text.limits import INPUT_VALUE
from response.slack.text.mrkdwn import length

logger = logging.getLogger(__name__)

Handler = Callable[[ActionContext], None]


def viewers_only(fn: Handler) -> Handler:
    """Refuse the button of a private incident to people who may not see the incident."""

    @wraps(fn)
    def guarded(context: ActionContext) -> None:
        if people.can_view_incident(context.incident, context.user_id, context.channel_id):
            fn(context)
        else:
            say(
                context,
                str(visibility.REFUSED),
            )

    return guarded


@action_handler(controls.CREATE_CHANNEL)
@viewers_only
def create_comms_channel(context: ActionContext) -> None:
    """Queue making the comms channel, or inviting the person to the existing one."""
    requests.make_comms_channel(
        context.incident.pk,
        context.user_id,
        channel_id=context.channel_id,
        response_url=context.response_url,
    )


@action_handler(controls.EDIT, opens_form=True)
@viewers_only
def edit(context: ActionContext) -> None:
    """Open the form that edits the incident."""
    form = forms.edit(context.incident)
    form.send_open_dialog(forms.EDIT, context.trigger_id)


@action_handler(controls.CLOSE)
@viewers_only
def close(context: ActionContext) -> None:
    """Close the incident; open a form for what is required at closing and missing, if any."""
    if not context.incident.is_closed() and context.incident.missing_at_closing():
        _ask_for_missing(context)
    elif not context.incident.close():
        say(context, _("This incident is already closed."))


def _ask_for_missing(context: ActionContext) -> None:
    """Open the form for what is missing; if Slack does not open it, list it in a message."""
    missing = closing.missing_fields_message(context.incident)
    if context.trigger_id and detail_fields.for_closing(context.incident).elements:
        try:
            forms.closing(context.incident).send_open_dialog(forms.CLOSING, context.trigger_id)
        except FormNotOpened:
            logger.info("The form for closing was not opened; there is a button", exc_info=True)
        else:
            return
    say(context, **missing.arguments())


@action_handler(controls.FILL_IN_AND_CLOSE, opens_form=True)
@viewers_only
def fill_in_and_close(context: ActionContext) -> None:
    """Open the form for what is required at closing."""
    if context.incident.is_closed():
        say(context, _("This incident is already closed."))
        return
    form = forms.closing(context.incident, button_values.status_in(context.value))
    form.send_open_dialog(forms.CLOSING, context.trigger_id)


@action_handler(controls.REOPEN)
@viewers_only
def reopen(context: ActionContext) -> None:
    """Reopen the incident."""
    if not context.incident.reopen():
        say(context, _("This incident is already live."))


@action_handler(overdue_messages.SNOOZE)
def snooze_actions(context: ActionContext) -> None:
    """Put off the reminders of the person's overdue actions for some days."""
    person = ExternalUser.objects.filter(app_id=SLACK, external_id=context.user_id).first()
    until = None
    if person is not None:
        for action in overdue.actions(timezone.now()).filter(user=person):
            until = overdue.snooze(action)
    if until is None:
        say(context, _("None of your actions is overdue now."))
        return
    text = _("💤 You will not be reminded of these until %(day)s.") % {
        "day": date_format(working_time.local(until), "l, j F")
    }
    _answer(context, text)


@action_handler(controls.CHANGE_SUMMARY, opens_form=True)
@viewers_only
def change_summary(context: ActionContext) -> None:
    """Open the form for the summary, filled with the proposed text or the present one."""
    _open_text_form(context, "summary", forms.SUMMARY)


@action_handler(controls.CHANGE_IMPACT, opens_form=True)
@viewers_only
def change_impact(context: ActionContext) -> None:
    """Open the form for the impact, filled with the proposed text or the present one."""
    _open_text_form(context, "impact", forms.IMPACT)


def _open_text_form(context: ActionContext, field: str, callback_id: str) -> None:
    proposed = pending_edits.load(context.value)
    present = proposed or getattr(context.incident, field) or ""
    if length(present) > INPUT_VALUE:
        # A form would show only its beginning, and saving that would lose the rest.
        say(
            context,
            _(
                "This text is too long for a Slack form (3,000 characters). Please edit it on the "
                "incident's page."
            ),
        )
        return
    question = str(context.message.get("ts") or "")
    form = forms.text(context.incident, field, present, context.channel_id, question)
    form.send_open_dialog(callback_id, context.trigger_id)


@action_handler(controls.TAKE_SUMMARY)
@viewers_only
def take_summary(context: ActionContext) -> None:
    """Replace the summary with the proposed one."""
    _take(context, "summary", _("✅ %(who)s changed the summary."))


@action_handler(controls.TAKE_IMPACT)
@viewers_only
def take_impact(context: ActionContext) -> None:
    """Replace the impact with the proposed one."""
    _take(context, "impact", _("✅ %(who)s changed the impact."))


def _take(context: ActionContext, field: str, sentence: str) -> None:
    proposed = pending_edits.load(context.value)
    if not proposed:
        say(context, _("That proposal has expired; please type it again."))
        return
    setattr(context.incident, field, proposed)
    with interaction_context.seen_by_all():
        context.incident.save()
    text = sentence % {"who": f"<@{context.user_id}>"}
    _answer(context, text)


@action_handler(controls.TAKE_LEAD)
@viewers_only
def take_lead(context: ActionContext) -> None:
    """Make the person who pressed it the lead; ask first if another came since it was shown."""
    incident = context.incident
    if slack_id(incident.lead) == context.user_id:
        say(context, _("You already lead this incident."))
        return
    if incident.lead and button_values.shown_lead(context.value) != mention(incident.lead):
        _ask_to_take_over(context)
        return
    try:
        person = people.require_human(people.get_or_create_user(context.user_id))
    except people.UnknownPerson as error:
        say(context, str(error))
        return
    incident.lead = person
    if not _is_question(context):
        incident.save()  # the channel is told as of any change
        return
    with interaction_context.seen_by_all():
        incident.save()
    text = _("%(who)s leads this incident.") % {"who": f"<@{context.user_id}>"}
    _answer(context, text)


def _ask_to_take_over(context: ActionContext) -> None:
    view = IncidentView.from_incident(context.incident)
    text = _("%(who)s leads this incident now.") % {"who": view.lead}
    question = questions.question(text, [controls.take_lead_button(view, _("Take over the lead"))])
    say(context, **question.arguments())


def _is_question(context: ActionContext) -> bool:
    """Return whether the button belongs to a question that its answer replaces."""
    channel = context.incident.comms_channel()
    if channel is None or channel.channel_id != context.channel_id:
        return False
    ts = context.message.get("ts")
    return bool(ts) and ts != channel.welcome_ts


@action_handler(controls.SEVERITY)
@viewers_only
def choose_severity(context: ActionContext) -> None:
    """Set the severity that was chosen."""
    value = button_values.severity_in(context.value)
    row = Severity.with_key(value)
    if row is None or (row.retired and value != context.incident.severity):
        say(context, _("That severity no longer exists."))
        return
    context.incident.severity = value
    context.incident.save()


@action_handler(controls.STATUS)
@viewers_only
def choose_status(context: ActionContext) -> None:
    """Set the status that was chosen, unless the incident has been closed or reopened since."""
    row = Status.with_key(button_values.status_in(context.value))
    if row is None or (row.retired and row.key != context.incident.status_key):
        say(context, _("That status no longer exists."))
    elif row.category != context.incident.category():
        say(
            context,
            _("This incident is already closed.")
            if context.incident.is_closed()
            else _("This incident is live again."),
        )
    else:
        context.incident.set_status(row)


@action_handler(controls.DISMISS)
@viewers_only
def dismiss(context: ActionContext) -> None:
    """Replace the question with the answer that nothing was changed."""
    text = _("Nothing was changed (%(who)s).") % {"who": f"<@{context.user_id}>"}
    _answer(context, text)


def say(context: ActionContext, text: str, **extra: Any) -> None:
    """Tell the person who pressed the button, and no one else; ``extra`` is for the message."""
    send_ephemeral(
        context.channel_id,
        context.user_id,
        text,
        response_url=context.response_url,
        incident=context.incident.pk,
        **extra,
    )


def _answer(context: ActionContext, text: str) -> None:
    """Replace the question whose button was pressed with ``text``, which all can read."""
    replace_message(
        context.channel_id, context.message.get("ts"), text, incident=context.incident.pk
    )
