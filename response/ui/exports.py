"""Lists as CSV, streamed: as long as they are, of what the reader may see."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from response.core import csv_cells, tables
from response.core.models import Action, ExternalUser, Incident
from response.ui.actions import ActionFilter
from response.ui.base import incident_or_404, shown, user_of
from response.ui.filters import IncidentListFilter

#: So that spreadsheets read UTF-8 as such.
_BOM = "\ufeff"


@shown
@require_safe
def incidents(request: HttpRequest) -> HttpResponseBase:
    """Download the incidents that match the filter of the list."""
    visible = Incident.objects.visible_to(user_of(request))  # type: ignore[arg-type]
    rows = IncidentListFilter.read(request.GET).apply(visible)
    return _csv("incidents", tables.incidents(rows))


@shown
@require_safe
def actions(request: HttpRequest) -> HttpResponseBase:
    """Download the actions that match the filter of their list."""
    user = user_of(request)
    chosen = ActionFilter.read(request.GET)
    own = ExternalUser.objects.of_account(user) if chosen.owner.casefold() == "me" else None
    visible = Incident.objects.visible_to(user)  # type: ignore[arg-type]
    rows = chosen.apply(Action.objects.filter(incident__in=visible.values("pk")), own)
    return _csv("actions", tables.actions(rows))


@shown
@require_safe
def timeline(request: HttpRequest, incident_id: int) -> HttpResponseBase:
    """Download the timeline of an incident, without what is hidden."""
    incident = incident_or_404(request, incident_id)
    rows = incident.timeline_events().shown()  # type: ignore[attr-defined]
    return _csv(f"incident-{incident.pk}-timeline", tables.timeline(rows))


def _csv(name: str, rows: Iterable[list[Any]]) -> HttpResponseBase:
    return StreamingHttpResponse(
        _text(rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _text(rows: Iterable[list[Any]]) -> Iterable[str]:
    yield _BOM
    yield from csv_cells.lines(rows)
