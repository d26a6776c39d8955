"""The entries of a timeline: adding, editing, starring, hiding, and what they were before."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from response.core.models import Incident, TimelineEvent, TimelineRevision
from response.core.text import BELOW_SECTIONS, References, to_html
from response.ui.base import incident_or_404, of_incident, posted, render, row_or_404, shown
from response.ui.form_pages import form_page, handle_form, show_changed, show_form
from response.ui.forms.entry import EntryForm


@shown
@form_page
@of_incident("POST", TimelineEvent)
def entry_add(request: HttpRequest, incident: Incident) -> HttpResponse:
    """Show or store the form of a new timeline entry, which may lie in the past."""
    form = EntryForm(posted(request), TimelineEvent(incident=incident))
    if form.is_bound and form.is_valid():
        TimelineEvent.objects.create(incident=incident, **form.zoned())
        return show_changed(request, incident, "timeline")
    return show_form(request, incident, form, _("Add to the timeline"), "timeline")


@shown
@form_page
@of_incident("PATCH", TimelineEvent)
def entry_edit(request: HttpRequest, incident: Incident, event_id: int) -> HttpResponse:
    """Show or store the form of a timeline entry: its text and its time."""
    form = EntryForm(posted(request), row_or_404(incident.timelineevent_set, event_id))
    return handle_form(request, incident, form, _("Edit entry"), "timeline")


@shown
@require_POST
@of_incident("PATCH", TimelineEvent)
def entry_mark(request: HttpRequest, incident: Incident, event_id: int, mark: str) -> HttpResponse:
    """Star or hide a timeline entry, or undo that."""
    event = row_or_404(incident.timelineevent_set, event_id)
    changes = {
        "star": {"starred": True},
        "unstar": {"starred": False},
        "hide": {"hidden": True},
        "unhide": {"hidden": False},
    }
    if mark not in changes:
        raise Http404
    event.curate(**changes[mark])
    return show_changed(request, incident, "timeline")


@shown
@require_safe
def entry_history(request: HttpRequest, incident_id: int, event_id: int) -> HttpResponse:
    """Show the edits of an entry, the newest first: who made each, when, and what it was before."""
    incident = incident_or_404(request, incident_id)
    event = row_or_404(incident.timelineevent_set, event_id)
    revisions = list(event.revisions.select_related("actor").order_by("-id"))
    names = References.collect(
        [event.text, *(str(r.before.get("text", "")) for r in revisions), incident.report]
    )
    context = {
        "incident": incident,
        "event": event,
        "names": names,
        "revisions": [_shown_revision(revision, names) for revision in revisions],
    }
    return render(request, "response/entry_history.html", context)


def _shown_revision(revision: TimelineRevision, names: References) -> dict[str, Any]:
    before = revision.before if isinstance(revision.before, dict) else {}
    values: dict[str, Any] = {"revision": revision, "notes": []}
    if isinstance(before.get("text"), str):
        values["text"] = to_html(before["text"], names, below=BELOW_SECTIONS)
    if isinstance(before.get("timestamp"), str):
        values["timestamp"] = parse_datetime(before["timestamp"])
    if "hidden" in before:
        values["notes"].append(_("It was hidden.") if before["hidden"] else _("It was not hidden."))
    if "starred" in before:
        values["notes"].append(
            _("It was starred.") if before["starred"] else _("It was not starred.")
        )
    return values
