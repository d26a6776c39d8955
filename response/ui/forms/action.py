"""The form for an action."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from response.core.clean import is_visible, sanitise
from response.core.models import Action, ExternalUser
from response.ui.forms.edit_form import EditForm
from response.ui.forms.fields import DayField, PersonField, text_field


class ActionForm(EditForm):
    """Form for an action; by default the owner of a new one is its author."""

    details = text_field(gettext_lazy("What needs to be done"), required=True, rows=2)
    user = PersonField(label=gettext_lazy("Owner"), required=False)
    due_date = DayField(label=gettext_lazy("Due"), required=False)
    priority = forms.ChoiceField(label=gettext_lazy("Priority"), required=False)

    def __init__(self, data: Any, row: Action, only: tuple[str, ...] = ()) -> None:
        super().__init__(data, row, only)
        choices = [(value, str(words).capitalize()) for value, words in Action.PRIORITIES]
        if not row.priority:
            choices = [("", _("Not set")), *choices]
        self.fields["priority"].choices = choices  # type: ignore[attr-defined]
        self.initial["priority"] = row.priority or ""

    def clean_user(self) -> ExternalUser:
        """Return the person named, or the owner. Raises ``ValidationError`` without either."""
        user = self.cleaned_data["user"] or self.fields["user"].known  # type: ignore[attr-defined]
        if user is None:
            raise ValidationError(
                _("Enter who does it. Your account is not linked to a person yet.")
            )
        return user  # type: ignore[no-any-return]

    def clean_priority(self) -> str | None:
        """Return the priority, None if not set."""
        return self.cleaned_data["priority"] or None

    def clean_details(self) -> str:
        """Return the text. Raises ``ValidationError`` if it shows nothing."""
        details = (sanitise(self.cleaned_data["details"]) or "").strip()
        if not is_visible(details):
            raise ValidationError(_("Say what needs to be done."))
        return details
