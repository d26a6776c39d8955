"""The section ``statuses``."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from response.core.models import Status
from response.core.models.status import Category
from response.setup.configuration.document import Mistake, Value
from response.setup.configuration.kind import RowKind


def _check(section: Value) -> Iterator[Mistake]:
    for category in Category:
        if not Status.objects.filter(category=category, default=True).exists():
            yield section.mistake(
                _("The category “%(category)s” needs a default status.")
                % {"category": category.value}
            )


STATUSES = RowKind("statuses", Status, check=_check)
