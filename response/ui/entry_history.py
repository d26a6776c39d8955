"""What an entry of a timeline was before people edited it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from response.core.models import TimelineRevision
from response.core.text import References, to_html
from response.ui.access import incident_or_404
from response.ui.shell import render, shown


@shown
@require_safe
def entry_history(request: HttpRequest, incident_id: int, event_id: int) -> HttpResponse:
    """Show the edits of an entry, the newest first: who made each, when, and what it was before."""
    incident = incident_or_404(request, incident_id)
    event = incident.timelineevent_set.filter(pk=event_id).first() if event_id < 2**63 else None
    if event is None:
        raise Http404
    revisions = list(event.revisions.select_related("actor").order_by("-id"))
    names = References.collect(
        [event.text, *(str(r.before.get("text", "")) for r in revisions), incident.report]
    )
    context = {
        "incident": incident,
        "event": event,
        "names": names,
        "revisions": [_told(revision, names) for revision in revisions],
    }
    return render(request, "response/entry_history.html", context)


def _told(revision: TimelineRevision, names: References) -> dict[str, Any]:
    before = revision.before if isinstance(revision.before, dict) else {}
    told: dict[str, Any] = {"revision": revision, "notes": []}
    if isinstance(before.get("text"), str):
        told["text"] = to_html(before["text"], names)
    if isinstance(before.get("timestamp"), str):
        told["timestamp"] = parse_datetime(before["timestamp"])
    if "hidden" in before:
        told["notes"].append(_("It was hidden.") if before["hidden"] else _("It was not hidden."))
    if "starred" in before:
        told["notes"].append(
            _("It was starred.") if before["starred"] else _("It was not starred.")
        )
    return told
