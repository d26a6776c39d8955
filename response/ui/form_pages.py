"""What the forms of the pages share: in place with JavaScript, on a page of their own without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from response.core.models import Incident
from response.core.text import BELOW_SECTIONS, to_html
from response.ui import document
from response.ui.base import incident_or_404, is_part, render, shown
from response.ui.forms.edit_form import EditForm
from response.ui.forms.fields import PersonField, offered_people

#: Decorator for a view that shows a form, and takes it.
form_page = require_http_methods(["GET", "HEAD", "POST"])


def handle_form(
    request: HttpRequest,
    incident: Incident,
    form: EditForm,
    heading: Any,
    piece: str,
    save: Callable[[], bool] | None = None,
) -> HttpResponse:
    """Store a form, or show it: empty, with errors, or with both texts of a conflict.

    ``heading`` is shown above it, and ``piece`` is the part of the incident's page that it edits.
    ``save`` stores it, by default the form's own method; it returns False if it could not.
    """
    if form.is_bound and form.is_valid():
        if "together" in request.POST:
            form.put_together()
        elif (save or form.save)():
            return show_changed(request, incident_or_404(request, incident.pk), piece)
    return show_form(request, incident, form, heading, piece)


def show_changed(request: HttpRequest, incident: Incident, piece: str) -> HttpResponse:
    """Return the incident's page as it is now; with JavaScript, its changed pieces only."""
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
    page: str = "incident_doc",
) -> HttpResponse:
    """Show a form of a part of a page: empty, or with errors.

    ``submit`` is what its button says, by default “Save”; ``page`` is the name of the URL to
    which it leads back.
    """
    context = {
        "incident": incident,
        "form": form,
        "heading": heading,
        "piece": piece,
        "conflicts": form.conflicts(),
        "submit": submit,
        "people": offered_people() if _asks_for_people(form) else [],
        "back": f"{reverse(page, args=[incident.pk])}#{piece}",
        "action": request.path,
    }
    template = "response/doc/_form.html" if is_part(request) else "response/form_page.html"
    return render(request, template, context)


def _asks_for_people(form: EditForm) -> bool:
    return any(isinstance(field, PersonField) for field in form.fields.values())


def warn_unlinked(request: HttpRequest) -> None:
    """Tell a reader whose account is linked to no person, on the next page."""
    message = _("Your account is not linked to a person yet: an administrator can link it.")
    messages.warning(request, message, fail_silently=True)


@shown
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """Return the HTML of a text, for the preview beside its field."""
    text = request.POST.get("text", "")[:100_000]
    return HttpResponse(to_html(text, below=BELOW_SECTIONS) or "")
