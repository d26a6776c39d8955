"""The page that lists the incidents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.paginator import EmptyPage, PageNotAnInteger
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from response.conf import settings
from response.core import chat
from response.core.models import Incident
from response.core.text import References
from response.ui.base import render, shown, user_of
from response.ui.filters import (
    TIMES,
    IncidentListFilter,
    detail_controls,
    severities,
    sort_key,
    statuses,
)
from response.ui.pagination import LimitedPaginator

PAGE_SIZE = 50
#: How many live incidents the block at the top holds; there is a link to the others.
LIVE_SIZE = 50
COLUMNS = (
    ("number", gettext_lazy("No.")),
    ("severity", gettext_lazy("Severity")),
    ("title", gettext_lazy("Incident")),
    ("lead", gettext_lazy("Lead")),
    ("started", gettext_lazy("Started")),
    ("duration", gettext_lazy("Duration")),
)


@shown
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """List the incidents: live ones in a block of their own, then the others, newest first.

    The query string chooses, see :class:`~response.ui.filters.IncidentListFilter`, and ``page``
    in it; invalid parameters are ignored, with a sentence that says so. With a filter,
    and on every page but the first, there is one list.
    """
    chosen = IncidentListFilter.read(request.GET)
    rows = Incident.objects.visible_to(user_of(request)).with_people()  # type: ignore[arg-type]
    listed = chosen.apply(rows)
    if not chosen.is_active:
        listed = listed.exclude(end_time__isnull=True, report_only=False)
    paginator = LimitedPaginator(listed, PAGE_SIZE)
    current = _page(paginator, request.GET.get("page", ""), chosen.remarks)
    live: list[Incident] = []
    more_live = False
    if not chosen.is_active and current.number == 1:
        worst_first = rows.open().order_by(sort_key("severity"), "start_time", "pk")
        live = list(worst_first[: LIVE_SIZE + 1])
        more_live, live = len(live) > LIVE_SIZE, live[:LIVE_SIZE]
    incidents = list(current.object_list)
    names = References.collect(incident.report for incident in [*live, *incidents])
    context: dict[str, Any] = {
        "filter": chosen,
        "statuses": statuses(),
        "severities": severities(),
        "times": TIMES,
        "detail_controls": detail_controls(chosen),
        "columns": [
            (name, words, chosen.sort_link(name), _direction(chosen.sort, name))
            for name, words in COLUMNS
        ],
        "live": [_row(incident, names) for incident in live],
        "shows_live": not chosen.is_active and current.number == 1,
        "more_live": more_live,
        "rows": [_row(incident, names) for incident in incidents],
        "page": current,
        "newer": chosen.query_string(page=current.number - 1) if current.has_previous() else "",
        "older": chosen.query_string(page=current.number + 1) if current.has_next() else "",
        "nothing_yet": not (live or paginator.count or chosen.is_active or current.number > 1),
    }
    return render(request, "response/home.html", context)


@shown
@require_safe
def shortcuts(request: HttpRequest) -> HttpResponse:
    """Show the keyboard shortcuts."""
    return render(request, "response/shortcuts.html", {})


@dataclass(frozen=True)
class Row:
    """An incident in the list, with what its row shows."""

    incident: Incident
    names: References
    channel: chat.Channel | None

    @property
    def is_live(self) -> bool:
        """Whether the incident is live: not closed, and not only reported."""
        return not self.incident.is_closed() and not self.incident.report_only

    @property
    def is_forgotten(self) -> bool:
        """Whether the incident has been live for so long that it seems forgotten."""
        age = timezone.now() - self.incident.start_time
        return self.is_live and age > timedelta(days=settings.RESPONSE_FORGOTTEN_DAYS)


def _row(incident: Incident, names: References) -> Row:
    return Row(incident, names, chat.get().channel(incident))


def _direction(sort: str, name: str) -> str:
    if sort.removeprefix("-") != name:
        return ""
    return "descending" if sort.startswith("-") else "ascending"


def _page(paginator: LimitedPaginator, number: str, remarks: list[str]) -> Any:
    """Return the page with this number, or the nearest one with a sentence that says so."""
    try:
        return paginator.page(number or 1)
    except PageNotAnInteger:
        remarks.append(
            _("There is no page “%(page)s”: the first one is shown.") % {"page": number[:50]}
        )
        return paginator.page(1)
    except EmptyPage:
        last = paginator.num_pages
        nearest = last if number.strip().isdigit() and number.strip("0 ") else 1
        remarks.append(
            _("There is no page %(page)s: page %(nearest)d of %(last)d is shown.")
            % {"page": number[:20], "nearest": nearest, "last": last}
        )
        return paginator.page(nearest)
