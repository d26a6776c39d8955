"""What the forms that edit a row have in common: times in the reader's zone, and conflicts."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext as _

from response.core import editing
from response.core.models import ExternalUser
from response.core.models.details import row_named
from response.ui.forms import detail_fields
from response.ui.forms.fields import DayField, MomentField, PersonField, in_zone, label


class ZonedForm(forms.Form):
    """Form whose times are read in the reader's zone."""

    zone = forms.CharField(
        required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-zone": "1"})
    )

    def zoned(self) -> dict[str, Any]:
        """Return the cleaned values, with times as the database stores them."""
        zone = self.cleaned_data.get("zone") or ""
        values = {n: v for n, v in self.cleaned_data.items() if n not in ("zone", "shown")}
        for name, value in values.items():
            if isinstance(self.fields[name], MomentField):
                values[name] = in_zone(value, zone)
            elif isinstance(self.fields[name], DayField):
                values[name] = in_zone(value, "")
        return values


class EditForm(ZonedForm):
    """Form for an existing row that does not overwrite changes its sender has not seen.

    It carries the marks of what it shows. After a conflict it shows what the others wrote,
    in ``theirs``, and carries the marks of that: sending it again decides.
    """

    model: type[models.Model]
    shown = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)

    def __init__(self, data: Any, row: Any, only: tuple[str, ...] = ()) -> None:
        self.row = row
        super().__init__(data)
        self.add_fields(only)
        for name in [n for n in self.fields if only and n not in (*only, "zone", "shown")]:
            del self.fields[name]
        self.theirs: dict[str, Any] = {}
        for name in self.names:
            field = self.fields[name]
            # A new action has no owner yet: reading it raises.
            self.initial[name] = detail_fields.form_value(name, editing.value_of(row, name))
            if isinstance(field, PersonField) and row_named(name) is None:
                field.known = getattr(row, name, None)
        self.initial["shown"] = json.dumps(editing.marks(row, self.names))

    def add_fields(self, only: tuple[str, ...]) -> None:
        """Add the fields for roles and custom fields; then those not in ``only`` are removed."""

    def zoned(self) -> dict[str, Any]:
        """Return the cleaned values, as the model takes them."""
        values = super().zoned()
        return {name: detail_fields.model_value(name, value) for name, value in values.items()}

    @property
    def names(self) -> list[str]:
        """Return the names of the row's fields that are in the form."""
        return [name for name in self.fields if name not in ("zone", "shown")]

    @property
    def has_times(self) -> bool:
        """Whether the form has a field for a time."""
        return any(isinstance(field, MomentField) for field in self.fields.values())

    def marks(self) -> dict[str, str]:
        """Return the marks that were sent with the form."""
        return sent_marks(self.cleaned_data)

    def save(self) -> bool:
        """Store the changes. Returns False on an error or a conflict, when nothing is stored."""
        wanted = self.zoned()
        marks = self.marks()
        if marks:
            # A field that was not there when the form was made says nothing: that of the end,
            # for instance, when another person has closed the incident meanwhile.
            wanted = {name: value for name, value in wanted.items() if name in marks}
        for name in wanted:
            # A control for minutes must not cut the seconds off an unchanged time.
            value, old = wanted[name], editing.value_of(self.row, name)
            shorter = 10 if isinstance(self.fields[name], DayField) else 16
            if isinstance(value, datetime) and (
                editing.as_text(value)[:shorter] == editing.as_text(old)[:shorter]
            ):
                wanted[name] = old
        try:
            self.row = editing.change(self.row, wanted, marks)
        except editing.Conflict as conflict:
            self._show(conflict.theirs)
            return False
        except ValidationError as error:
            self.add_error(None, error) if not hasattr(error, "error_dict") else self._add(error)
            return False
        return True

    def _add(self, error: ValidationError) -> None:
        for name, messages in error.message_dict.items():
            shown = "status_key" if name == "status" else name
            self.add_error(shown if shown in self.fields else None, messages)

    def _show(self, theirs: dict[str, Any]) -> None:
        self.theirs = theirs
        stored = type(self.row)._default_manager.get(pk=self.row.pk)
        marks = self.marks()
        for name in theirs:
            marks[name] = editing.fingerprint(editing.as_text(editing.value_of(stored, name)))
        self._fill_in({"shown": json.dumps(marks)})

    def put_together(self) -> None:
        """Fill each long text with both versions, stored and sent, to be merged by hand.

        Nothing is stored: that is for the next time the form is sent.
        """
        stored = type(self.row)._default_manager.get(pk=self.row.pk)
        self._show(
            {
                name: editing.value_of(stored, name)
                for name in self.names
                if self._is_long(name)
                and editing.fingerprint(self.data.get(name))
                != editing.fingerprint(editing.value_of(stored, name))
            }
        )
        both = {
            name: f"{value or ''}\n\n{self.data.get(name) or ''}".strip()
            for name, value in self.theirs.items()
            if self._is_long(name)
        }
        self._fill_in(both)

    def _is_long(self, name: str) -> bool:
        """Return whether it is a long text of its own, of which two versions can be merged."""
        return isinstance(self.fields[name].widget, forms.Textarea) and row_named(name) is None

    def _fill_in(self, texts: dict[str, str]) -> None:
        data: QueryDict = self.data.copy()  # type: ignore[attr-defined]
        for name, text in texts.items():
            data[name] = text
        self.data = data

    def conflicts(self) -> list[dict[str, Any]]:
        """Return name, label and stored text of each field in conflict, for the page."""
        return [
            {
                "name": name,
                "label": self.fields[name].label,
                "text": self._readable(name, value),
                "long": self._is_long(name),
            }
            for name, value in self.theirs.items()
        ]

    def _readable(self, name: str, value: Any) -> Any:
        words = detail_fields.readable(name, value)
        if words is not None:
            return words
        if isinstance(value, ExternalUser):
            return label(value)
        if isinstance(self.fields[name], forms.ChoiceField):
            return dict(self.fields[name].choices).get(value, value)  # type: ignore[attr-defined]
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        return value


def sent_marks(data: Any) -> dict[str, str]:
    """Return the marks that a form was sent with, by field; empty if there are none."""
    try:
        marks = json.loads((data or {}).get("shown") or "{}")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(marks, dict):
        return {}
    return {str(name): mark for name, mark in marks.items() if isinstance(mark, str)}
