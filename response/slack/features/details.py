"""Roles and custom fields from what people send with Slack's forms and type as commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from response.core.models import ExternalUser, Field, Incident, Role
from response.core.models.details import row_named
from response.core.models.field import Required
from response.core.models.field_values import Kind
from response.slack.decorators.form_error import FormError
from response.slack.features import people
from response.slack.render import detail_fields
from response.slack.render.incident_view import mention
from response.slack.text import command_text, mrkdwn
from response.slack.text.mrkdwn import outgoing

Row = Role | Field


def read(submission: Mapping[str, str | None]) -> dict[str, Any]:
    """Return the roles and fields in a form by name, with people found.

    May ask Slack who a person is: to be called before anything is written. Raises ``FormError``
    for a person who is not known.
    """
    found: dict[str, Any] = {}
    errors = {}
    for name, text in submission.items():
        row = row_named(name)
        if row is None:
            continue
        try:
            found[name] = _value(row, text or "")
        except people.UnknownPerson as error:
            errors[name] = str(error)
    if errors:
        raise FormError(errors)
    return found


def _value(row: Row, text: str) -> Any:
    if isinstance(row, Role):
        return [people.person_with_id(user_id) for user_id in text.split(",") if user_id]
    if row.kind == Kind.PERSON and text:
        return people.person_with_id(text)
    return text


def stage(incident: Incident, values: Mapping[str, Any]) -> None:
    """Set what :func:`read` returned. Raises ``FormError`` for all invalid values."""
    errors: dict[str, str] = {}
    for name, value in values.items():
        try:
            incident.set_value(name, value)
        except ValidationError as error:
            errors[name] = " ".join(error.messages)
    if errors:
        raise FormError(errors)


def require(incident: Incident, when: Required, asked: Mapping[str, Any]) -> None:
    """Raise ``FormError`` for fields of a form that are required at this point and empty.

    ``asked`` has what the form asked for: what did not fit into it cannot be required there.
    """
    errors = {
        field.attribute: _("This is needed before the incident can be closed.")
        if when == Required.CLOSING
        else _("This is required.")
        for field in incident.missing(when)
        if field.attribute in asked
    }
    if errors:
        raise FormError(errors)


def stored(incident: Incident, names: Mapping[str, Any]) -> dict[str, str]:
    """Return what is stored by now in the roles and fields among ``names``, as forms send it."""
    return {
        name: detail_fields.form_value(incident, row)
        for name in names
        if (row := row_named(name)) is not None
    }


def readable(incident: Incident, row: Row) -> str:
    """Return a role's people or a field's value as plain text."""
    if isinstance(row, Role):
        return ", ".join(person.display_name for person in incident.people_in(row))
    return row.shown(incident.value_in(row))


def in_mrkdwn(incident: Incident, row: Row) -> str:
    """Return a role's people or a field's value in mrkdwn; empty if there is none."""
    if isinstance(row, Role):
        return ", ".join(mention(person) for person in incident.people_in(row))
    value = incident.value_in(row)
    return mention(value) if isinstance(value, ExternalUser) else outgoing(row.shown(value))


def named_at_start(kind: type[Row], message: str) -> tuple[Row | None, str]:
    """Return the row that a command's text begins with, and the rest.

    Names may have several words; the longest that fits counts.
    """
    words = message.split()
    for count in range(min(len(words), 8), 0, -1):
        name = " ".join(words[:count]).rstrip(":=,")
        row = kind.named(name) or kind.named(command_text.word(name))
        if row is not None:
            return row, _after(message, count)
    head, tail = command_text.in_two(message)  # "service:api", "comms<@U…>"
    row = kind.named(command_text.word(head)) if head else None
    return (row, tail) if row is not None else (None, message)


def _after(message: str, words: int) -> str:
    for _word in range(words):
        message = message.lstrip()
        first = message.split(maxsplit=1)[0]
        message = message[len(first) :]
    return message.strip()


def typed_value(field: Field, text: str) -> Any:
    """Return the value of a field in a command, with people found.

    Raises :class:`people.UnknownPerson` for a person who is not known.
    """
    if field.kind == Kind.PERSON:
        return people.resolve_person(text)
    if field.kind == Kind.LINK:
        return mrkdwn.address_in(text)
    return people.readable(text)
