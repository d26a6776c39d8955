"""Pages of long lists, without counting every row for a number that is only read."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

#: How far rows are counted. Whoever goes to a page beyond that is told the exact number.
COUNTED = 10_000


class LimitedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts to :data:`COUNTED`, or exactly if the page that is asked for lies beyond.

    A database counts by reading: the whole table, where no filter is set.
    """

    def __init__(self, *args: Any, counted: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._most = COUNTED if counted is None else counted
        self._exact = False

    @cached_property
    def count(self) -> int:  # type: ignore[override]
        """The number of rows, or one more than the limit if there are more."""
        rows: Any = self.object_list
        rows = rows.order_by()
        return int((rows if self._exact else rows[: self._most + 1]).count())

    @property
    def is_exact(self) -> bool:
        """Whether all rows were counted."""
        return self._exact or self.count <= self._most

    @property
    def count_text(self) -> str:
        """The number of rows for people: “123”, or “10,000+”."""
        if self.is_exact:
            return number_format(self.count, use_l10n=True)
        return _("%(count)s+") % {"count": number_format(self._most, force_grouping=True)}

    def page(self, number: int | str) -> Page[Any]:
        """Return the page with this number. Raises ``InvalidPage`` as Django's paginator does."""
        if not self.is_exact and self._lies_beyond(number):
            self._exact = True
            del self.count
            self.__dict__.pop("num_pages", None)
        return super().page(number)

    def _lies_beyond(self, number: int | str) -> bool:
        try:
            return int(number) * self.per_page > self._most
        except (TypeError, ValueError):
            return False
