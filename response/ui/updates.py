"""Updates on an incident's page: posting them, and subscribing to them."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from response.core.models import ExternalUser, Incident, Subscription, Update
from response.ui.access import incident_or_404, of_incident, user_of
from response.ui.base import posted, shown
from response.ui.edit_form import EditForm
from response.ui.fields import MomentField
from response.ui.form_pages import form_page, show_changed, show_form, warn_unlinked
from response.ui.forms import text_field

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
    """Subscribe whoever asks, or take that back: ``subscribed`` says which."""
    incident = incident_or_404(request, incident_id)
    person = ExternalUser.objects.of_account(user_of(request))
    if person is None:
        warn_unlinked(request)
    elif request.POST.get("subscribed") == "1":
        Subscription.objects.subscribe(incident, person)
    else:
        Subscription.objects.unsubscribe(incident, person)
    return show_changed(request, incident, PIECE)
