"""The reviews of all incidents: what is published, with search, and what is being written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Paginator
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from response.core.clean import sanitise
from response.core.models import Incident, Review, ReviewSection
from response.core.text import References
from response.ui.base import render, shown, user_of

PAGE_SIZE = 50
STATES = (
    ("published", pgettext_lazy("reviews", "Published")),
    ("open", pgettext_lazy("reviews", "Being written")),
    ("overdue", pgettext_lazy("reviews", "Overdue")),
)
SEARCH_LENGTH = 200


@dataclass
class ReviewFilter:
    """A filter of the reviews, read from a query string."""

    state: str = "published"
    search: str = ""
    remarks: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, query: Any) -> ReviewFilter:
        """Parse a query string; its errors are sentences in ``remarks``."""
        found = cls()
        state = query.get("state", "").strip()
        if state in dict(STATES):
            found.state = state
        elif state:
            found.remarks.append(
                _("“%(value)s” cannot be chosen here, and is ignored.") % {"value": state[:50]}
            )
        found.search = " ".join((sanitise(query.get("q", "")) or "").split())[:SEARCH_LENGTH]
        return found

    @property
    def is_active(self) -> bool:
        """Whether it asks for anything but the published ones."""
        return bool(self.state != "published" or self.search)

    def apply(self, reviews: Any) -> Any:
        """Return the reviews that pass, in order."""
        if self.state == "published":
            reviews = reviews.filter(status=Review.PUBLISHED)
        else:
            reviews = reviews.exclude(status=Review.PUBLISHED)
        if self.state == "overdue":
            reviews = reviews.filter(due_date__lt=timezone.now())
        if self.search:
            reviews = reviews.filter(_mentions(self.search))
        if self.state == "published":
            return reviews.order_by("-published_at", "-pk")
        return reviews.order_by(F("due_date").asc(nulls_last=True), "pk")

    def query_string(self, **changes: Any) -> str:
        """Return this filter as a query string with its ``?``, with ``changes``, for links."""
        values = {
            "state": "" if self.state == "published" else self.state,
            "q": self.search,
            **changes,
        }
        return "?" + urlencode({name: value for name, value in values.items() if value})


def _mentions(text: str) -> Q:
    sections = ReviewSection.objects.filter(text__icontains=text)
    found = Q(incident__report__icontains=text) | Q(pk__in=sections.values("review_id"))
    number = text.removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) < 10:
        found |= Q(incident_id=int(number))
    return found


@shown
@require_safe
def reviews(request: HttpRequest) -> HttpResponse:
    """List the reviews of the incidents that the reader may see."""
    chosen = ReviewFilter.read(request.GET)
    visible = Incident.objects.visible_to(user_of(request))  # type: ignore[arg-type]
    rows = Review.objects.filter(incident__in=visible.values("pk"))
    rows = chosen.apply(rows.select_related("incident", "owner"))
    paginator = Paginator(rows, PAGE_SIZE)
    current = paginator.get_page(request.GET.get("page"))
    listed = list(current.object_list)
    context = {
        "filter": chosen,
        "states": STATES,
        "reviews": listed,
        "names": References.collect(row.incident.report for row in listed),
        "page": current,
        "newer": chosen.query_string(page=current.number - 1) if current.has_previous() else "",
        "older": chosen.query_string(page=current.number + 1) if current.has_next() else "",
    }
    return render(request, "response/review/list.html", context)
