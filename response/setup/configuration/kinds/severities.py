"""The section ``severities``."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from response.core.models import Severity
from response.setup.configuration.document import Mistake, Value
from response.setup.configuration.kind import RowKind


def _check(section: Value) -> Iterator[Mistake]:
    if not Severity.objects.filter(retired=False).exists():
        yield section.mistake(_("At least one severity must be on offer."))


SEVERITIES = RowKind("severities", Severity, check=_check)
