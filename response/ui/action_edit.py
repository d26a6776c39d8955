"""The actions of an incident: adding, editing, ticking off, and putting off the reminders."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from response.core import overdue
from response.core.models import Action, ExternalUser, Incident
from response.ui.base import is_part, of_incident, posted, row_or_404, shown, user_of
from response.ui.form_pages import form_page, handle_form, show_changed, show_form
from response.ui.forms.action import ActionForm


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
        return show_changed(request, incident, "actions")
    return show_form(request, incident, form, _("Add an action"), "actions")


@shown
@form_page
@of_incident("PATCH", Action)
def action_edit(request: HttpRequest, incident: Incident, action_id: int) -> HttpResponse:
    """Show or store the form of an action."""
    form = ActionForm(posted(request), row_or_404(incident.action_set, action_id))
    return handle_form(request, incident, form, _("Edit action"), "actions")


@shown
@require_POST
@of_incident("PATCH", Action)
def action_done(request: HttpRequest, incident: Incident, action_id: int) -> HttpResponse:
    """Mark an action as done, or as not done, as the field ``done`` says."""
    action = row_or_404(incident.action_set, action_id)
    action.done = request.POST.get("done") == "1"
    action.save()
    if request.POST.get("from") == "actions" and not is_part(request):
        return redirect("response_actions")
    return show_changed(request, incident, "actions")


@shown
@require_POST
@of_incident("PATCH", Action)
def snooze(request: HttpRequest, incident: Incident, action_id: int) -> HttpResponse:
    """Put off the reminders of an action for ``RESPONSE_SNOOZE_DAYS`` days."""
    until = overdue.snooze(row_or_404(incident.action_set, action_id))
    messages.info(
        request,
        _("No reminders about this action until %(day)s.") % {"day": f"{until:%Y-%m-%d}"},
        fail_silently=True,
    )
    if request.POST.get("from") == "actions":
        return redirect("response_actions")
    return redirect(f"{reverse('incident_doc', args=[incident.pk])}#actions")
