"""The form that declares an incident."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from response.core import visibility
from response.core.models import ExternalUser, Field, Incident
from response.core.models.details import row_named
from response.core.models.field import Required
from response.ui.forms import detail_fields
from response.ui.forms.fields import (
    LONGEST_TITLE,
    PersonField,
    TitleField,
    default_severity,
    severities,
    text_field,
)


def _form_key() -> str:
    """Return a key that no other form has, as long as the token beside it."""
    return get_random_string(64)


class DeclareForm(forms.Form):
    """Form that declares an incident, with the fields and checks of Slack's form."""

    report = TitleField(
        label=gettext_lazy("Title"),
        help_text=gettext_lazy("What is wrong, in one line?"),
        widget=forms.TextInput(attrs={"maxlength": LONGEST_TITLE, "autofocus": True}),
    )
    incident_type = forms.ChoiceField(
        label=gettext_lazy("Is it still going on?"),
        choices=[
            ("live", gettext_lazy("Yes: it is live")),
            ("report", gettext_lazy("No: report it for the record")),
        ],
        widget=forms.RadioSelect,
        initial="live",
    )
    severity = forms.ChoiceField(
        label=gettext_lazy("Severity"),
        required=False,
        choices=severities,
        initial=default_severity,
    )
    lead = PersonField(
        label=gettext_lazy("Lead"),
        required=False,
        help_text=gettext_lazy(
            "A name or an e-mail address. Leave it empty if there is no lead yet."
        ),
    )
    summary = text_field(
        gettext_lazy("Summary"), help_text=gettext_lazy("What do you know so far?"), rows=4
    )
    impact = text_field(
        gettext_lazy("Impact"), help_text=gettext_lazy("Who is affected, and how?"), rows=3
    )
    private = forms.BooleanField(
        label=visibility.PRIVATE, help_text=visibility.ABOUT_PRIVATE, required=False
    )
    create_comms_channel = forms.BooleanField(
        label=gettext_lazy("Make a comms channel"), required=False
    )
    # Each form has another one, so that it is the same form that is sent twice.
    form_key = forms.CharField(
        required=False,
        max_length=64,
        widget=forms.HiddenInput,
        initial=_form_key,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        last = {name: self.fields.pop(name) for name in ("private", "create_comms_channel")}
        for row in detail_fields.rows_for_declaring():
            # Of a field for some severities it is known only afterwards whether it is required.
            required = (
                isinstance(row, Field) and row.required == Required.DECLARING and not row.severities
            )
            self.fields[row.attribute] = detail_fields.form_field(
                row, Incident(), required=required
            )
        self.fields.update(last)

    def clean(self) -> dict[str, Any]:
        """Mark the custom fields that an incident of this severity has to have."""
        values = super().clean() or self.cleaned_data
        severity = values.get("severity") or None
        for name, value in list(values.items()):
            row = row_named(name)
            if (
                isinstance(row, Field)
                and row.required == Required.DECLARING
                and row.applies_to(severity)
                and value in (None, "", [])
            ):
                self.add_error(name, _("This field is required."))
        return values

    def refuse(self, error: ValidationError) -> None:
        """Show why the incident could not be declared, at the fields that are in the form."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, messages in error.message_dict.items():
            self.add_error(name if name in self.fields else None, messages)

    def declare(
        self, reporter: ExternalUser | None, account: AbstractBaseUser | AnonymousUser
    ) -> Incident:
        """Create the incident, once if the same form is sent twice.

        ``account`` is that of the reader. Raises ``ValidationError`` for values that are not
        allowed.
        """
        values = self.cleaned_data
        details = {
            name: detail_fields.model_value(name, value)
            for name, value in values.items()
            if row_named(name) is not None
        }
        incident, _created = Incident.objects.create_or_join(
            self._dedup_key(),
            viewer=account if account.is_authenticated else None,  # type: ignore[arg-type]
            report=values["report"],
            reporter=reporter,
            report_only=values["incident_type"] == "report",
            private=values["private"],
            summary=values["summary"],
            impact=values["impact"],
            lead=values["lead"],
            severity=values["severity"],
            roles=_by_key(details, "role_"),
            fields=_by_key(details, "field_"),
        )
        return incident

    def _dedup_key(self) -> str:
        """Return the key of this form with these values: it is declared again if they change."""
        sent = {n: self.data.getlist(n) for n in self.data if n != "csrfmiddlewaretoken"}  # type: ignore[attr-defined]
        key = self.cleaned_data["form_key"] or _form_key()
        digest = hashlib.sha256(f"{key} {json.dumps(sent, sort_keys=True)}".encode())
        return f"page/{digest.hexdigest()}"


def _by_key(details: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {
        name.removeprefix(prefix): value
        for name, value in details.items()
        if name.startswith(prefix)
    }
