"""Declaring an incident on a page."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from response.core import chat
from response.core.models import ExternalUser, Incident
from response.ui.base import posted, render, require, shown, user_of
from response.ui.form_pages import form_page
from response.ui.forms.declare import DeclareForm
from response.ui.forms.fields import offered_people


@shown
@form_page
def declare(request: HttpRequest) -> HttpResponse:
    """Show or store the form that declares an incident, with the checks of Slack's form."""
    require(request, "POST", Incident)
    form = DeclareForm(posted(request), initial={"report": request.GET.get("title", "")[:200]})
    if not chat.get().available():
        del form.fields["create_comms_channel"]
    if form.is_bound and form.is_valid():
        person = ExternalUser.objects.of_account(user_of(request))
        try:
            incident = form.declare(person, user_of(request))
        except ValidationError as error:
            form.refuse(error)
        else:
            if form.cleaned_data.get("create_comms_channel") and not incident.report_only:
                chat.get().request_channel(incident, person)
            return redirect("incident_doc", incident.pk)
    return render(request, "response/declare.html", {"form": form, "people": offered_people()})
