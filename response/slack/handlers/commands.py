"""The built-in commands of an incident's channel."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from response.core.clean import is_visible
from response.core.models import Action, Incident, Severity
from response.core.models.configured import folded
from response.core.models.status import Category
from response.slack.decorators import incident_command
from response.slack.decorators.incident_command import commands
from response.slack.features import closing, help_text, pending_edits, people, typed_choices
from response.slack.jobs.messages import post_message
from response.slack.render import controls, interaction_context, questions
from response.slack.render.block_kit import Button, Message
from response.slack.render.incident_view import IncidentView, mention, slack_id
from response.slack.text import command_text, mrkdwn
from response.slack.text.translation import to_markdown, to_mrkdwn

#: Handled (None: a question was asked back), and what to say in the channel.
Reply = tuple[bool | None, str | None]


@incident_command(
    ["help"], helptext=gettext_lazy("List the commands, or explain one"), example="help lead"
)
def help_command(incident: Incident, user_id: str, message: str) -> Reply:
    """List all commands, or explain the one that is named."""
    name = command_text.word(message)
    if not name:
        return True, help_text.everything()
    return commands.find(name) is not None, help_text.one(name)


@incident_command(
    ["lead"], helptext=gettext_lazy("Say who leads the incident"), example="lead @someone"
)
def lead(incident: Incident, user_id: str, message: str) -> Reply:
    """Set the lead: the person named, the writer (without a name or with "me"), or "none".

    The writer takes a lead that is free; one that another person has is not taken away
    without asking. Nothing is answered, besides a reaction, that the message says itself.
    """
    words = command_text.word(command_text.without_courtesy(message))
    if words in ("none", "nobody", "no one"):
        incident.lead = None
        incident.save()
        if interaction_context.is_read_by_all():
            return True, None
        return True, _("This incident has no lead now.")
    if not words or words in ("me", "myself"):
        if not user_id:
            return False, _("Say who leads: `lead @someone`.")
        if not words and incident.lead and slack_id(incident.lead) != user_id:
            return _ask_to_take_lead(incident)
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
    is_said = words in ("", "me") or mrkdwn.USER.fullmatch(message.strip())
    if is_said and interaction_context.is_read_by_all():
        return True, None
    return True, _("%(who)s leads this incident.") % {"who": mention(incident.lead)}


def _ask_to_take_lead(incident: Incident) -> Reply:
    text = _("%(who)s leads this incident.") % {"who": mention(incident.lead)}
    view = IncidentView.from_incident(incident)
    button = controls.take_lead_button(view, _("Take over the lead"))
    _ask(incident, questions.question(text, [button]))
    return None, None


@incident_command(
    ["severity", "sev"],
    helptext=gettext_lazy("Say how bad it is"),
    example=lazy(
        lambda: f"severity {help_text.quoted(typed_choices.example_severity(), 80)}", str
    )(),
)
def severity(incident: Incident, user_id: str, message: str) -> Reply:
    """Set the severity, by word or number; without either, say what it is."""
    wanted = command_text.without_courtesy(message)
    for filler in ("to ", "is ", "= ", "-> "):
        wanted = wanted.removeprefix(filler)
    row = typed_choices.severity(wanted)
    if row is not None:
        incident.severity = row.key
        incident.save()
        return True, None
    known = ", ".join(
        f"`{help_text.quoted(name, 80)}`" + ("" if folded(name) == key else f" ({key})")
        for key, name in Severity.pairs()
    )
    if not command_text.word(wanted):
        present = incident.severity_text()
        if not present:
            return False, _("No severity is set yet. It can be %(known)s.") % {"known": known}
        return True, _("The severity is *%(present)s*. It can be %(known)s.") % {
            "present": mrkdwn.escape(present),
            "known": known,
        }
    return False, _("`%(typed)s` is not a severity here. It can be %(known)s.") % {
        "typed": help_text.quoted(wanted, 50),
        "known": known,
    }


@incident_command(
    ["status"],
    helptext=gettext_lazy("Say where it stands"),
    example=lazy(lambda: f"status {help_text.quoted(typed_choices.example_status(), 80)}", str)(),
)
def status(incident: Incident, user_id: str, message: str) -> Reply:
    """Set the status, by name; without one, say what it is. A closed one closes the incident."""
    wanted = command_text.without_courtesy(message)
    for filler in ("to ", "is ", "= ", "-> "):
        wanted = wanted.removeprefix(filler)
    row = typed_choices.status(wanted)
    if row is None:
        values = {
            "present": mrkdwn.escape(incident.status_text()),
            "known": ", ".join(
                f"`{help_text.quoted(other.label(), 80)}`"
                for other in typed_choices.statuses_for(incident)
            ),
            "typed": help_text.quoted(wanted, 50),
        }
        if command_text.word(wanted):
            return False, _("`%(typed)s` is not a status here. It can be %(known)s.") % values
        return True, _("The status is *%(present)s*. It can be %(known)s.") % values
    closes = row.category == Category.CLOSED and not incident.is_closed()
    if closes and incident.missing_at_closing():
        _ask(incident, closing.missing_fields_message(incident, row.key))
        return None, None
    try:
        changed = incident.set_status(row)
    except ValidationError as error:
        return False, " ".join(error.messages)
    if changed:
        return True, None
    return True, _("The status is already *%(present)s*.") % {"present": mrkdwn.escape(row.label())}


@incident_command(
    ["rename"],
    helptext=gettext_lazy("Rename this channel (the incident keeps its title)"),
    example="rename checkout-down",
)
def rename(incident: Incident, user_id: str, message: str) -> Reply:
    """Rename the comms channel. The incident's title is changed with its Edit button."""
    if not is_visible(message):
        return False, _("Say what this channel should be called: `rename checkout-down`.")
    try:
        incident.comms_channel().rename(people.readable(message))
    except ValueError:
        return False, _("A channel's name can have only letters a–z, digits, - and _.")
    return True, _(
        "I am renaming this channel. The incident keeps its title; to change that, use Edit in "
        "the headline."
    )


@incident_command(
    ["duration", "dur"],
    helptext=gettext_lazy("Show how long it has been going on"),
    example="duration",
)
def duration(incident: Incident, user_id: str, message: str) -> Reply:
    """Say how long the incident has lasted, from its start to its end or until now."""
    return True, _("⏱️ %(duration)s") % {"duration": incident.duration()}


#: Words that leave no doubt that "close" behind a mention is a command.
_NOTHING_MORE = frozenset({"it", "this", "the", "incident"})


def _adds_nothing(word: str) -> bool:
    return command_text.word(word) in _NOTHING_MORE or command_text.says_nothing(word)


@incident_command(["close"], helptext=gettext_lazy("Close this incident"), example="close")
def close(incident: Incident, user_id: str, message: str) -> Reply:
    """Close the incident; with further words, ask first, since they may not mean it."""
    if incident.is_closed():
        return True, _("This incident is already closed.")
    if not all(map(_adds_nothing, message.split())):
        _ask(
            incident,
            questions.question(
                _("Do you want to close this incident?"), [controls.close_button(incident.pk)]
            ),
        )
        return None, None
    if incident.missing_at_closing():
        _ask(incident, closing.missing_fields_message(incident))
        return None, None
    if incident.close():
        return True, None
    return True, _("This incident is already closed.")


@incident_command(["reopen"], helptext=gettext_lazy("Reopen this incident"), example="reopen")
def reopen(incident: Incident, user_id: str, message: str) -> Reply:
    """Make a closed incident live again."""
    if incident.reopen():
        return True, None
    return True, _("This incident is already live.")


@incident_command(
    ["summary"],
    helptext=gettext_lazy("Show or set what is going on"),
    example="summary The cache is full, we are adding nodes",
)
def summary(incident: Incident, user_id: str, message: str) -> Reply:
    """Show the summary, set it, or offer to replace it."""
    return _long_text(
        incident,
        "summary",
        message,
        questions.TextWords(
            title=_("Summary"),
            none=_("There is no summary yet."),
            replace=_("*Replace it with this?*"),
        ),
    )


@incident_command(
    ["impact"],
    helptext=gettext_lazy("Show or set who is affected"),
    example="impact One checkout in five fails",
)
def impact(incident: Incident, user_id: str, message: str) -> Reply:
    """Show the impact, set it, or offer to replace it."""
    return _long_text(
        incident,
        "impact",
        message,
        questions.TextWords(
            title=_("Impact"),
            none=_("The impact is not described yet."),
            replace=_("*Replace it with this?*"),
        ),
    )


_BUTTONS = {
    "summary": (controls.CHANGE_SUMMARY, controls.TAKE_SUMMARY),
    "impact": (controls.CHANGE_IMPACT, controls.TAKE_IMPACT),
}


def _long_text(incident: Incident, field: str, proposed: str, words: questions.TextWords) -> Reply:
    present = getattr(incident, field) or ""
    text = to_markdown(proposed) if is_visible(proposed) else ""
    if text and not present:
        setattr(incident, field, text)
        incident.save()
        return True, None
    change, take = _BUTTONS[field]
    value = pending_edits.store(incident.pk, text) if text else str(incident.pk)
    if text:
        buttons = [
            Button(_("Replace"), take, value=value, style="primary"),
            Button(_("Edit first"), change, value=value),
            Button(_("Keep the current one"), controls.DISMISS, value=str(incident.pk)),
        ]
    else:
        buttons = [Button(_("Edit") if present else _("Write it"), change, value=value)]
    _ask(incident, questions.text_question(words, present, text, buttons))
    return (None, None) if text else (True, None)


def _ask(incident: Incident, question: Message) -> None:
    """Post a question where the person is: in the thread they wrote in, if any."""
    post_message(
        incident.comms_channel().channel_id,
        incident=incident.pk,
        thread_ts=interaction_context.thread_ts() or None,
        **question.arguments(),
    )


@incident_command(
    ["action", "actions"],
    helptext=gettext_lazy("List actions, add one, or tick one off"),
    example="action @someone Add an alert for disk space` · `action done 1` · `action undone 1",
)
def action(incident: Incident, user_id: str, message: str) -> Reply:
    """Add an action, tick one off (``done 1`` or ``1 done``), or list them.

    An action belongs to the person mentioned at its beginning or end, else to the writer.
    """
    if not is_visible(message):
        return True, _listed(incident)
    ticked = _tick(message)
    if ticked is not None:
        return _tick_off(incident, *ticked)
    owner, details = _owner_and_details(message)
    if owner and not is_visible(details):
        return True, _listed(incident, owner)
    owner = owner or user_id
    if not owner:
        return False, _("Say who does it: `action @someone Add an alert for disk space`.")
    try:
        user = people.require_human(people.get_or_create_user(owner))
    except people.UnknownPerson as error:
        return False, str(error)
    Action.objects.create(incident=incident, details=to_markdown(details), user=user)
    return True, None


def _tick(message: str) -> tuple[list[int], bool] | None:
    """Read "done 1", "1 done", "undone #1", "done 1 and 2" or "done"; None for anything else."""
    words = [command_text.word(word).lstrip("#") for word in message.replace(",", " ").split()[:60]]
    given = [word for word in words if word not in ("", "and", "&amp", "+")]
    if given and given[-1] in ("done", "undone"):
        given = [given[-1], *given[:-1]]
    if not given or given[0] not in ("done", "undone"):
        return None
    if not all(word.isdecimal() and len(word) <= 6 for word in given[1:]):
        return None
    return [int(word) for word in given[1:]], given[0] == "done"


def _owner_and_details(message: str) -> tuple[str, str]:
    """Return the user id mentioned at the beginning or at the end, and the text without it."""
    found = list(mrkdwn.USER.finditer(message))
    if found and not message[: found[0].start()].strip():
        return found[0][1], message[found[0].end() :].strip().lstrip(":,-–— ")
    if found and not message[found[-1].end() :].strip(" .!"):
        return found[-1][1], message[: found[-1].start()].strip()
    return "", message.strip()


def _listed(incident: Incident, owner: str = "") -> str:
    items = [
        (number, item)
        for number, item in enumerate(incident.action_items(), start=1)
        if not owner or slack_id(item.user) == owner
    ]
    if not items:
        return _("There are no actions yet. `action Add an alert for disk space` adds one.")
    return "\n".join(
        f"{number}. {'✅' if item.done else '⬜'} {to_mrkdwn(item.details)} ({mention(item.user)})"
        for number, item in items
    )


def _tick_off(incident: Incident, numbers: list[int], done: bool) -> Reply:
    items = list(incident.action_items())
    for number in numbers:
        if not 1 <= number <= len(items):
            return False, _("There is no action %(number)d; `action` lists them.") % {
                "number": number
            }
    for number in numbers:
        items[number - 1].done = done
        items[number - 1].save()
    return (True, None) if numbers else (False, _listed(incident))
