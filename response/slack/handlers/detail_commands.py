"""The commands for roles and custom fields: ``role`` and ``field``."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from response.core.models import ExternalUser, Field, Incident, Role
from response.core.models.field_values import Kind
from response.core.models.role import LEAD
from response.db import lock
from response.slack.decorators import incident_command
from response.slack.decorators.incident_command import commands
from response.slack.features import details, help_text, people, typed_choices
from response.slack.render import interaction_context
from response.slack.render.incident_view import mention
from response.slack.text import command_text, mrkdwn
from response.slack.text.mrkdwn import escape, outgoing

Reply = tuple[bool | None, str | None]

_NONE = frozenset({"none", "nobody", "no one", "nothing"})


@incident_command(
    ["role", "roles"],
    helptext=gettext_lazy("List the roles, or give one to someone"),
    example=lazy(
        lambda: f"role {help_text.quoted(typed_choices.example_role(), 80)} @someone", str
    )(),
)
def role(incident: Incident, user_id: str, message: str) -> Reply:
    """Give a role to the people named ("me": the writer), take it away ("none"), or list all.

    In a role for several people, the people named are added to those who have it; "remove"
    removes them.
    """
    if not message.strip():
        return True, _listed_roles(incident)
    first, _space, rest = message.strip().partition(" ")
    lead = commands.find(LEAD)
    if lead is not None and command_text.word(first) == LEAD:
        handled, reply = lead.fn(incident, user_id, rest.strip())
        return handled, reply
    row, rest = details.named_at_start(Role, message)
    if not isinstance(row, Role):
        return False, _("`%(typed)s` is not a role here. %(known)s") % {
            "typed": help_text.quoted(message, 50),
            "known": _known_roles(),
        }
    if not rest:
        return True, _one_role(incident, row)
    try:
        return _give(incident, row, user_id, rest)
    except people.UnknownPerson as error:
        return False, str(error)
    except ValidationError as error:
        return False, " ".join(map(escape, error.messages))


def _give(incident: Incident, role: Role, user_id: str, text: str) -> Reply:
    word, _space, rest = text.partition(" ")
    removes = command_text.word(word) in ("remove", "not") and bool(rest.strip())
    empties = command_text.word(text) in _NONE
    # People who have left, and programs, can still be removed from a role.
    find = people.resolve_person if removes else people.resolve_user
    named = [] if empties else _named(user_id, rest if removes else text, find)
    # If two people change the role at the same moment, both changes are kept.
    lock(Incident.objects.filter(pk=incident.pk)).first()
    incident.forget_details()
    present = incident.people_in(role)
    if empties:
        wanted = []
    elif removes:
        gone = {person.pk for person in named}
        wanted = [person for person in present if person.pk not in gone]
    else:
        wanted = [*present, *named] if role.several else named
    incident.set_people(role, wanted)
    incident.save()
    is_said = wanted == named and (_is_me(text) or not mrkdwn.USER.sub("", text).strip(" ,"))
    if (empties or is_said) and interaction_context.is_read_by_all():
        return True, None  # the message says it, and has a reaction
    return True, _who_has(incident, role)


def _named(user_id: str, text: str, find: Callable[[str], ExternalUser]) -> list[ExternalUser]:
    if _is_me(text) and user_id:
        return [find(f"<@{user_id}>")]
    mentions = [match.group() for match in mrkdwn.USER.finditer(text)]
    if len(mentions) > 1:
        return [find(one) for one in mentions[:50]]
    return [find(text)]


def _is_me(text: str) -> bool:
    return command_text.word(text) == "me"


def _listed_roles(incident: Incident) -> str:
    lead = mention(incident.lead) if incident.lead else _("no one")
    lines = [_("• *Lead*: %(who)s") % {"who": lead}]
    for role, found in incident.roles():
        who = ", ".join(map(mention, found)) or _("no one")
        means = f" – {outgoing(role.description)}" if role.description else ""
        lines.append(f"• *{escape(role.name)}*: {who}{means}")
    return "\n".join(lines)


def _one_role(incident: Incident, role: Role) -> str:
    return "\n".join(filter(None, [_who_has(incident, role), outgoing(role.description)]))


def _who_has(incident: Incident, role: Role) -> str:
    found = ", ".join(map(mention, incident.people_in(role)))
    if not found:
        return _("No one has the role *%(role)s* now.") % {"role": escape(role.name)}
    return f"*{escape(role.name)}*: {found}"


def _known_roles() -> str:
    names = ", ".join(f"`{escape(name)}`" for name in (LEAD, *(r.name for r in Role.offered())))
    return _("It can be %(names)s.") % {"names": names}


@incident_command(
    ["field", "fields"],
    helptext=gettext_lazy("List the custom fields, or fill one in"),
    example=lazy(lambda: f"field {help_text.quoted(typed_choices.example_field(), 170)}", str)(),
)
def field(incident: Incident, user_id: str, message: str) -> Reply:
    """Fill a custom field in, empty it ("none"), say what is in it, or list all."""
    if not message.strip():
        return True, _listed_fields(incident)
    row, rest = details.named_at_start(Field, message)
    if not isinstance(row, Field):
        return False, "\n".join(
            [
                _("`%(typed)s` is not a field here.")
                % {"typed": help_text.quoted(message.split()[0], 50)},
                _listed_fields(incident),
            ]
        )
    if not rest:
        return True, _one_field(incident, row)
    try:
        empties = command_text.word(rest) in _NONE and not _is_option(row, rest)
        value = None if empties else details.typed_value(row, rest)
        incident.set_field(row, value)
    except people.UnknownPerson as error:
        return False, str(error)
    except ValidationError as error:
        return False, " ".join(map(escape, error.messages))
    incident.save()
    return True, None


def _is_option(field: Field, text: str) -> bool:
    word = command_text.word(text)
    return field.kind in (Kind.CHOICE, Kind.CHOICES) and word in {
        option.key.casefold() for option in field.options_for()
    }


def _listed_fields(incident: Incident) -> str:
    fields = incident.custom_fields()
    if not fields:
        return _("There are no custom fields here.")
    return "\n".join(
        f"• *{escape(field.name)}*: {_short(details.in_mrkdwn(incident, field)) or '–'}"
        for field, _value in fields
    )


def _one_field(incident: Incident, field: Field) -> str:
    value = details.in_mrkdwn(incident, field) or _("nothing yet")
    lines = [f"*{escape(field.name)}*: {value}", outgoing(field.description)]
    if field.kind in (Kind.CHOICE, Kind.CHOICES):
        names = ", ".join(f"`{escape(option.name)}`" for option in field.options_for()[:50])
        lines.append(_("It can be %(names)s.") % {"names": names})
    return "\n".join(filter(None, lines))


def _short(text: str) -> str:
    return mrkdwn.truncate(" ".join(text.split()), 200)
