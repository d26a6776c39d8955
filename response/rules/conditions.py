"""Whether a rule is for an incident. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _


def why_not(
    severity: str,
    private: bool,
    fields: Mapping[str, Any],
    *,
    severities: Iterable[str] = (),
    field_values: Iterable[str] = (),
    include_private: bool = False,
) -> str:
    """Return why a rule with these conditions does not apply, in a sentence; empty if it does.

    ``severities`` are keys, of which the incident's has to be one, if there are any.
    ``field_values`` are ``key=value``: of each field that is named, the incident has to have one
    of the values that are named with it, without regard to case. ``fields`` are the incident's
    values by key: a text, a number, or a list of these.
    """
    if private and not include_private:
        return _("The incident is private, and the rule is not for private ones.")
    wanted = list(severities)
    if wanted and severity not in wanted:
        return _("The rule is not for this severity.")
    accepted: dict[str, set[str]] = {}
    for pair in field_values:
        key, _equals, value = pair.partition("=")
        accepted.setdefault(key.strip(), set()).add(_folded(value))
    for key, values in accepted.items():
        if not values & _values(fields.get(key)):
            return _("The rule is not for this value of the field “%(field)s”.") % {"field": key}
    return ""


def _values(value: Any) -> set[str]:
    if value is None:
        return set()
    if isinstance(value, list | tuple | set | frozenset):
        return {_folded(str(one)) for one in value}
    return {_folded(str(value))}


def _folded(text: str) -> str:
    return text.strip().casefold()
