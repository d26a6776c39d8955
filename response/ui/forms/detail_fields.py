"""Roles and custom fields in forms: their form fields, and how forms hold their values."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from response.core.models import ExternalUser, Field, Incident, Role
from response.core.models.details import row_named
from response.core.models.field import Required
from response.core.models.field_values import LONGEST_LINK, LONGEST_TEXT, Kind
from response.ui.forms.fields import PersonField, label

Row = Role | Field

#: How many people can be named in a role for several.
MOST_PEOPLE = 100
_BETWEEN = re.compile(r"[,;\n]")


class PeopleField(PersonField):
    """Several people by name, ``@handle`` or e-mail address, with commas between them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=10_000, **kwargs)
        #: Those who are stored now.
        self.known_people: list[ExternalUser] = []

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(label, value)) if isinstance(value, list | tuple) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial or []) != (data or ""))

    def clean(self, value: Any) -> list[ExternalUser]:  # type: ignore[override]
        """Return the people. Raises ``ValidationError`` for a name that is not one person's."""
        known = {" ".join(label(person).split()): person for person in self.known_people}
        found = []
        names = [" ".join(name.split()) for name in _BETWEEN.split(str(value or ""))]
        names = [name for name in names if name]
        if len(names) > MOST_PEOPLE:
            raise ValidationError(_("That is too many people."))
        for name in names:
            person = known.get(name) or super().clean(name)
            if person is not None:
                found.append(person)
        if self.required and not found:
            raise ValidationError(self.error_messages["required"])
        return found


class ValueField(forms.CharField):
    """A custom field that is typed as text; its row checks the value."""

    def __init__(self, row: Field, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.row = row

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else self.row.text_of(value)

    def clean(self, value: Any) -> Any:
        """Return the value. Raises ``ValidationError`` if it is not valid."""
        return self.row.cleaned(super().clean(value))


def form_field(row: Row, incident: Incident, *, required: bool = False) -> forms.Field:
    """Return the field of a form for a row, which knows what ``incident`` has."""
    common: dict[str, Any] = {
        "label": row.name,
        "help_text": row.description,
        "required": required,
    }
    if isinstance(row, Role):
        people = incident.people_in(row)
        if row.several:
            several = PeopleField(**common)
            several.known_people = people
            several.help_text = " ".join(
                filter(None, [row.description, _("Separate several with commas.")])
            )
            return several
        one = PersonField(**common)
        one.known = people[0] if people else None
        return one
    present = incident.value_in(row)
    if row.kind in (Kind.CHOICE, Kind.CHOICES):
        choices = [(option.key, option.name) for option in row.options_for(present)]
        if row.kind == Kind.CHOICES:
            return forms.MultipleChoiceField(
                choices=choices, widget=forms.CheckboxSelectMultiple, **common
            )
        return forms.ChoiceField(choices=[("", _("Not set")), *choices], **common)
    if row.kind == Kind.PERSON:
        person = PersonField(**common)
        person.known = present
        return person
    widgets: dict[str, Any] = {
        Kind.TEXT: forms.Textarea(attrs={"rows": 3}),
        Kind.NUMBER: forms.TextInput(attrs={"inputmode": "decimal"}),
        Kind.DATE: forms.DateInput(attrs={"type": "date"}),
        Kind.LINK: forms.TextInput(attrs={"inputmode": "url"}),
    }
    longest = {Kind.TEXT: LONGEST_TEXT, Kind.LINK: LONGEST_LINK}.get(Kind(row.kind), 40)
    return ValueField(row, widget=widgets[row.kind], max_length=longest, **common)


def model_value(name: str, value: Any) -> Any:
    """Return what a form has for ``role_<key>`` or ``field_<key>`` as the model takes it."""
    row = row_named(name)
    if isinstance(row, Role) and not row.several:
        return [value] if value else []
    if isinstance(row, Field):
        return tuple(value or ()) if row.kind == Kind.CHOICES else (value or None)
    return value


def form_value(name: str, value: Any) -> Any:
    """Return what the model has for ``role_<key>`` or ``field_<key>`` as a form shows it."""
    row = row_named(name)
    if isinstance(row, Role) and not row.several:
        return value[0] if value else None
    return list(value) if isinstance(value, tuple) else value


def readable(name: str, value: Any) -> str | None:
    """Return a value in words; None if ``name`` is not a role or custom field."""
    row = row_named(name)
    if isinstance(row, Role):
        return ", ".join(map(label, value))
    if isinstance(row, Field):
        return label(value) if isinstance(value, ExternalUser) else row.shown(value)
    return None


def rows_for_declaring() -> list[Row]:
    """Return the roles and fields that the form for declaring asks for."""
    roles: list[Row] = [role for role in Role.offered() if role.in_form]
    return [
        *roles,
        *(f for f in Field.offered() if f.in_form or f.required == Required.DECLARING),
    ]


def rows_for_editing(incident: Incident) -> list[Row]:
    """Return the roles and fields that an incident has or can be given."""
    roles: list[Row] = [role for role, _people in incident.roles()]
    return [*roles, *(field for field, _value in incident.custom_fields())]
