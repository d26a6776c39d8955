"""Whether the severities and fields that settings and rules name exist."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings as django_settings
from django.utils.translation import gettext as _

from response.conf import settings
from response.core.models import Severity
from response.rules.models import Rule
from response.rules.situation import asked_for
from response.setup.doctor.finding import Finding, warn


def examine() -> Iterator[Finding]:
    """Check the severities that settings name; yields nothing if all exist."""
    words = settings.RESPONSE_ALERTMANAGER_SEVERITIES
    if not hasattr(django_settings, "RESPONSE_ALERTMANAGER_SEVERITIES"):
        return
    for word, value in words.items() if isinstance(words, dict) else ():
        row = Severity.named(str(value))
        if row is None or row.retired:
            yield warn(
                "severities",
                _(
                    "RESPONSE_ALERTMANAGER_SEVERITIES makes “%(word)s” the severity “%(value)s”, "
                    "which is not offered. Such alerts declare incidents without a severity."
                )
                % {"word": word, "value": value},
                _("Use one of these keys: %(keys)s.")
                % {"keys": ", ".join(row.key for row in Severity.offered())},
            )


def rules() -> Iterator[Finding]:
    """Check the fields and values that rules name; yields nothing if all exist."""
    for rule in Rule.switched_on():
        for pair in rule.field_values:
            key, value, field, can_be = asked_for(pair)
            if field is None:
                yield warn(
                    "rules",
                    _("The rule “%(rule)s” asks for the field “%(field)s”, which does not exist.")
                    % {"rule": rule.name, "field": key},
                    _("Use the key of a field, or switch the rule off: it never acts like this."),
                )
            elif not can_be:
                yield warn(
                    "rules",
                    _("The rule “%(rule)s” asks for “%(value)s” in “%(field)s”, which is not an "
                      "option of that field.")
                    % {"rule": rule.name, "value": value, "field": field.name},
                    _("Use one of these: %(options)s.")
                    % {"options": ", ".join(o.name for o in field.options_for()[:50])},
                )  # fmt: skip
