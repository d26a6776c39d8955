"""Posting updates, subscribing to them, and snoozing the question for the next one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from response.core import visibility
from response.core.models import Incident, Subscription, Update
from response.slack.decorators import (
    ActionContext,
    action_handler,
    dialog_handler,
    incident_command,
)
from response.slack.decorators.form_error import FormError
from response.slack.features import people, update_reminders
from response.slack.handlers.buttons import say, viewers_only
from response.slack.jobs.messages import post_message
from response.slack.render import (
    controls,
    interaction_context,
    questions,
    update_forms,
    updates,
)
from response.slack.text import button_values
from response.slack.text.translation import to_markdown

Reply = tuple[bool | None, str | None]
Values = dict[str, str | None]


# Posting


@incident_command(
    ["update"],
    helptext=gettext_lazy("Post an update, or show the latest one"),
    example="update The cache is full, we are adding nodes",
)
def update(incident: Incident, user_id: str, message: str) -> Reply:
    """Post an update; without a text, show the newest one."""
    text = to_markdown(message)
    if not text:
        shown = updates.newest(updates.UpdateView.newest_of(incident), incident.pk)
        post_message(
            incident.comms_channel().channel_id,
            incident=incident.pk,
            thread_ts=interaction_context.thread_ts() or None,
            **shown.arguments(),
        )
        return True, None
    try:
        Update.objects.post(incident, text)
    except ValidationError as error:
        return False, " ".join(error.messages)
    return True, None


@action_handler(controls.POST_UPDATE, opens_form=True)
@viewers_only
def open_form(context: ActionContext) -> None:
    """Open the form for an update."""
    form = update_forms.post_update(context.incident.pk)
    form.send_open_dialog(update_forms.POST_UPDATE, context.trigger_id)


@dialog_handler(update_forms.POST_UPDATE)
def post_update(
    user_id: str, channel_id: str, submission: Values, response_url: str, state: str
) -> None:
    """Store the update of a form."""
    pk = button_values.incident_id_in(state)
    incident: Incident | None = Incident.objects.with_people().filter(pk=pk).first()
    if incident is None:
        raise FormError({"known": _("This incident no longer exists.")})
    if not people.can_view_incident(incident, user_id, channel_id):
        raise FormError({"known": str(visibility.REFUSED)})
    chosen = submission.get("next_update")
    minutes = next((minutes for minutes in update_forms.NEXT_IN if str(minutes) == chosen), None)
    next_update = timezone.now() + timedelta(minutes=minutes) if minutes is not None else None
    try:
        Update.objects.post(
            incident,
            submission.get("known") or "",
            doing=submission.get("doing") or "",
            needed=submission.get("needed") or "",
            next_update=next_update,
        )
    except ValidationError as error:
        raise FormError({n: " ".join(texts) for n, texts in error.message_dict.items()}) from error


# Subscribing


@action_handler(controls.SUBSCRIBE)
@viewers_only
def subscribe(context: ActionContext) -> None:
    """Subscribe the person, and offer to take that back."""
    new = Subscription.objects.subscribe(
        context.incident, people.get_or_create_user(context.user_id)
    )
    message = (
        _("🔔 You will get updates on this incident as direct messages.")
        if new
        else _("🔔 You already get updates on this incident.")
    )
    question = questions.question(message, [controls.unsubscribe_button(context.incident.pk)])
    say(context, **question.arguments())


@action_handler(controls.UNSUBSCRIBE)
def unsubscribe(context: ActionContext) -> None:
    """Take the person's subscription back."""
    person = people.get_or_create_user(context.user_id)
    Subscription.objects.unsubscribe(context.incident, person)
    say(context, _("🔕 You no longer get updates on this incident."))


@incident_command(
    ["subscribe"],
    helptext=gettext_lazy("Get updates as direct messages"),
    example="subscribe",
)
def subscribe_command(incident: Incident, user_id: str, message: str) -> Reply:
    """Subscribe the writer."""
    if not user_id:
        return False, None
    Subscription.objects.subscribe(incident, people.get_or_create_user(user_id))
    return True, None


@incident_command(
    ["unsubscribe"], helptext=gettext_lazy("Stop getting updates"), example="unsubscribe"
)
def unsubscribe_command(incident: Incident, user_id: str, message: str) -> Reply:
    """Take the writer's subscription back."""
    if not user_id:
        return False, None
    Subscription.objects.unsubscribe(incident, people.get_or_create_user(user_id))
    return True, None


# Putting off


def _snooze_for(minutes: int) -> Callable[[ActionContext], None]:
    @viewers_only
    def snooze(context: ActionContext) -> None:
        """Put the question for an update off."""
        until = update_reminders.snooze(context.incident, minutes, f"<@{context.user_id}>")
        if until is None:
            say(context, _("No update is due now."))

    return snooze


for _action_id, _minutes, _words in updates.SNOOZES:
    action_handler(_action_id, _snooze_for(_minutes))
