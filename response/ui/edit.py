"""The forms of an incident's page: in place with JavaScript, on a page of their own without."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from response.core import chat
from response.core.models import Action, ExternalUser, Incident, TimelineEvent
from response.core.text import to_html
from response.db import atomic
from response.ui import detail_fields, document
from response.ui.access import incident_or_404, of_incident, require, user_of
from response.ui.fields import PersonField, offered_people
from response.ui.forms import ActionForm, DeclareForm, EditForm, EntryForm, IncidentForm
from response.ui.shell import is_part, posted, render, shown

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
    # Which roles and custom fields there are is up to the rows.
    "fields": ((), gettext_lazy("Edit roles and fields"), "fields"),
}

form_page = require_http_methods(["GET", "HEAD", "POST"])


@shown
@form_page
@of_incident("PATCH", Incident)
def edit(request: HttpRequest, incident: Incident, part: str) -> HttpResponse:
    """Show or store the form for one part of an incident."""
    if part not in PARTS:
        raise Http404
    fields, heading, piece = PARTS[part]
    if part == "fields":
        fields = tuple(detail_fields.named(detail_fields.rows_of(incident)))
        if not fields:
            raise Http404
    only = tuple(f for f in fields if f != "end_time" or incident.is_closed())
    form = IncidentForm(posted(request), incident, only)
    return _handle(request, incident, form, heading, piece)


@shown
@form_page
@of_incident("PATCH", Action)
def action_edit(request: HttpRequest, incident: Incident, action_id: int) -> HttpResponse:
    """Show or store the form of an action."""
    form = ActionForm(posted(request), _of(incident.action_set, action_id))
    return _handle(request, incident, form, _("Edit action"), "actions")


@shown
@form_page
@of_incident("POST", Action)
def action_add(request: HttpRequest, incident: Incident) -> HttpResponse:
    """Show or store the form of a new action."""
    action = Action(incident=incident)
    own = ExternalUser.objects.of_account(user_of(request))
    if own is not None:
        action.user = own
    form = ActionForm(posted(request), action)
    if form.is_bound and form.is_valid():
        Action.objects.create(incident=incident, **form.zoned())
        return done(request, incident, "actions")
    return show_form(request, incident, form, _("Add an action"), "actions")


@shown
@require_POST
@of_incident("PATCH", Action)
def action_done(request: HttpRequest, incident: Incident, action_id: int) -> HttpResponse:
    """Mark an action as done, or as not done, as the field ``done`` says."""
    action = _of(incident.action_set, action_id)
    action.done = request.POST.get("done") == "1"
    action.save()
    if request.POST.get("from") == "actions" and not is_part(request):
        return redirect("response_actions")
    return done(request, incident, "actions")


@shown
@form_page
@of_incident("POST", TimelineEvent)
def entry_add(request: HttpRequest, incident: Incident) -> HttpResponse:
    """Show or store the form of a new timeline entry, which may lie in the past."""
    form = EntryForm(posted(request), TimelineEvent(incident=incident))
    if form.is_bound and form.is_valid():
        TimelineEvent.objects.create(incident=incident, **form.zoned())
        return done(request, incident, "timeline")
    return show_form(request, incident, form, _("Add to the timeline"), "timeline")


@shown
@form_page
@of_incident("PATCH", TimelineEvent)
def entry_edit(request: HttpRequest, incident: Incident, event_id: int) -> HttpResponse:
    """Show or store the form of a timeline entry: its text and its time."""
    form = EntryForm(posted(request), _of(incident.timelineevent_set, event_id))
    return _handle(request, incident, form, _("Edit entry"), "timeline")


@shown
@require_POST
@of_incident("PATCH", TimelineEvent)
def entry_mark(request: HttpRequest, incident: Incident, event_id: int, mark: str) -> HttpResponse:
    """Star or hide a timeline entry, or undo that."""
    event = _of(incident.timelineevent_set, event_id)
    changes = {
        "star": {"starred": True},
        "unstar": {"starred": False},
        "hide": {"hidden": True},
        "unhide": {"hidden": False},
    }
    if mark not in changes:
        raise Http404
    event.curate(**changes[mark])
    return done(request, incident, "timeline")


@shown
@require_POST
@of_incident("PATCH", Incident)
def close(request: HttpRequest, incident: Incident) -> HttpResponse:
    """Close the incident, or ask for the fields that are required for that."""
    missing = [] if incident.is_closed() else incident.missing_at_closing()
    if missing:
        return _close_with(request, incident, tuple(detail_fields.named(missing)))
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
    return done(request, incident, "head")


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
            return done(request, incident_or_404(request, incident.pk), "head")
    heading = _("Close the incident: this is still missing")
    answer = show_form(request, incident, form, heading, "head", submit=_("Save and close"))
    if not form.is_bound:
        answer["HX-Reswap"] = "innerHTML"  # the form stands in the head, whose button asked
    return answer


@shown
@require_POST
@of_incident("PATCH", Incident)
def take_lead(request: HttpRequest, incident: Incident) -> HttpResponse:
    """Make the reader the lead, if their account is linked to a person."""
    person = ExternalUser.objects.of_account(user_of(request))
    if person is None:
        tell(request, told())
    else:
        incident.lead = person
        incident.save()
    return done(request, incident, "head")


@shown
@form_page
def declare(request: HttpRequest) -> HttpResponse:
    """Show or store the form that declares an incident, with the checks of Slack's form."""
    refused = require(request, "POST", Incident)
    if refused:
        return refused
    form = DeclareForm(posted(request), initial={"report": request.GET.get("title", "")[:200]})
    if not chat.get().available():
        del form.fields["create_comms_channel"]
    if form.is_bound and form.is_valid():
        person = ExternalUser.objects.of_account(user_of(request))
        try:
            incident = form.declare(person)
        except ValidationError as error:
            form.refuse(error)
        else:
            if form.cleaned_data.get("create_comms_channel") and not incident.report_only:
                chat.get().request_channel(incident, person)
            return redirect("incident_doc", incident.pk)
    return render(request, "response/declare.html", {"form": form, "people": offered_people()})


@shown
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """Return the HTML of a text, for the preview beside its field."""
    text = request.POST.get("text", "")[:100_000]
    return HttpResponse(to_html(text) or "")


def _of(rows: Any, pk: int) -> Any:
    row = rows.filter(pk=pk).first() if pk < 2**63 else None
    if row is None:
        raise Http404
    return row


def _handle(
    request: HttpRequest, incident: Incident, form: EditForm, heading: Any, piece: str
) -> HttpResponse:
    """Store a form, or show it: empty, with errors, or with both texts of a conflict."""
    if form.is_bound and form.is_valid():
        if "together" in request.POST:
            form.put_together()
        elif _saved(request, form):
            return done(request, incident_or_404(request, incident.pk), piece)
    return show_form(request, incident, form, heading, piece)


def _saved(request: HttpRequest, form: EditForm) -> bool:
    """Store a form, unless its sender would no longer see the incident."""
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


def done(request: HttpRequest, incident: Incident, piece: str) -> HttpResponse:
    """Answer with the page as it is now; with JavaScript, with its changed pieces only."""
    if is_part(request):
        return document.pieces(request, incident, list(document.PIECES), first=piece)
    return redirect(f"{reverse('incident_doc', args=[incident.pk])}#{piece}")


def show_form(
    request: HttpRequest,
    incident: Incident,
    form: EditForm,
    heading: Any,
    piece: str,
    submit: str = "",
) -> HttpResponse:
    """Show a form of a part of the page: empty, or with errors."""
    context = {
        "incident": incident,
        "form": form,
        "heading": heading,
        "piece": piece,
        "conflicts": form.conflicts(),
        "submit": submit,
        "people": offered_people() if _asks_for_people(form) else [],
        "back": f"{reverse('incident_doc', args=[incident.pk])}#{piece}",
        "action": request.path,
    }
    template = "response/doc/_form.html" if is_part(request) else "response/form_page.html"
    return render(request, template, context)


def _asks_for_people(form: EditForm) -> bool:
    return any(isinstance(field, PersonField) for field in form.fields.values())


def told() -> str:
    """Return what someone is told whose account is no person's."""
    return _("Your account is not linked to a person yet: an administrator can link it.")


def tell(request: HttpRequest, text: str) -> None:
    """Show a sentence on the next page."""
    messages.warning(request, text, fail_silently=True)


__all__ = [
    "action_add", "action_done", "action_edit", "close", "declare", "edit", "entry_add",
    "entry_edit", "entry_mark", "preview", "reopen", "take_lead",
]  # fmt: skip
