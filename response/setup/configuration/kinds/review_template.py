"""The section ``review_template``: the sections that every new review begins with."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from response.core.models import ReviewTemplateSection
from response.setup.configuration.document import Mistake, Value
from response.setup.configuration.kind import RowKind


def _check(section: Value) -> Iterator[Mistake]:
    if not ReviewTemplateSection.objects.filter(retired=False).exists():
        yield section.mistake(_("At least one section of reviews must be on offer."))


REVIEW_TEMPLATE = RowKind(
    "review_template", ReviewTemplateSection, without=("aliases",), check=_check
)
