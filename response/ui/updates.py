"""Updates on an incident's page: posting them, and subscribing to them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from response.core.models import ExternalUser, Incident, Subscription, Update
from response.ui.base import incident_or_404, of_incident, posted, shown, user_of
from response.ui.form_pages import form_page, show_changed, show_form, warn_unlinked
from response.ui.forms.update import UpdateForm

#: The part of the page.
PIECE = "updates"


@shown
@form_page
@of_incident("POST", Update)
def update_add(request: HttpRequest, incident: Incident) -> HttpResponse:
    """Post an update."""
    form = UpdateForm(posted(request), Update(incident=incident))
    if form.is_bound and form.is_valid() and form.post(incident):
        return show_changed(request, incident, PIECE)
    return show_form(request, incident, form, _("Post an update"), PIECE, submit=_("Post"))


@shown
@require_POST
def subscribe(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Subscribe the reader, or unsubscribe them, as the field ``subscribed`` says."""
    incident = incident_or_404(request, incident_id)
    person = ExternalUser.objects.of_account(user_of(request))
    if person is None:
        warn_unlinked(request)
    elif request.POST.get("subscribed") == "1":
        Subscription.objects.subscribe(incident, person)
    else:
        Subscription.objects.unsubscribe(incident, person)
    return show_changed(request, incident, PIECE)
