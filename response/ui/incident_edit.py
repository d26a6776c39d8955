"""Editing an incident: its parts, its status and its lead."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from response.core import chat
from response.core.models import ExternalUser, Incident
from response.db import atomic
from response.ui.base import incident_or_404, is_part, of_incident, posted, shown, user_of
from response.ui.form_pages import (
    form_page,
    handle_form,
    show_changed,
    show_form,
    warn_unlinked,
)
from response.ui.forms.detail_fields import rows_for_editing
from response.ui.forms.incident import IncidentForm

#: What is edited together: the part's name, its fields, its heading, and its place on the page.
PARTS: dict[str, tuple[tuple[str, ...], Any, str]] = {
    "details": (
        (
            "report",
            "severity",
            "status_key",
            "lead",
            "start_time",
            "detected_at",
            "report_time",
            "acknowledged_at",
            "mitigated_at",
            "end_time",
            "private",
        ),
        gettext_lazy("Edit incident"),
        "head",
    ),
    "summary": (("summary",), gettext_lazy("Edit summary"), "summary"),
    "impact": (("impact",), gettext_lazy("Edit impact"), "impact"),
    # The names come from the roles and custom fields that there are.
    "fields": ((), gettext_lazy("Edit roles and fields"), "fields"),
}


@shown
@form_page
@of_incident("PATCH", Incident)
def edit(request: HttpRequest, incident: Incident, part: str) -> HttpResponse:
    """Show or store the form for one part of an incident."""
    if part not in PARTS:
        raise Http404
    fields, heading, piece = PARTS[part]
    if part == "fields":
        fields = tuple(row.attribute for row in rows_for_editing(incident))
        if not fields:
            raise Http404
    only = tuple(f for f in fields if f != "end_time" or incident.is_closed())
    form = IncidentForm(posted(request), incident, only)
    return handle_form(request, incident, form, heading, piece, partial(_save, request, form))


def _save(request: HttpRequest, form: IncidentForm) -> bool:
    """Store a form, unless its sender could no longer see the incident afterwards."""
    try:
        with atomic():
            saved = form.save()
            visible = Incident.objects.visible_to(user_of(request))  # type: ignore[arg-type]
            if "private" in form.names and not visible.filter(pk=form.row.pk).exists():
                raise _Vanishes
    except _Vanishes:
        form.add_error(
            "private",
            _(
                "You would not be able to see it yourself. Become its lead or join its comms "
                "channel first."
            ),
        )
        return False
    return saved


class _Vanishes(Exception):
    """The change would hide the incident from the person who makes it."""


@shown
@require_POST
@of_incident("PATCH", Incident)
def close(request: HttpRequest, incident: Incident) -> HttpResponse:
    """Close the incident, or ask for the fields that are required for that."""
    missing = [] if incident.is_closed() else incident.missing_at_closing()
    if missing:
        return _close_with(request, incident, tuple(field.attribute for field in missing))
    incident.close()
    return _after_status(request, incident)


@shown
@require_POST
@of_incident("PATCH", Incident)
def reopen(request: HttpRequest, incident: Incident) -> HttpResponse:
    """Reopen the incident."""
    incident.reopen()
    return _after_status(request, incident)


def _after_status(request: HttpRequest, incident: Incident) -> HttpResponse:
    if request.POST.get("from") == "home":
        return redirect("home")
    return show_changed(request, incident, "head")


def _close_with(request: HttpRequest, incident: Incident, names: tuple[str, ...]) -> HttpResponse:
    """Ask for the fields that are required at closing, and close with them."""
    # The button alone sends no form.
    form = IncidentForm(request.POST if "shown" in request.POST else None, incident, names)
    for name in names:
        form.fields[name].required = True
    if form.is_bound and form.is_valid():
        with atomic():
            saved = form.save()
            if saved:
                closing = incident_or_404(request, incident.pk)
                if not closing.missing_at_closing():
                    closing.close()
        if saved:
            return show_changed(request, incident_or_404(request, incident.pk), "head")
    heading = _("Close the incident: this is still missing")
    answer = show_form(request, incident, form, heading, "head", submit=_("Save and close"))
    if not form.is_bound:
        answer["HX-Reswap"] = "innerHTML"  # the form is shown in the head, where the button is
    return answer


@shown
@require_POST
@of_incident("PATCH", Incident)
def take_lead(request: HttpRequest, incident: Incident) -> HttpResponse:
    """Make the reader the lead, if their account is linked to a person."""
    person = ExternalUser.objects.of_account(user_of(request))
    if person is None:
        warn_unlinked(request)
    else:
        incident.lead = person
        incident.save()
    return show_changed(request, incident, "head")


@shown
@require_POST
@of_incident("PATCH", Incident)
def create_channel(request: HttpRequest, incident: Incident) -> HttpResponse:
    """Have the comms channel made, as the button in the headline does.

    An incident that has one keeps it, and the reader is brought into it.
    """
    if not chat.get().available():
        raise Http404
    why_not = "" if incident.comms_channel() else chat.why_no_channel(incident)
    if not why_not:
        reader = user_of(request)
        person = ExternalUser.objects.of_account(reader)
        account = reader if reader.is_authenticated else None
        chat.get().request_channel(incident, person, account)
    elif not is_part(request):  # the head itself shows that it is closed, or only reported
        messages.warning(request, why_not, fail_silently=True)
    return show_changed(request, incident, "head")
