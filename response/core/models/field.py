"""Custom fields: what an organisation wants to know of its incidents, and the values.

A value is, by kind: text, choice and link a ``str``; several choices a tuple of ``str``; a number
a ``Decimal``; a date a ``datetime.date``; a person an ``ExternalUser``. What is not known is None,
or an empty tuple of choices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from response.core.clean import sanitise
from response.core.models.configured import ConfiguredRow, folded
from response.core.models.field_values import (
    DECIMALS,
    LONGEST_LINK,
    Kind,
    Option,
    checked_options,
    day,
    number_text,
    option_named,
    read_value,
)
from response.core.models.user_external import ExternalUser

#: How much of a value is in the index by which incidents are filtered, in characters.
LOOKUP = 100


class Required(models.TextChoices):
    """When people have to fill a field in."""

    NEVER = "", _("never")
    DECLARING = "declaring", _("when declaring")
    CLOSING = "closing", _("when closing")


class Field(ConfiguredRow):
    """A field that incidents have here. The ``description`` is its hint in forms."""

    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.TEXT)
    options = models.JSONField(
        default=list,
        blank=True,
        help_text=_(
            "For choices: a list of words, or of objects with key, name and optionally retired."
        ),
    )
    required = models.CharField(max_length=10, blank=True, default="", choices=Required.choices)
    severities = models.JSONField(
        default=list,
        blank=True,
        help_text=_("The keys of the severities that have this field, as a list; empty for all."),
    )
    in_form = models.BooleanField(
        _("in the form"),
        default=True,
        help_text=_("Asked for in the forms for declaring and editing. The page has it anyway."),
    )

    used_in = (("Rule", "field_values"),)

    class Meta(ConfiguredRow.Meta):
        app_label = "response"

    def clean(self) -> None:
        """Raise ``ValidationError`` for invalid options or severities, or a changed kind."""
        super().clean()
        try:
            options = checked_options(self.options)
        except ValidationError as error:
            raise ValidationError({"options": error.messages}) from error
        if self.kind in (Kind.CHOICE, Kind.CHOICES) and not options:
            raise ValidationError({"options": gettext("List the options.")})
        if self.kind not in (Kind.CHOICE, Kind.CHOICES) and options:
            raise ValidationError(
                {
                    "options": gettext(
                        "Only fields of the kinds “choice” and “choices” have options."
                    )
                }
            )
        if not isinstance(self.severities, list) or not all(
            isinstance(key, str) for key in self.severities
        ):
            raise ValidationError({"severities": gettext("List the severities by their keys.")})

    def clean_change(self) -> None:
        """Raise ``ValidationError`` for another kind if incidents have values of the old one."""
        super().clean_change()
        stored = Field.objects.filter(pk=self.pk).exclude(kind=self.kind) if self.pk else None
        if stored is not None and stored.exists() and self.values.exists():
            raise ValidationError(
                {
                    "kind": gettext(
                        "Incidents already have values of this kind. Add another field instead."
                    )
                }
            )

    def normalise(self) -> None:
        """Keep the options that incidents have and the row leaves out, as retired ones."""
        super().normalise()
        try:
            options = checked_options(self.options)
        except ValidationError:
            return
        stored = Field.objects.filter(pk=self.pk).first() if self.pk else None
        if stored is None or stored.kind not in (Kind.CHOICE, Kind.CHOICES):
            return
        here = {folded(option.key) for option in options}
        gone = {o.key: o for o in stored.all_options() if folded(o.key) not in here}
        if gone:
            rows = self.values.filter(lookup__in=[_lookup(key) for key in gone], text__in=gone)
            used = set(rows.values_list("text", flat=True).distinct())
            kept = [option for key, option in gone.items() if key in used]
            self.options = [
                *self.options,
                *({"key": o.key, "name": o.name, "retired": True} for o in kept),
            ]

    def is_used(self) -> bool:
        """Return whether an incident has a value of it, or a rule asks for one."""
        return super().is_used() or (self.pk is not None and self.values.exists())

    @property
    def attribute(self) -> str:
        """What forms, filters and changes call the field of an incident."""
        return f"field_{self.key}"

    @property
    def empty(self) -> Any:
        """The value of an incident that has none."""
        return () if self.kind == Kind.CHOICES else None

    def all_options(self) -> list[Option]:
        """Return the options in order, retired ones included."""
        try:
            return checked_options(self.options)
        except ValidationError:
            return []

    def options_for(self, present: Any = None) -> list[Option]:
        """Return the options that are offered to change ``present``: its own are among them."""
        chosen = (present,) if isinstance(present, str) else tuple(present or ())
        options = self.all_options()
        known = {option.key for option in options}
        gone = [Option(key, key, True) for key in chosen if key not in known]
        return [o for o in options if not o.retired or o.key in chosen] + gone

    def option_name(self, key: str) -> str:
        """Return the name of an option; the key if there is none any more."""
        return next((option.name for option in self.all_options() if option.key == key), key)

    def applies_to(self, severity: str | None) -> bool:
        """Return whether an incident of this severity has the field."""
        return not self.severities or severity in self.severities

    # Values

    def cleaned(self, raw: Any, present: Any = None) -> Any:
        """Return ``raw`` as a value of this field. Raises ``ValidationError`` if it cannot be one.

        ``raw`` may be a value, what JSON has for it, or text; people are ``ExternalUser`` rows.
        What equals ``present``, the value that is stored, is always accepted.
        """
        if raw is None or raw == "" or raw == [] or raw == ():
            return self.empty
        if present is not None and raw == present:
            return present
        is_choice = self.kind in (Kind.CHOICE, Kind.CHOICES)
        return read_value(self.kind, raw, self.options_for(present) if is_choice else ())

    def lookups(self, typed: str) -> list[str]:
        """Return what the index has for a value as people write it in a filter.

        Raises ``ValidationError`` for a text that is not a value of this kind.
        """
        text = (sanitise(typed) or "").strip()[:LONGEST_LINK]
        if self.kind == Kind.PERSON:
            name = text.removeprefix("@")
            found = ExternalUser.objects.filter(
                models.Q(external_id=name) | models.Q(email__iexact=name)
            )
            return [str(pk) for pk in found.values_list("pk", flat=True)[:50]]
        if self.kind in (Kind.CHOICE, Kind.CHOICES):
            option = option_named(self.all_options(), text)
            return [_lookup(option.key if option else text)]
        if self.kind in (Kind.NUMBER, Kind.DATE):
            return [self.lookup(read_value(self.kind, text, ()))]
        return [_lookup(text)]

    def lookup(self, value: Any) -> str:
        """Return what the index has for a single value."""
        return str(value.pk) if isinstance(value, ExternalUser) else _lookup(self.text_of(value))

    def text_of(self, value: Any) -> str:
        """Return a single value as the text that is stored, which is also its plain form."""
        if isinstance(value, Decimal):
            return number_text(value)
        if isinstance(value, ExternalUser):
            return value.as_text()
        return value.isoformat() if isinstance(value, date) else str(value)

    def shown(self, value: Any) -> str:
        """Return a value in words, for people: names of options and of people."""
        if value is None or value == ():
            return ""
        if self.kind == Kind.CHOICES:
            return ", ".join(self.option_name(key) for key in value)
        if self.kind == Kind.CHOICE:
            return self.option_name(value)
        return self.text_of(value)

    def read(self, rows: Sequence[FieldValue]) -> Any:
        """Return the value that the rows of one incident hold, in their order."""
        if self.kind == Kind.CHOICES:
            return tuple(row.text for row in rows)
        if not rows:
            return None
        row = rows[0]
        if self.kind == Kind.NUMBER:
            return row.number
        if self.kind == Kind.PERSON:
            return row.person
        return day(row.text) if self.kind == Kind.DATE else row.text

    def rows(self, incident: Any, value: Any) -> list[FieldValue]:
        """Return the rows, unsaved, that hold ``value`` for an incident."""
        values: Iterable[Any] = value if isinstance(value, tuple) else (value,)
        return [
            FieldValue(
                incident=incident,
                field=self,
                position=position,
                text=self.text_of(one),
                lookup=self.lookup(one),
                number=one if isinstance(one, Decimal) else None,
                person=one if isinstance(one, ExternalUser) else None,
            )
            for position, one in enumerate(values)
            if one is not None
        ]


class FieldValue(models.Model):
    """A value of a field in an incident; several choices have a row each.

    A table with an index by field and value, and no JSON: a filter is one look-up in that
    index on SQLite, PostgreSQL and MariaDB alike, which have no kind of index on JSON in
    common, and one field's value is written without touching the others'.
    """

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(
        "response.Incident", on_delete=models.CASCADE, related_name="field_value_rows"
    )
    field = models.ForeignKey(
        Field, on_delete=models.PROTECT, related_name="values", db_index=False
    )
    position = models.PositiveSmallIntegerField(default=0)
    text = models.TextField()
    lookup = models.CharField(max_length=LOOKUP)
    number = models.DecimalField(max_digits=15, decimal_places=DECIMALS, null=True, blank=True)
    person = models.ForeignKey(
        ExternalUser, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        app_label = "response"
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "field", "position"], name="response_fieldvalue_once"
            )
        ]
        indexes = [
            models.Index(fields=["field", "lookup", "incident"], name="response_fieldvalue_lookup"),
            models.Index(fields=["field", "number"], name="response_fieldvalue_number"),
        ]

    def __str__(self) -> str:
        return f"{self.field}: {self.text[:80]}"


def _lookup(text: str) -> str:
    return text.strip().casefold()[:LOOKUP].rstrip()
