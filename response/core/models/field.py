"""Custom fields: what an organisation wants to know of its incidents, and the values.

A value is, by kind: text, choice and link a ``str``; several choices a tuple of ``str``; a number
a ``Decimal``; a date a ``datetime.date``; a person an ``ExternalUser``. What is not known is None,
or an empty tuple of choices.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from response.core.clean import is_email, is_visible, sanitise
from response.core.models.configured import ConfiguredRow, folded
from response.core.models.user_external import SLACK, ExternalUser

#: The longest text, in characters: what a form of Slack's takes.
LONGEST_TEXT = 3_000
LONGEST_LINK = 2_000
LONGEST_OPTION = 75
MOST_OPTIONS = 500
#: Numbers have at most 12 digits before the point and 3 behind it: what JSON keeps exactly.
LARGEST_NUMBER = Decimal(10**12)
DECIMALS = 3
EARLIEST_YEAR, LATEST_YEAR = 1900, 9998
#: How much of a value is in the index by which incidents are filtered, in characters.
LOOKUP = 100

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NOT_IN_LINK = re.compile(r"[\s<>\"'`\\^{}|]")


class Kind(models.TextChoices):
    """What a field holds."""

    TEXT = "text", _("text")
    CHOICE = "choice", _("choice")
    CHOICES = "choices", _("several choices")
    NUMBER = "number", _("number")
    DATE = "date", _("date")
    PERSON = "person", _("person")
    LINK = "link", _("link")


class Required(models.TextChoices):
    """When people have to fill a field in."""

    NEVER = "", _("never")
    DECLARING = "declaring", _("when declaring")
    CLOSING = "closing", _("when closing")


@dataclass(frozen=True)
class Option:
    """One of the choices: ``key`` is stored, ``name`` is shown. A retired one is not offered."""

    key: str
    name: str
    retired: bool = False


def checked_options(value: Any) -> list[Option]:
    """Read the options of a field: a list of words, or of objects with key, name and retired.

    Raises ``ValidationError`` with a sentence about the first that is wrong.
    """
    if not isinstance(value, list) or len(value) > MOST_OPTIONS:
        raise ValidationError(gettext("Options are a list of at most %d.") % MOST_OPTIONS)
    options: list[Option] = []
    for entry in value:
        given = entry if isinstance(entry, dict) else {"key": entry}
        key, name = given.get("key"), given.get("name", given.get("key"))
        for word in (key, name):
            if not isinstance(word, str) or not 0 < len(word.strip()) <= LONGEST_OPTION:
                raise ValidationError(
                    gettext("Each option is a text of 1 to %d characters.") % LONGEST_OPTION
                )
        assert isinstance(key, str)
        assert isinstance(name, str)
        if "," in key:
            raise ValidationError(
                gettext("“%(option)s” has a comma in it: give it a key without one.")
                % {"option": key}
            )
        if not set(given) <= {"key", "name", "retired"}:
            raise ValidationError(
                gettext("An option can have a key, a name and “retired”, and nothing else.")
            )
        if folded(key) in {folded(option.key) for option in options}:
            raise ValidationError(
                gettext("“%(option)s” is there more than once.") % {"option": key}
            )
        options.append(Option(key.strip(), name.strip(), bool(given.get("retired"))))
    return options


class Field(ConfiguredRow):
    """A field that incidents have here. The ``description`` is its hint in forms."""

    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.TEXT)
    options = models.JSONField(
        default=list,
        blank=True,
        help_text=_(
            "For choices: a list of words, or of objects with key, name and perhaps retired."
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

    class Meta(ConfiguredRow.Meta):
        app_label = "response"

    def clean(self) -> None:
        """Raise ``ValidationError`` for options or severities that are none, or a new kind."""
        super().clean()
        try:
            options = checked_options(self.options)
        except ValidationError as error:
            raise ValidationError({"options": error.messages}) from error
        if self.kind in (Kind.CHOICE, Kind.CHOICES) and not options:
            raise ValidationError({"options": gettext("List what can be chosen.")})
        if not isinstance(self.severities, list) or not all(
            isinstance(key, str) for key in self.severities
        ):
            raise ValidationError({"severities": gettext("List the keys of severities.")})
        stored = Field.objects.filter(pk=self.pk).exclude(kind=self.kind) if self.pk else None
        if stored is not None and stored.exists() and self.values.exists():
            raise ValidationError(
                {"kind": gettext("Incidents have values of this kind. Add another field instead.")}
            )

    def is_used(self) -> bool:
        """Return whether an incident has a value of it."""
        return self.pk is not None and self.values.exists()

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
        return _CLEANERS[self.kind](self, raw, present)

    def lookups(self, typed: str) -> list[str]:
        """Return what the index has for a value as people write it in a filter.

        Raises ``ValidationError`` for what is no value of this kind.
        """
        text = (sanitise(typed) or "").strip()[:LONGEST_LINK]
        if self.kind == Kind.PERSON:
            name = text.removeprefix("@")
            found = ExternalUser.objects.filter(
                models.Q(external_id=name) | models.Q(email__iexact=name)
            )
            return [str(pk) for pk in found.values_list("pk", flat=True)[:50]]
        if self.kind in (Kind.CHOICE, Kind.CHOICES):
            option = _option(self.all_options(), text)
            return [_lookup(option.key if option else text)]
        if self.kind in (Kind.NUMBER, Kind.DATE):
            return [self.lookup(_CLEANERS[self.kind](self, text, None))]
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
        """Return the value that stands in the rows of one incident, in their order."""
        if self.kind == Kind.CHOICES:
            return tuple(row.text for row in rows)
        if not rows:
            return None
        row = rows[0]
        if self.kind == Kind.NUMBER:
            return row.number
        if self.kind == Kind.PERSON:
            return row.person
        return _day(row.text) if self.kind == Kind.DATE else row.text

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


def number_text(number: Decimal) -> str:
    """Return a number without needless zeros: ``12``, ``0.5``."""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def _lookup(text: str) -> str:
    return text.strip().casefold()[:LOOKUP].rstrip()


def _option(options: Iterable[Option], typed: str) -> Option | None:
    wanted, options = folded(typed), list(options)
    for word in ("key", "name"):
        for option in options:
            if folded(getattr(option, word)) == wanted:
                return option
    return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


# One function per kind: from what was sent to a value.


def _text(field: Field, raw: Any, present: Any) -> str | None:
    if not isinstance(raw, str):
        raise ValidationError(gettext("This has to be text."))
    text = (sanitise(raw) or "").strip()
    if len(text) > LONGEST_TEXT:
        raise ValidationError(
            gettext("This has %(length)d characters, and at most %(most)d fit.")
            % {"length": len(text), "most": LONGEST_TEXT}
        )
    return text if is_visible(text) else None


def _choice(field: Field, raw: Any, present: Any) -> str | None:
    if isinstance(raw, list | tuple) and len(raw) == 1:
        raw = raw[0]
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    if not isinstance(raw, str):
        raise ValidationError(gettext("Choose one of the options."))
    if not raw.strip():
        return None
    options = field.options_for(present)
    option = _option(options, raw)
    if option is None:
        known = ", ".join(o.name for o in options[:30])
        raise ValidationError(
            gettext("“%(typed)s” is not one of the options: %(known)s.")
            % {"typed": (sanitise(raw) or "").strip()[:60], "known": known}
        )
    return option.key


def _choices(field: Field, raw: Any, present: Any) -> tuple[str, ...]:
    if isinstance(raw, str):
        raw = raw.split(",")
    if not isinstance(raw, list | tuple):
        raise ValidationError(gettext("This has to be a list of options."))
    if len(raw) > MOST_OPTIONS:
        raise ValidationError(gettext("That is more than there are options."))
    options = field.options_for(present)
    chosen = {_choice(field, one, present) for one in raw}
    return tuple(option.key for option in options if option.key in chosen)


def _number(field: Field, raw: Any, present: Any) -> Decimal | None:
    if isinstance(raw, str):
        raw = raw.strip()
        if not raw:
            return None
    try:
        if isinstance(raw, bool) or not isinstance(raw, int | float | str | Decimal):
            raise ValueError
        if isinstance(raw, str) and len(raw) > 40:
            raise ValueError
        too_large = isinstance(raw, int) and abs(raw) >= LARGEST_NUMBER
        number = Decimal(0) if too_large else Decimal(str(raw))
        if not number.is_finite():
            raise ValueError
    except (ValueError, InvalidOperation):
        raise ValidationError(gettext("Give a number, such as 12 or 0.5.")) from None
    if too_large or abs(number) >= LARGEST_NUMBER:
        raise ValidationError(gettext("This number is too large: it has at most 12 digits."))
    rounded = number.quantize(Decimal(1).scaleb(-DECIMALS))
    if rounded != number:
        raise ValidationError(gettext("Give at most 3 digits after the point."))
    return rounded + 0  # no negative zero


def _date(field: Field, raw: Any, present: Any) -> date | None:
    if isinstance(raw, str):
        if not raw.strip():
            return None
        day = _day(raw.strip()[:20])
    else:
        day = raw if isinstance(raw, date) and not isinstance(raw, datetime) else None
    if day is None:
        raise ValidationError(gettext("Give a date, as in 2026-03-01."))
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise ValidationError(gettext("Give a date between the years 1900 and 9998."))
    return day


def _person(field: Field, raw: Any, present: Any) -> ExternalUser:
    if not isinstance(raw, ExternalUser):
        raise ValidationError(gettext("Choose a person."))
    if raw.bot or (raw.app_id == SLACK and raw.external_id == "USLACKBOT"):
        raise ValidationError(gettext("That is an app. Choose a person."))
    if raw.deleted:
        raise ValidationError(
            gettext(
                "%(name)s has no account in this workspace any more. Please choose another person."
            )
            % {"name": raw.display_name}
        )
    return raw


def _link(field: Field, raw: Any, present: Any) -> str | None:
    if not isinstance(raw, str):
        raise ValidationError(gettext("This has to be a link."))
    link = (sanitise(raw) or "").strip()
    if not link:
        return None
    if len(link) > LONGEST_LINK:
        raise ValidationError(gettext("A link has at most %d characters.") % LONGEST_LINK)
    if not is_link(link):
        raise ValidationError(
            gettext("Give a whole link, which begins with https://, http:// or mailto:")
        )
    return link


def is_link(text: str) -> bool:
    """Return whether ``text`` is an address of the web or of e-mail, and nothing else."""
    if _NOT_IN_LINK.search(text) or not text.isprintable():
        return False
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return False
    if parts.scheme == "mailto":
        return is_email(parts.path)
    return parts.scheme in ("http", "https") and bool(host)


_CLEANERS: dict[str, Any] = {
    Kind.TEXT: _text,
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choices,
    Kind.NUMBER: _number,
    Kind.DATE: _date,
    Kind.PERSON: _person,
    Kind.LINK: _link,
}
