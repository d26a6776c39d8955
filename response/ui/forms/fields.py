"""The fields that forms are made of: titles, texts, people by name, times, severities, statuses."""

from __future__ import annotations

import zoneinfo
from datetime import datetime, time
from typing import Any

from django import forms
from django.conf import settings as project
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from response.core.clean import is_email, is_visible, sanitise
from response.core.models import ExternalUser, Incident, Severity, Status

#: How many people the browser offers to choose from; any other can be typed.
OFFERED = 400
_EARLIEST, _LATEST = 1900, 9998
#: The longest text that a form takes, as in the API.
MAX_TEXT = 100_000
LONGEST_TITLE = 200


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


def label(person: ExternalUser | None) -> str:
    """Return the label of a person in a form: the full name and the display name."""
    if person is None:
        return ""
    if person.full_name and person.full_name != person.display_name:
        return f"{person.full_name} (@{person.display_name})"
    return person.display_name


def offered_people() -> list[str]:
    """Return the people that a form offers."""
    people = ExternalUser.objects.filter(deleted=False, bot=False, app_id="slack")
    return [label(person) for person in people.order_by("full_name", "display_name")[:OFFERED]]


class PersonField(forms.CharField):
    """Field for a person, by name, ``@handle`` or e-mail address."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 600)
        super().__init__(**kwargs)
        #: The stored person, who is meant by their name even if others share it.
        self.known: ExternalUser | None = None

    def widget_attrs(self, widget: Any) -> dict[str, Any]:
        attrs = super().widget_attrs(widget)
        return {**attrs, "list": "people", "autocomplete": "off", "spellcheck": "false"}

    def prepare_value(self, value: Any) -> Any:
        return label(value) if isinstance(value, ExternalUser) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return label(initial) != (data or "")

    def clean(self, value: Any) -> ExternalUser | None:  # type: ignore[override]
        """Return the person. Raises ``ValidationError`` if none or several match."""
        text = " ".join((sanitise(super().clean(value)) or "").split())
        if not text:
            return None
        if self.known is not None and text == " ".join(label(self.known).split()):
            return self.known
        return _find_person(text)


def _find_person(text: str) -> ExternalUser:
    found = list(_people_named(text).order_by("deleted", "bot", "id")[:5])
    if not found:
        raise ValidationError(
            _("No person called “%(name)s” was found. Try the e-mail address.")
            % {"name": text[:100]}
        )
    people = [person for person in found if not person.why_not_lead()]
    if not people:
        if not found[0].deleted:
            raise ValidationError(_("That is an app. Choose a person."))
        raise ValidationError(
            _("%(name)s no longer has an account. Choose another person.") % {"name": text[:100]}
        )
    if len(people) > 1:
        raise ValidationError(
            _("Several people are called “%(name)s”. Give the e-mail address instead.")
            % {"name": text[:100]}
        )
    person: ExternalUser = people[0]
    return person


def _people_named(text: str) -> Any:
    people = ExternalUser.objects.all()
    full, both, display = text.removesuffix(")").rpartition(" (@")
    if both and text.endswith(")"):
        return people.filter(full_name=full.strip(), display_name=display.strip())
    if is_email(text):
        return people.filter(email__iexact=text)
    name = text.removeprefix("@")
    return people.filter(
        Q(display_name__iexact=name) | Q(full_name__iexact=name) | Q(handle__iexact=name)
    )


class MomentInput(forms.DateTimeInput):
    """The browser's own control for a time; a script shows it in the reader's zone."""

    input_type = "datetime-local"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        moment = value if isinstance(value, datetime) else None
        context = super().get_context(name, _local(moment) if moment else value, attrs)
        if moment is not None:
            context["widget"]["attrs"]["data-moment-input"] = _aware(moment).isoformat()
        return context


class MomentField(forms.Field):
    """Field for a time, read in the zone that the form names, or in the site's."""

    widget = MomentInput

    def prepare_value(self, value: Any) -> Any:
        return value

    def to_python(self, value: Any) -> datetime | None:
        """Return the time without a zone, which the form adds."""
        if value in (None, ""):
            return None
        try:
            moment = parse_datetime(str(value).strip()[:40])
        except ValueError:
            moment = None
        if moment is None:
            raise ValidationError(_("Give a date and a time, as in 2026-03-01 14:05."))
        if not _EARLIEST <= moment.year <= _LATEST:
            raise ValidationError(_("Give a date between the years 1900 and 9998."))
        return moment


class DayField(forms.Field):
    """Field for a day; its value is the end of that day in the zone that the form names."""

    widget = forms.DateInput(attrs={"type": "date"})

    def prepare_value(self, value: Any) -> Any:
        return _local(value)[:10] if isinstance(value, datetime) else value

    def to_python(self, value: Any) -> datetime | None:
        """Return the end of the day, without a zone."""
        if value in (None, ""):
            return None
        try:
            day = parse_date(str(value).strip()[:20])
        except ValueError:
            day = None
        if day is None or not _EARLIEST <= day.year <= _LATEST:
            raise ValidationError(_("Give a date, as in 2026-03-01."))
        return datetime.combine(day, time(23, 59))


def in_zone(moment: datetime | None, zone_name: str) -> datetime | None:
    """Convert a time entered in the zone ``zone_name`` into the one to store."""
    if moment is None:
        return None
    try:
        zone: Any = zoneinfo.ZoneInfo(zone_name) if zone_name else timezone.get_current_timezone()
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        zone = timezone.get_current_timezone()
    aware = moment if timezone.is_aware(moment) else timezone.make_aware(moment, zone)
    if project.USE_TZ:
        return aware
    return timezone.make_naive(aware, timezone.get_default_timezone())


def _aware(moment: datetime) -> datetime:
    if timezone.is_aware(moment):
        return moment
    return timezone.make_aware(moment, timezone.get_default_timezone())


def _local(moment: datetime) -> str:
    return f"{timezone.localtime(_aware(moment)):%Y-%m-%dT%H:%M}"


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
