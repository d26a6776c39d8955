"""What a custom field can hold, by its kind, and how that is read from what people send.

Values are those of :mod:`response.core.models.field`.
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
from response.core.models.configured import folded
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

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NOT_IN_LINK = re.compile(r"[\s<>\"'`\\^{}|]")


class Kind(models.TextChoices):
    """The kinds of values that a field can hold."""

    TEXT = "text", _("text")
    CHOICE = "choice", _("choice")
    CHOICES = "choices", _("several choices")
    NUMBER = "number", _("number")
    DATE = "date", _("date")
    PERSON = "person", _("person")
    LINK = "link", _("link")


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
                gettext("“%(option)s” is listed more than once.") % {"option": key}
            )
        options.append(Option(key.strip(), name.strip(), bool(given.get("retired"))))
    return options


def number_text(number: Decimal) -> str:
    """Return a number without needless zeros: ``12``, ``0.5``."""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def option_named(options: Iterable[Option], typed: str) -> Option | None:
    """Return the option whose key or name people typed, or None."""
    wanted, options = folded(typed), list(options)
    for word in ("key", "name"):
        for option in options:
            if folded(getattr(option, word)) == wanted:
                return option
    return None


def day(text: str) -> date | None:
    """Parse a day in ISO 8601; None if ``text`` is not one."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


# One function per kind: from what was sent to a value.


def _text(raw: Any, options: Sequence[Option]) -> str | None:
    if not isinstance(raw, str):
        raise ValidationError(gettext("This must be text."))
    text = (sanitise(raw) or "").strip()
    if len(text) > LONGEST_TEXT:
        raise ValidationError(
            gettext("This has %(length)d characters; at most %(most)d are allowed.")
            % {"length": len(text), "most": LONGEST_TEXT}
        )
    return text if is_visible(text) else None


def _choice(raw: Any, options: Sequence[Option]) -> str | None:
    if isinstance(raw, list | tuple) and len(raw) == 1:
        raw = raw[0]
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    if not isinstance(raw, str):
        raise ValidationError(gettext("Choose one of the options."))
    if not raw.strip():
        return None
    option = option_named(options, raw)
    if option is None:
        known = ", ".join(o.name for o in options[:30])
        raise ValidationError(
            gettext("“%(typed)s” is not one of the options: %(known)s.")
            % {"typed": (sanitise(raw) or "").strip()[:60], "known": known}
        )
    return option.key


def _choices(raw: Any, options: Sequence[Option]) -> tuple[str, ...]:
    if isinstance(raw, str):
        raw = raw.split(",")
    if not isinstance(raw, list | tuple):
        raise ValidationError(gettext("This must be a list of options."))
    if len(raw) > MOST_OPTIONS:
        raise ValidationError(gettext("That is more choices than there are options."))
    chosen = {_choice(one, options) for one in raw}
    return tuple(option.key for option in options if option.key in chosen)


def _number(raw: Any, options: Sequence[Option]) -> Decimal | None:
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
    # Compared as it is: arithmetic raises for the largest exponents.
    if too_large or not -LARGEST_NUMBER < number < LARGEST_NUMBER:
        raise ValidationError(gettext("This number is too large: at most 12 digits are allowed."))
    rounded = number.quantize(Decimal(1).scaleb(-DECIMALS))
    if rounded != number:
        raise ValidationError(gettext("Give at most 3 decimal places."))
    return rounded + 0  # no negative zero


def _date(raw: Any, options: Sequence[Option]) -> date | None:
    if isinstance(raw, str):
        if not raw.strip():
            return None
        found = day(raw.strip()[:20])
    else:
        found = raw if isinstance(raw, date) and not isinstance(raw, datetime) else None
    if found is None:
        raise ValidationError(gettext("Give a date, as in 2026-03-01."))
    if not EARLIEST_YEAR <= found.year <= LATEST_YEAR:
        raise ValidationError(gettext("Give a date between the years 1900 and 9998."))
    return found


def _person(raw: Any, options: Sequence[Option]) -> ExternalUser:
    if not isinstance(raw, ExternalUser):
        raise ValidationError(gettext("Choose a person."))
    if raw.bot or (raw.app_id == SLACK and raw.external_id == "USLACKBOT"):
        raise ValidationError(gettext("That is an app. Choose a person."))
    if raw.deleted:
        raise ValidationError(
            gettext(
                "%(name)s no longer has an account in this workspace. Please choose another person."
            )
            % {"name": raw.display_name}
        )
    return raw


def _link(raw: Any, options: Sequence[Option]) -> str | None:
    if not isinstance(raw, str):
        raise ValidationError(gettext("This must be a link."))
    link = (sanitise(raw) or "").strip()
    if not link:
        return None
    if len(link) > LONGEST_LINK:
        raise ValidationError(gettext("A link has at most %d characters.") % LONGEST_LINK)
    if not is_link(link):
        raise ValidationError(
            gettext("Give a full link that begins with https://, http:// or mailto:")
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


_READERS: dict[str, Any] = {
    Kind.TEXT: _text,
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choices,
    Kind.NUMBER: _number,
    Kind.DATE: _date,
    Kind.PERSON: _person,
    Kind.LINK: _link,
}


def read_value(kind: str, raw: Any, options: Sequence[Option]) -> Any:
    """Return ``raw`` as a value of ``kind``; ``options`` are those that can be chosen.

    Raises ``ValidationError`` if it cannot be one.
    """
    return _READERS[kind](raw, options)
