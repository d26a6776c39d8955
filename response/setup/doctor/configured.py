"""Whether the settings name severities that there are."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings as django_settings
from django.utils.translation import gettext as _

from response.conf import settings
from response.core.models import Severity
from response.setup.doctor.finding import Finding, warn


def examine() -> Iterator[Finding]:
    """Look at what the project's settings say of severities; say nothing if all is well."""
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
