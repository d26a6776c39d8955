"""The forms of the pages: an incident, an action, an entry of the timeline, a new incident."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from response.core import editing, visibility
from response.core.clean import is_visible, sanitise
from response.core.models import (
    Action,
    ExternalUser,
    Field,
    Incident,
    Severity,
    Status,
    TimelineEvent,
)
from response.core.models.details import row_named
from response.core.models.field import Required
from response.core.models.status import Category
from response.db import atomic, lock
from response.ui import detail_fields
from response.ui.edit_form import EditForm, sent_marks
from response.ui.fields import DayField, MomentField, PersonField

#: The longest text that a form takes, as in the API.
MAX_TEXT = 100_000
LONGEST_TITLE = 200


def severities(present: str | None = None) -> list[tuple[str, str]]:
    """Return the choices of severities to change ``present``: none yet, or what is offered."""
    rows = Severity.choosable(present)
    choices = [(row.key, capfirst(row.label())) for row in rows]
    if not present:
        return [("", _("Not known yet")), *choices]
    known = {row.key for row in rows}
    return choices if present in known else [(present, present), *choices]


def default_severity() -> str:
    """Return the key of the severity that is chosen already in a form; empty for none."""
    row = Severity.the_default()
    return row.key if row else ""


def statuses(incident: Incident) -> list[tuple[str, str]]:
    """Return the choices of statuses to which an incident can be changed."""
    return [
        (row.key, capfirst(row.label()))
        for row in Status.choosable(incident.status_key)
        if row.category in incident.reachable()
    ]


class TitleField(forms.CharField):
    """Field for a title: one line, as in Slack's form."""

    def clean(self, value: Any) -> str:
        """Return the stripped title. Raises ``ValidationError`` if it is too long or empty."""
        title = " ".join((sanitise(value) or "").split())
        if not is_visible(title):
            raise ValidationError(_("Say in a few words what is wrong."))
        if len(title) > LONGEST_TITLE:
            raise ValidationError(
                _("This has %(length)d characters, and a title at most 200. Put the details in "
                  "the summary.") % {"length": len(title)}
            )  # fmt: skip
        return title


def text_field(words: Any, **kwargs: Any) -> forms.CharField:
    """Return a field for Markdown, with a preview where there is a script."""
    rows = kwargs.pop("rows", 6)
    attrs = {"rows": rows, "data-markdown": "1"}
    kwargs.setdefault("required", False)
    return forms.CharField(
        label=words, max_length=MAX_TEXT, widget=forms.Textarea(attrs=attrs), **kwargs
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
        initial=lambda: secrets.token_urlsafe(16),
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
        key = self.cleaned_data["form_key"] or secrets.token_urlsafe(16)
        digest = hashlib.sha256(f"{key} {json.dumps(sent, sort_keys=True)}".encode())
        return f"page/{digest.hexdigest()}"


def _by_key(details: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {
        name.removeprefix(prefix): value
        for name, value in details.items()
        if name.startswith(prefix)
    }


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


class EntryForm(EditForm):
    """Form for a timeline entry: what happened, and when."""

    text = text_field(gettext_lazy("What happened"), required=True, rows=3)
    timestamp = MomentField(label=gettext_lazy("When"))

    def clean_text(self) -> str:
        """Return the text. Raises ``ValidationError`` if it shows nothing."""
        text = (sanitise(self.cleaned_data["text"]) or "").strip()
        if not is_visible(text):
            raise ValidationError(_("Say what happened."))
        return text

    def save(self) -> bool:
        """Store the change, with its author and the text before it."""
        with atomic():
            return self._save(lock(TimelineEvent.objects.filter(pk=self.row.pk)).get())

    def _save(self, event: TimelineEvent) -> bool:
        wanted, shown = self.zoned(), self.marks()
        texts = {name: editing.as_text(value) for name, value in wanted.items()}
        now = {name: editing.as_text(getattr(event, name)) for name in wanted}
        clash = editing.conflicting(shown, texts, now)
        if clash:
            self._show({name: getattr(event, name) for name in clash})
            return False
        event.curate(
            **{
                name: value
                for name, value in wanted.items()
                if editing.fingerprint(texts[name])
                not in (shown.get(name), editing.fingerprint(now[name]))
            }
        )
        self.row = event
        return True
