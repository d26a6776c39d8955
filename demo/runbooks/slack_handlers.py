"""What the runbooks app adds to Response. Found by its name; see docs/extending.md.

Its buttons, forms, answers and reminders say that they are an example.
"""

from __future__ import annotations

from response.core.models import Incident, TimelineEvent
from response.slack.block_kit import Button
from response.slack.decorators import (
    ActionContext,
    action_handler,
    dialog_handler,
    headline_post_action,
    incident_command,
    keyword_handler,
    single_notification,
    slack_event,
)
from response.slack.dialog_builder import Dialog, SelectWithOptions, TextArea
from response.slack.forms import FormError
from response.slack.models import CommsChannel, HeadlinePost
from response.slack.text.mrkdwn import outgoing

RUNBOOKS = {
    "checkout": "https://runbooks.example.com/checkout",
    "database": "https://runbooks.example.com/database",
}


@incident_command(
    ["runbook", "rb"], helptext="Find a runbook (example)", example="runbook checkout"
)
def runbook(incident: Incident, user_id: str, message: str) -> tuple[bool, str]:
    """Show the link to a runbook, or the list of them."""
    name = message.strip().lower()
    if name in RUNBOOKS:
        return True, f"📖 {RUNBOOKS[name]} (example)"
    known = ", ".join(f"`{n}`" for n in RUNBOOKS)
    return not name, f"There are runbooks for {known} (example)."


@keyword_handler(["customer", "customers"])
def think_of_customers(
    comms_channel: CommsChannel, user: str, keyword: str, text: str, ts: str
) -> None:
    """Post a hint in the thread of anyone who mentions customers."""
    comms_channel.post_in_channel(
        "📣 “Tell customers” in the headline publishes a note (example).", thread_ts=ts
    )


@headline_post_action(order=250)
def tell_customers_button(headline_post: HeadlinePost) -> Button | None:
    """Return the button, while the incident is live."""
    incident = headline_post.incident
    if incident.is_closed() or incident.report_only:
        return None
    return Button("📣 Tell customers (example)", "tell-customers", value=str(incident.pk))


@action_handler("tell-customers", opens_form=True)
def open_note_form(context: ActionContext) -> None:
    """Open the form that asks what to say."""
    form = Dialog(
        title="Example: tell customers",
        submit_label="Publish",
        state=context.incident.pk,
        elements=[
            SelectWithOptions(
                [("We are looking into it", "investigating"), ("It is fixed", "fixed")],
                label="How it stands",
                name="state",
                value="investigating",
            ),
            TextArea(label="Note", name="note", hint="Customers read this as it is."),
        ],
    )
    form.send_open_dialog("customer-note", context.trigger_id)


@dialog_handler("customer-note")
def publish_note(
    user_id: str,
    channel_id: str,
    submission: dict[str, str | None],
    response_url: str,
    state: str,
) -> None:
    """Put the note into the timeline and below the headline."""
    note = submission["note"] or ""
    if len(note) < 10:
        raise FormError({"note": "Say a little more: customers read this."})
    incident = Incident.objects.get(pk=state)
    TimelineEvent.objects.create(
        incident=incident, text=f"Told customers: {note}", event_type="text"
    )
    incident.headlinepost.post_to_thread(
        f"📣 <@{user_id}> told customers (example): {outgoing(note)}"
    )


@slack_event("reaction_added")
def looking_into_timeline(incident: Incident, event: dict) -> None:
    """Note in the timeline a message that got a 👀."""
    if event.get("reaction") == "eyes":
        TimelineEvent.objects.create(
            incident=incident,
            text=f"<@{event['user']}> is looking into a message",
            event_type="text",
        )


@single_notification(initial_delay_mins=15)
def remind_of_customers(incident: Incident) -> bool | None:
    """Once, if nothing was told by then."""
    if incident.timeline_events().filter(text__startswith="Told customers").exists():
        return False
    incident.comms_channel().post_in_channel("📣 Do customers know about this yet? (example)")
    return None
