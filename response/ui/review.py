"""The review of an incident: reading it, writing it, and downloading it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from response.core import editing
from response.core.models import ExternalUser, Incident, Review, ReviewRevision, ReviewSection
from response.core.reviews import assistant, differences, export, writing
from response.core.text import BELOW_SECTIONS, References, to_html
from response.ui.base import (
    NoSuchIncident,
    incident_or_404,
    is_part,
    may,
    of_incident,
    posted,
    render,
    shown,
    user_of,
)
from response.ui.form_pages import form_page, show_form
from response.ui.forms.fields import MAX_TEXT
from response.ui.forms.review import ReviewForm, SectionForm

#: What can be done to a review, from each status: the next status and what the button says.
STEPS = {
    Review.DRAFT: (
        (Review.IN_REVIEW, gettext_lazy("Ask for review")),
        (Review.PUBLISHED, gettext_lazy("Publish")),
    ),
    Review.IN_REVIEW: (
        (Review.PUBLISHED, gettext_lazy("Publish")),
        (Review.DRAFT, gettext_lazy("Back to draft")),
    ),
    Review.PUBLISHED: ((Review.DRAFT, gettext_lazy("Back to draft")),),
}


@shown
@require_safe
def review(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Show the review, section by section; where there is none, how to begin it."""
    incident = incident_or_404(request, incident_id)
    found = Review.objects.select_related("owner").filter(incident=incident).first()
    if found is None:
        context = {
            "incident": incident,
            "names": References.collect([incident.report]),
            "can_begin": writing.can_begin(incident),
        }
        return render(request, "response/review/none.html", context)
    return render(request, "response/review/review.html", _context(request, incident, found))


@shown
@require_safe
def live(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Return the pieces of the page that have changed; 204 if none has."""
    incident = incident_or_404(request, incident_id)
    context = _context(request, incident, _review_of(incident))
    wanted = {s["piece"]: s["mark"] for s in context["sections"]}
    wanted["review-head"] = context["mark"]
    changed = [p for p, mark in wanted.items() if p in request.GET and request.GET[p] != mark]
    if not changed:
        return HttpResponse(status=204)
    return _pieces(request, context, changed)


@shown
@require_POST
@of_incident("PATCH", Incident)
def begin(request: HttpRequest, incident: Incident) -> HttpResponse:
    """Begin the review, with what is known already filled in."""
    if not writing.can_begin(incident):
        messages.warning(request, _("Close the incident first."), fail_silently=True)
        return redirect("incident_doc", incident.pk)
    found = writing.begin(incident, ExternalUser.objects.of_account(user_of(request)))
    writing.fill_in(found)
    return redirect("response_review", incident.pk)


@shown
@require_POST
@of_incident("PATCH", Incident)
def fill_in(request: HttpRequest, incident: Incident) -> HttpResponse:
    """Fill in the sections that no one has written in."""
    changed = writing.fill_in(_review_of(incident))
    message = (
        _("Filled in: %(sections)s.") % {"sections": ", ".join(changed)}
        if changed
        else _(
            "There is nothing new to fill in. Sections that people have written in stay as "
            "they are."
        )
    )
    messages.info(request, message, fail_silently=True)
    return redirect("response_review", incident.pk)


@shown
@require_POST
@of_incident("PATCH", Incident)
def set_status(request: HttpRequest, incident: Incident) -> HttpResponse:
    """Give the review another status: ``status`` says which."""
    found = _review_of(incident)
    try:
        writing.set_status(found, request.POST.get("status", ""))
    except ValueError:
        raise Http404 from None
    return redirect("response_review", incident.pk)


@shown
@form_page
@of_incident("PATCH", Incident)
def edit(request: HttpRequest, incident: Incident) -> HttpResponse:
    """Show or take the form for the owner and the due date."""
    form = ReviewForm(posted(request), _review_of(incident))
    if form.is_bound and form.is_valid() and form.save():
        return _show_changed(request, incident, "review-head")
    heading = _("Edit review")
    return show_form(request, incident, form, heading, "review-head", page="response_review")


@shown
@form_page
@of_incident("PATCH", Incident)
def section_edit(request: HttpRequest, incident: Incident, key: str) -> HttpResponse:
    """Show or take the form of a section."""
    form = SectionForm(posted(request), _section_of(incident, key))
    if form.is_bound and form.is_valid():
        if "together" in request.POST:
            form.put_together()
        elif form.save(_kind(request)):
            return _show_changed(request, incident, f"section-{key}")
    return _section_form(request, incident, form)


@shown
@require_POST
def section_autosave(request: HttpRequest, incident_id: int, key: str) -> HttpResponse:
    """Save what is being written, for the page's script; the answer is JSON.

    ``saved`` says whether it was stored, and ``shown`` has the marks of what is stored now.
    With ``conflict`` nothing was, since another person has changed the section.
    """
    section = _section_of(incident_or_404(request, incident_id), key)
    if not may(request, "PATCH", Incident):
        return JsonResponse({"saved": False}, status=403)
    form = SectionForm(request.POST, section)
    if not form.is_valid():
        return JsonResponse({"saved": False}, status=400)
    if not form.save(ReviewRevision.AUTOSAVED):
        # Nothing is wrong with the request: a browser would report a 409 as an error.
        return JsonResponse({"saved": False, "conflict": True})
    marks = editing.marks(form.row, form.names)
    return JsonResponse({"saved": True, "shown": json.dumps(marks), "version": form.row.version})


@shown
@require_safe
def section_history(request: HttpRequest, incident_id: int, key: str) -> HttpResponse:
    """Show the versions of a section, and what the one named ``version`` in the query changed."""
    incident = incident_or_404(request, incident_id)
    section = _section_of(incident, key)
    revisions = list(section.revisions.select_related("actor").defer("text").order_by("-version"))
    wanted = request.GET.get("version", "")
    chosen = next((r for r in revisions if str(r.version) == wanted), None)
    if chosen is None and revisions:
        chosen = revisions[0]
    before = next((r for r in revisions if chosen and r.version < chosen.version), None)
    context = {
        "incident": incident,
        "section": section,
        "revisions": revisions,
        "chosen": chosen,
        "lines": differences.lines(before.text if before else "", chosen.text) if chosen else [],
        "is_newest": bool(chosen and chosen.version == section.version),
        "shown": json.dumps(editing.marks(section, ["text"])),
    }
    return render(request, "response/review/history.html", context)


@shown
@require_POST
@of_incident("PATCH", Incident)
def section_suggest(request: HttpRequest, incident: Incident, key: str) -> HttpResponse:
    """Show what the writing assistant suggests, beside the section. Nothing is stored."""
    section = _section_of(incident, key)
    try:
        text = assistant.suggest(section)
    except assistant.NoSuggestion as why:
        suggestion: dict[str, Any] = {"why_not": str(why)}
    else:
        count = assistant.links_in(text, incident)
        html = to_html(text, images=False, below=BELOW_SECTIONS)
        suggestion = {"text": text, "html": html, "links": count}
    if is_part(request):
        return render(request, "response/review/_suggestion.html", {"suggestion": suggestion})
    # Without a script the whole form comes back, with what was written in it.
    return _section_form(request, incident, SectionForm(request.POST, section), suggestion)


@shown
@require_safe
def download(request: HttpRequest, incident_id: int, form: str) -> HttpResponse:
    """Download the review as a file."""
    incident = incident_or_404(request, incident_id)
    found = _review_of(incident)
    if form not in export.FORMATS:
        raise Http404
    make, media_type = export.FORMATS[form]
    name = f"incident-{incident.pk}-review.{form}"
    return HttpResponse(
        make(found),
        content_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _kind(request: HttpRequest) -> str:
    return ReviewRevision.RESTORED if "restored" in request.POST else ReviewRevision.WRITTEN


def _review_of(incident: Incident) -> Review:
    """Return the incident's review. Raises :class:`NoSuchIncident` if there is none."""
    found = Review.objects.select_related("owner").filter(incident=incident).first()
    if found is None:
        raise NoSuchIncident(incident.pk)
    found.incident = incident
    return found


def _section_of(incident: Incident, key: str) -> ReviewSection:
    """Return a section of the review. Raises :class:`NoSuchIncident` if there is none."""
    found = _review_of(incident)
    section = found.sections.filter(key=key).first()
    if section is None:
        raise NoSuchIncident(incident.pk)
    section.review = found
    return section


def _context(request: HttpRequest, incident: Incident, found: Review) -> dict[str, Any]:
    sections = list(found.sections.all())
    names = References.collect([incident.report, *(s.text for s in sections)])
    head = (
        found.status,
        found.owner_id,
        found.due_date,
        found.published_at,
        incident.report,
        incident.severity,
        incident.end_time,
    )
    return {
        "incident": incident,
        "review": found,
        "names": names,
        "mark": hashlib.sha256("\x1f".join(map(str, head)).encode()).hexdigest()[:16],
        "sections": [
            {"row": s, "piece": f"section-{s.key}", "mark": str(s.version)} for s in sections
        ],
        "steps": STEPS.get(found.status, ()),
        "formats": [("md", "Markdown"), ("html", "HTML"), ("json", "JSON")],
    }


def _pieces(
    request: HttpRequest, context: dict[str, Any], names: Iterable[str], first: str = ""
) -> HttpResponse:
    wanted = set(names) - {first}
    return render(
        request,
        "response/review/_pieces.html",
        {
            **context,
            "first": first,
            "head_changed": "review-head" in wanted,
            "changed": [s for s in context["sections"] if s["piece"] in wanted],
            "first_section": next((s for s in context["sections"] if s["piece"] == first), None),
        },
    )


def _show_changed(request: HttpRequest, incident: Incident, piece: str) -> HttpResponse:
    """Return the page as it is now; where there is a script, the piece that was edited."""
    if not is_part(request):
        return redirect(f"{reverse('response_review', args=[incident.pk])}#{piece}")
    incident = incident_or_404(request, incident.pk)
    return _pieces(request, _context(request, incident, _review_of(incident)), [], first=piece)


def _section_form(
    request: HttpRequest,
    incident: Incident,
    form: SectionForm,
    suggestion: dict[str, Any] | None = None,
) -> HttpResponse:
    section: ReviewSection = form.row
    context = {
        "incident": incident,
        "section": section,
        "form": form,
        "piece": f"section-{section.key}",
        "conflicts": form.conflicts(),
        "suggestion": suggestion,
        "has_assistant": assistant.is_on(incident),
        "longest": MAX_TEXT,
        "back": f"{reverse('response_review', args=[incident.pk])}#section-{section.key}",
    }
    template = "_form.html" if is_part(request) else "form_page.html"
    return render(request, f"response/review/{template}", context)
