"""Putting off the reminders of an action."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from response.core import overdue
from response.core.models import Action
from response.ui.access import incident_or_404, require
from response.ui.shell import shown


@shown
@require_POST
def snooze(request: HttpRequest, incident_id: int, action_id: int) -> HttpResponse:
    """Put off the reminders of an action for ``RESPONSE_SNOOZE_DAYS`` days."""
    incident = incident_or_404(request, incident_id)
    refused = require(request, "PATCH", Action)
    if refused:
        return refused
    action = incident.action_set.filter(pk=action_id).first() if action_id < 2**63 else None
    if action is None:
        raise Http404
    until = overdue.snooze(action)
    messages.info(
        request,
        _("No reminders about this action until %(day)s.") % {"day": f"{until:%Y-%m-%d}"},
        fail_silently=True,
    )
    if request.POST.get("from") == "actions":
        return redirect("response_actions")
    return redirect(f"{reverse('incident_doc', args=[incident.pk])}#actions")
