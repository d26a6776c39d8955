"""The form for an update."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from response.core.models import Incident, Update
from response.ui.forms.edit_form import EditForm
from response.ui.forms.fields import MomentField, text_field


class UpdateForm(EditForm):
    """Form for an update: what is known, done and needed, and when the next one comes."""

    model = Update
    known = text_field(gettext_lazy("What is known"), required=True, rows=3)
    doing = text_field(gettext_lazy("What we are doing"), rows=2)
    needed = text_field(gettext_lazy("What we need"), rows=2)
    next_update = MomentField(label=gettext_lazy("Next update"), required=False)

    def post(self, incident: Incident) -> bool:
        """Store the update. Returns False, with errors in the form, if it is invalid."""
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
