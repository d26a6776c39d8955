"""The built-in commands of an incident's channel."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from response.core.models import Action, Incident
from response.slack.decorators import incident_command
from response.slack.decorators.incident_command import commands
from response.slack.features import help_text, lifecycle, pending_edits, people
from response.slack.jobs.messages import post_message
from response.slack.render import messages
from response.slack.render.block_kit import Button
from response.slack.render.incident_view import mention
from response.slack.text import mrkdwn
from response.slack.text.mrkdwn import outgoing
from response.slack.text.translation import to_markdown, to_mrkdwn

Reply = tuple[bool, str | None]


@incident_command(["help"], helptext=gettext_lazy("List the commands"), example="help lead")
def help_command(incident: Incident, user_id: str, message: str) -> Reply:
    """All commands, or one with its example."""
    if not message:
        return True, help_text.everything()
    return commands.find(message.casefold()) is not None, help_text.one(message)


@incident_command(
    ["lead"], helptext=gettext_lazy("Say who leads the incident"), example="lead @someone"
)
def lead(incident: Incident, user_id: str, message: str) -> Reply:
    """A person, nobody (``none``), or whoever asks."""
    if message.strip().casefold() in ("none", "nobody"):
        incident.lead = None
    elif not message or message.strip().casefold() == "me":
        if not user_id:
            return False, _("Say who: `lead @someone`. What writes here by itself cannot lead.")
        try:
            incident.lead = people.lead_with_id(user_id)
        except people.UnknownPerson as error:
            return False, str(error)
    else:
        try:
            incident.lead = people.resolve_user(message)
        except people.UnknownPerson as error:
            return False, str(error)
    incident.save()
    if incident.lead is None:
        return True, _("Nobody leads this incident now.")
    return True, _("%(who)s leads this incident.") % {"who": mention(incident.lead)}


@incident_command(
    ["severity", "sev"],
    helptext=gettext_lazy("Say how bad it is"),
    example="severity major",
)
def severity(incident: Incident, user_id: str, message: str) -> Reply:
    """By word or number."""
    wanted = message.strip().casefold().removeprefix("sev").strip(" -")
    for value, text in Incident.SEVERITIES:
        if wanted in (value, str(text).casefold()):
            incident.severity = value
            incident.save()
            return True, None
    known = ", ".join(f"`{text}` ({value})" for value, text in Incident.SEVERITIES)
    if not wanted:
        present = incident.severity_text()
        return bool(present), _("The severity is *%(present)s*. It can be %(known)s.") % {
            "present": outgoing(present) if present else _("not set yet"),
            "known": known,
        }
    return False, _("I know no such severity. It can be %(known)s.") % {"known": known}


@incident_command(
    ["rename"],
    helptext=gettext_lazy("Rename this channel"),
    example="rename checkout-down",
)
def rename(incident: Incident, user_id: str, message: str) -> Reply:
    """The channel, not the incident."""
    if not message:
        return False, _("Say what this channel should be called: `rename checkout-down`.")
    try:
        incident.comms_channel().rename(people.readable(message))
    except ValueError:
        return False, _("Slack takes only letters a–z, digits, - and _ in a channel's name.")
    return True, None


@incident_command(
    ["duration", "dur"],
    helptext=gettext_lazy("How long has this been going on?"),
    example="duration",
)
def duration(incident: Incident, user_id: str, message: str) -> Reply:
    """From its start to its end, or until now."""
    return True, _("⏱️ %(duration)s") % {"duration": incident.duration()}


@incident_command(["close"], helptext=gettext_lazy("Close this incident"), example="close")
def close(incident: Incident, user_id: str, message: str) -> Reply:
    """End it."""
    if lifecycle.close(incident, user_id):
        return True, None
    return True, _("This incident was closed already.")


@incident_command(["reopen"], helptext=gettext_lazy("Take the closing back"), example="reopen")
def reopen(incident: Incident, user_id: str, message: str) -> Reply:
    """Make it live again."""
    if lifecycle.reopen(incident, user_id):
        return True, None
    return True, _("This incident is live already.")


@incident_command(
    ["summary"],
    helptext=gettext_lazy("Tell what is going on, or see what is known"),
    example="summary The cache is full, we are adding nodes",
)
def summary(incident: Incident, user_id: str, message: str) -> Reply:
    """Show or propose the summary."""
    return _long_text(incident, "summary", _("summary"), message)


@incident_command(
    ["impact"],
    helptext=gettext_lazy("Tell who is affected, or see what is known"),
    example="impact One checkout in five fails",
)
def impact(incident: Incident, user_id: str, message: str) -> Reply:
    """Show or propose the impact."""
    return _long_text(incident, "impact", _("impact"), message)


_BUTTONS = {
    "summary": (messages.CHANGE_SUMMARY, messages.TAKE_SUMMARY),
    "impact": (messages.CHANGE_IMPACT, messages.TAKE_IMPACT),
}


def _long_text(incident: Incident, field: str, label: str, proposed: str) -> Reply:
    present = getattr(incident, field) or ""
    text = to_markdown(proposed)
    if text and not present:
        setattr(incident, field, text)
        incident.save()
        return True, None
    change, take = _BUTTONS[field]
    value = pending_edits.store(incident.pk, text) if text else str(incident.pk)
    question = messages.text_question(
        label,
        present,
        text,
        Button(_("Change") if present or text else _("Write it"), change, value=value),
        Button(_("Yes"), take, value=value, style="primary") if text else None,
    )
    channel = incident.comms_channel()
    post_message(channel.channel_id, incident=incident.pk, **question.arguments())
    return True, None


@incident_command(
    ["action", "actions"],
    helptext=gettext_lazy("Note what is left to do, or list it"),
    example="action Add an alert for disk space",
)
def action(incident: Incident, user_id: str, message: str) -> Reply:
    """Note one, tick one off (``action done 2``), or list them."""
    words = message.split()
    if not words:
        return True, _listed(incident)
    if len(words) == 2 and words[0].casefold() in ("done", "undone") and words[1].isdecimal():
        return _tick_off(incident, int(words[1]), done=words[0].casefold() == "done")
    owner, details = user_id, message
    mentioned = mrkdwn.USER.match(message)
    if mentioned and message[mentioned.end() :].strip():
        owner, details = mentioned[1], message[mentioned.end() :].strip()
    if not owner:
        return False, _("Say whose it is: `action @someone Add an alert for disk space`.")
    Action.objects.create(
        incident=incident, details=to_markdown(details), user=people.get_or_create_user(owner)
    )
    return True, None


def _listed(incident: Incident) -> str:
    items = list(incident.action_items())
    if not items:
        return _("Nothing is noted yet. `action Add an alert for disk space` notes something.")
    return messages.lines(
        f"{number}. {'✅' if item.done else '⬜'} {to_mrkdwn(item.details)} ({mention(item.user)})"
        for number, item in enumerate(items, start=1)
    )


def _tick_off(incident: Incident, number: int, done: bool) -> Reply:
    items = list(incident.action_items())
    if not 1 <= number <= len(items):
        return False, _("There is no action %(number)d; `action` lists them.") % {"number": number}
    items[number - 1].done = done
    items[number - 1].save()
    return True, None
