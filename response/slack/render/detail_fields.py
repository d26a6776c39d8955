"""Roles and custom fields as fields of Slack's forms, and how forms hold their values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from response.core.models import ExternalUser, Field, Incident, Role, Severity
from response.core.models.details import row_named
from response.core.models.field import Required
from response.core.models.field_values import Kind
from response.slack.render.dialog_builder import (
    Element,
    Note,
    SelectDate,
    SelectFromSeveralUsers,
    SelectFromUsers,
    SelectSeveralWithOptions,
    SelectWithOptions,
    Text,
    TextArea,
)
from response.slack.render.incident_view import slack_id
from response.slack.text import limits, mrkdwn
from response.slack.text.mrkdwn import length

Row = Role | Field

#: How many roles and fields a form asks for: it carries a mark of each, and Slack keeps 3,000
#: characters of a form's own for it.
MOST = 25


@dataclass(frozen=True)
class FormPart:
    """What a form asks for, and the names of what did not fit into it."""

    elements: list[Element]
    left_out: list[str]

    def with_note(self, page: str) -> list[Element]:
        """Return the elements with a note on where the others are; ``page`` is in mrkdwn."""
        if not self.left_out:
            return self.elements
        names = ", ".join(mrkdwn.escape(name) for name in self.left_out)
        text = _("Not in this form, but on %(page)s: %(names)s.") % {"page": page, "names": names}
        return [*self.elements, Note(mrkdwn.truncate(text, limits.SECTION_TEXT))]


def for_declaring() -> FormPart:
    """Return what the form for declaring asks for: what is marked so, and what is required."""
    rows: list[Row] = [role for role in Role.offered() if role.in_form]
    rows += [
        field for field in Field.offered() if field.in_form or field.required == Required.DECLARING
    ]
    return _part(rows, Incident(), needed=_needed_at_once)


def for_editing(incident: Incident) -> FormPart:
    """Return what the form for editing asks for: what is marked so, and what is required."""
    rows: list[Row] = [role for role, _people in incident.roles() if role.in_form]
    rows += [field for field, _value in incident.custom_fields() if field.in_form or field.required]
    return _part(rows, incident, needed=lambda row: isinstance(row, Field) and (
        row.required == Required.DECLARING and incident.value_in(row) != row.empty
    ))  # fmt: skip


def for_closing(incident: Incident) -> FormPart:
    """Return what has to be filled in before the incident can be closed."""
    return _part(incident.missing_at_closing(), incident, needed=lambda row: True)


def _needed_at_once(row: Row) -> bool:
    # Of a field for some severities it is known only afterwards whether it is needed.
    return isinstance(row, Field) and row.required == Required.DECLARING and not row.severities


def _part(rows: Iterable[Row], incident: Incident, needed: Any) -> FormPart:
    elements: list[Element] = []
    left_out = []
    for row in rows:
        element = _element(row, incident, optional=not needed(row))
        if element is None or len(elements) == MOST:
            left_out.append(row.name)
        else:
            elements.append(element)
    return FormPart(elements, left_out)


def _element(row: Row, incident: Incident, *, optional: bool) -> Element | None:
    """Return the element for a row; None if Slack's forms cannot show its value."""
    value = form_value(incident, row)
    common: dict[str, Any] = {
        "label": row.name,
        "name": row.attribute,
        "optional": optional,
        "hint": hint(row) or None,
        "value": value or None,
    }
    if isinstance(row, Role):
        if not all(map(slack_id, incident.people_in(row))):
            return None
        return (SelectFromSeveralUsers if row.several else SelectFromUsers)(**common)
    present = incident.value_in(row)
    if row.kind in (Kind.CHOICE, Kind.CHOICES):
        options = [(option.name, option.key) for option in row.options_for(present)]
        if not 0 < len(options) <= limits.SELECT_OPTIONS:
            return None
        several = row.kind == Kind.CHOICES
        return (SelectSeveralWithOptions if several else SelectWithOptions)(options, **common)
    if row.kind == Kind.PERSON:
        return SelectFromUsers(**common) if not present or slack_id(present) else None
    if row.kind == Kind.DATE:
        return SelectDate(**common)
    if length(value) > limits.INPUT_VALUE:
        return None
    if row.kind == Kind.TEXT:
        return TextArea(**common)
    return Text(**common, subtype="number" if row.kind == Kind.NUMBER else None)


def hint(row: Row) -> str:
    """Return the hint below a role or a field in a form."""
    parts = [row.description.strip()]
    if isinstance(row, Field):
        severities = [Severity.with_key(key) for key in row.severities]
        names = ", ".join(severity.label() for severity in severities if severity)
        if names and row.required == Required.DECLARING:
            parts.append(_("Required if the severity is %(names)s.") % {"names": names})
        elif names:
            parts.append(_("If the severity is %(names)s.") % {"names": names})
        if row.required == Required.CLOSING:
            parts.append(_("Needed before the incident can be closed."))
    return " ".join(filter(None, parts))


def form_value(incident: Incident, row: Row) -> str:
    """Return the value as a form of Slack's sends it: ids of people and keys, with commas."""
    if isinstance(row, Role):
        return ",".join(sorted(map(slack_id, incident.people_in(row))))
    value = incident.value_in(row)
    if isinstance(value, tuple):
        return ",".join(sorted(value))
    if isinstance(value, ExternalUser):
        return slack_id(value)
    return "" if value is None else row.text_of(value)


def in_order(submission: dict[str, str | None]) -> dict[str, str | None]:
    """Return what a form sent, with several choices in the order of :func:`form_value`."""

    def ordered(name: str, value: str | None) -> str | None:
        row = row_named(name)
        several = row.several if isinstance(row, Role) else row and row.kind == Kind.CHOICES
        return ",".join(sorted(value.split(","))) if value and several else value

    return {name: ordered(name, value) for name, value in submission.items()}
