"""The form for an incident: any of its fields, and what closing it asks for."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from response.core import editing, visibility
from response.core.models import Field, Incident, Status
from response.core.models.details import row_named
from response.core.models.field import Required
from response.core.models.status import Category
from response.ui.forms import detail_fields
from response.ui.forms.edit_form import EditForm, sent_marks
from response.ui.forms.fields import (
    LONGEST_TITLE,
    MomentField,
    PersonField,
    TitleField,
    severities,
    statuses,
    text_field,
)


class IncidentForm(EditForm):
    """Form for the fields of an incident."""

    report = TitleField(
        label=gettext_lazy("Title"), widget=forms.TextInput(attrs={"maxlength": LONGEST_TITLE})
    )
    severity = forms.ChoiceField(label=gettext_lazy("Severity"), required=False)
    status_key = forms.ChoiceField(label=gettext_lazy("Status"))
    lead = PersonField(label=gettext_lazy("Lead"), required=False)
    summary = text_field(gettext_lazy("Summary"), rows=10)
    impact = text_field(gettext_lazy("Impact"), rows=8)
    start_time = MomentField(label=gettext_lazy("Started"))
    detected_at = MomentField(label=gettext_lazy("Detected"), required=False)
    report_time = MomentField(label=gettext_lazy("Reported"))
    acknowledged_at = MomentField(label=gettext_lazy("Acknowledged"), required=False)
    mitigated_at = MomentField(label=gettext_lazy("Mitigated"), required=False)
    end_time = MomentField(label=gettext_lazy("Ended"), required=False)
    private = forms.BooleanField(
        label=visibility.PRIVATE, help_text=visibility.ABOUT_PRIVATE, required=False
    )

    def add_fields(self, only: tuple[str, ...]) -> None:
        """Add the roles and custom fields that are in ``only``."""
        for name in only:
            row = row_named(name)
            if row is not None:
                self.fields[name] = detail_fields.form_field(row, self.row)

    def __init__(self, data: Any, row: Incident, only: tuple[str, ...] = ()) -> None:
        closes = "status_key" in only and _closes(data, row)
        added = _added_to_close(data, row, only, closes) if "status_key" in only else []
        super().__init__(data, row, (*only, *added))
        for name in added:
            field = self.fields[name]
            field.required = closes
            field.error_messages["required"] = _("This is needed before the incident is closed.")
        marks = sent_marks(data)
        if added and marks:
            self._fill_in({"shown": json.dumps({**editing.marks(row, added), **marks})})
        if "severity" in self.fields:
            self.fields["severity"].choices = severities(row.severity)  # type: ignore[attr-defined]
            self.initial["severity"] = row.severity or ""
            self.fields["severity"].required = bool(row.severity)
        if "status_key" in self.fields:
            self.fields["status_key"].choices = statuses(row)  # type: ignore[attr-defined]

    def clean_severity(self) -> str | None:
        """Return the severity, None if not known."""
        return self.cleaned_data["severity"] or None


def _closes(data: Any, row: Incident) -> bool:
    """Return whether a form was sent with a status that closes the incident."""
    status = Status.with_key((data or {}).get("status_key") or "")
    return status is not None and status.category == Category.CLOSED and not row.is_closed()


def _added_to_close(data: Any, row: Incident, only: tuple[str, ...], closes: bool) -> list[str]:
    """Return the fields that a form is to ask for as well, since it closes the incident.

    These are the ones that are missing, and those it has asked for before.
    """
    names = [name for name in sent_marks(data) if isinstance(row_named(name), Field)]
    if closes:
        missing = row.missing(Required.CLOSING, data.get("severity") or row.severity)
        names += [field.attribute for field in missing]
    return [name for name in dict.fromkeys(names) if name not in only]
