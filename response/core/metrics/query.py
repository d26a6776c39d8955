"""The choice of figures in a query string, as the page, the CSV files and the API read it."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta, tzinfo
from typing import Any

from django.conf import settings
from django.utils.dateparse import parse_date
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from response.core.clean import sanitise
from response.core.detail_filters import NONE, is_value
from response.core.metrics.periods import MOST_MONTHS, Period, project_zone
from response.core.metrics.scope import NO_SEVERITY, Scope
from response.core.models import Role, Severity
from response.core.models.configured import read_both
from response.core.models.field import Field
from response.core.models.field_values import Kind

#: How many months the page offers; the present one is the last of them.
MONTHS = (3, 6, 12, 24, MOST_MONTHS)
DEFAULT_MONTHS = 12
#: The longest value to filter a field by, in characters; the rest is ignored.
LONGEST_VALUE = 200
_EARLIEST, _LATEST = date(1990, 1, 1), date(9000, 1, 1)


def month_choices() -> list[tuple[str, str]]:
    """Return how far back the page offers to look, in the reader's language."""
    return [
        (str(count), ngettext("Last %d month", "Last %d months", count) % count) for count in MONTHS
    ]


def severities() -> list[tuple[str, Any]]:
    """Return the key and the name of each severity, and of there being none."""
    known = [(row.key, row.label()) for row in Severity.all_rows()]
    return [*known, (NO_SEVERITY, gettext_lazy("not set"))]


def detail_rows() -> list[Role | Field]:
    """Return the roles and custom fields by which figures can be filtered, in one query."""
    read_both(Field, Role)
    return [*Role.offered(), *Field.offered()]


@dataclass
class Query:
    """A choice: the last ``months``, or the days ``first`` to ``last``; a severity; a zone.

    ``details`` has what was asked for by ``role_<key>`` and ``field_<key>``.

    ``problems`` has a sentence for each parameter that cannot be read, which is then ignored.
    """

    months: int = DEFAULT_MONTHS
    first: date | None = None
    last: date | None = None
    severity: str = ""
    zone_name: str = ""
    details: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Query:
        """Read months, days, severity, zone, roles and fields, by the names that pages use."""
        found = cls()
        months = query.get("months", "").strip()
        if months:
            number = int(months) if months.isascii() and months.isdigit() and len(months) < 4 else 0
            if 1 <= number <= MOST_MONTHS:
                found.months = number
            else:
                found.problems["months"] = _("Give a number of months from 1 to %(most)d.") % {
                    "most": MOST_MONTHS
                }
        severity = query.get("severity", "").strip()
        if severity in dict(severities()):
            found.severity = severity
        elif severity:
            found.problems["severity"] = _("There is no severity “%(value)s”.") % {
                "value": severity[:50]
            }
        for row in detail_rows():
            found._read_detail(row, query.get(row.attribute, ""))
        found._read_zone(query.get("zone", "").strip())
        found._read_days(query.get("from", "").strip(), query.get("to", "").strip())
        return found

    def _read_detail(self, row: Role | Field, typed: str) -> None:
        text = " ".join((sanitise(typed) or "").split())[:LONGEST_VALUE]
        if not text:
            return
        if _is_known(row, text):
            self.details[row.attribute] = text
        else:
            self.problems[row.attribute] = _("%(field)s cannot be “%(value)s”.") % {
                "field": row.label(),
                "value": text[:50],
            }

    def _read_zone(self, name: str) -> None:
        if not name or not settings.USE_TZ:
            return
        try:
            zoneinfo.ZoneInfo(name[:64])
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            self.problems["zone"] = _("There is no time zone “%(value)s”.") % {"value": name[:64]}
        else:
            self.zone_name = name

    def _read_days(self, first: str, last: str) -> None:
        if not first and not last:
            return
        days = {name: _day(value) for name, value in (("from", first), ("to", last)) if value}
        for name, day in days.items():
            if day is None:
                self.problems[name] = _("Give a date, as in 2026-03-01.")
        begin, end = days.get("from"), days.get("to")
        if None in days.values():
            return
        end = end or Period.of_days(1, self.zone).last
        begin = begin or end - timedelta(days=365)
        if begin > end:
            self.problems["from"] = _("This is after the last day.")
        elif (end.year - begin.year) * 12 + end.month - begin.month >= MOST_MONTHS:
            self.problems["from"] = _("Choose at most %(most)d months.") % {"most": MOST_MONTHS}
        else:
            self.first, self.last = begin, end

    @property
    def zone(self) -> tzinfo:
        """The zone whose months and hours are meant: the reader's if it is known."""
        return zoneinfo.ZoneInfo(self.zone_name) if self.zone_name else project_zone()

    @property
    def period(self) -> Period:
        """The days that were asked for."""
        if self.first and self.last:
            return Period(self.first, self.last, self.zone)
        return Period.of_months(self.months, self.zone)

    def scope(self, user: Any) -> Scope:
        """Return the incidents that are meant, as far as ``user`` may see them."""
        return Scope(self.period, user, self.severity, tuple(self.details.items()))

    @property
    def is_active(self) -> bool:
        """Whether something else was asked for than is shown by itself."""
        return bool(self.severity or self.details or self.first or self.months != DEFAULT_MONTHS)

    def query_string(self) -> str:
        """Return the choice as a query string with its ``?``, for links."""
        values = {
            "months": self.months if self.months != DEFAULT_MONTHS and not self.first else "",
            "from": self.first.isoformat() if self.first else "",
            "to": self.last.isoformat() if self.last else "",
            "severity": self.severity,
            "zone": self.zone_name,
            **self.details,
        }
        chosen = {name: value for name, value in values.items() if value}
        return "?" + urlencode(chosen) if chosen else ""


def _is_known(row: Role | Field, text: str) -> bool:
    if isinstance(row, Field) and row.kind in (Kind.CHOICE, Kind.CHOICES):
        return text in {NONE, *(option.key for option in row.all_options())}
    return is_value(row, text)


def _day(value: str) -> date | None:
    try:
        day = parse_date(value[:20])
    except ValueError:
        return None
    return day if day and _EARLIEST <= day <= _LATEST else None
