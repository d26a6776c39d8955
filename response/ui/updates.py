"""Updates on an incident's page: posting them, and subscribing to them."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from response.core.models import ExternalUser, Incident, Subscription, Update
from response.ui.access import incident_or_404, require, user_of
from response.ui.edit import done, form_page, show_form, tell, told
from response.ui.fields import MomentField
from response.ui.forms import EditForm, text_field
from response.ui.shell import shown

#: The part of the page.
PIECE = "updates"


class UpdateForm(EditForm):
    """An update: what is known, what we are doing, what we need, and when the next one comes."""

    model = Update
    known = text_field(gettext_lazy("What is known"), required=True, rows=3)
    doing = text_field(gettext_lazy("What we are doing"), rows=2)
    needed = text_field(gettext_lazy("What we need"), rows=2)
    next_update = MomentField(label=gettext_lazy("Next update"), required=False)

    def post(self, incident: Incident) -> bool:
        """Store the update; False, with errors in the form, if it cannot be."""
        values = self.zoned()
        try:
            Update.objects.post(
                incident,
                values["known"],
                doing=values["doing"],
                needed=values["needed"],
                next_update=values["next_update"],
            )
        except ValidationError as error:
            self.add_error(None, error)
            return False
        return True


@shown
@form_page
def update_add(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Post an update."""
    incident = incident_or_404(request, incident_id)
    refused = require(request, "POST", Update)
    if refused:
        return refused
    data: Any = request.POST if request.method == "POST" else None
    form = UpdateForm(data, Update(incident=incident))
    if form.is_bound and form.is_valid() and form.post(incident):
        return done(request, incident, PIECE)
    return show_form(request, incident, form, _("Post an update"), PIECE)


@shown
@require_POST
def subscribe(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Subscribe whoever asks, or take that back: ``subscribed`` says which."""
    incident = incident_or_404(request, incident_id)
    person = ExternalUser.objects.of_account(user_of(request))
    if person is None:
        tell(request, told())
    elif request.POST.get("subscribed") == "1":
        Subscription.objects.subscribe(incident, person)
    else:
        Subscription.objects.unsubscribe(incident, person)
    return done(request, incident, PIECE)
