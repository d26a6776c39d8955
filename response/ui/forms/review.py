"""The forms for a review and for its sections."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

from response.core import editing
from response.core.models import ReviewRevision, ReviewSection
from response.core.reviews import writing
from response.ui.forms.edit_form import EditForm
from response.ui.forms.fields import DayField, PersonField, text_field


class SectionForm(EditForm):
    """Form for the text of a section."""

    text = text_field(gettext_lazy("Text"), rows=14)

    def __init__(self, data: Any, row: ReviewSection) -> None:
        super().__init__(data, row)
        self.auto_id = f"id_{row.key}_%s"
        self.fields["text"].label = row.title
        self.fields["text"].help_text = row.hint

    def save(self, kind: str = ReviewRevision.WRITTEN) -> bool:
        """Store the text as a new version. Returns False if another person was faster."""
        try:
            self.row = writing.write(self.row, self.cleaned_data["text"], self.marks(), kind=kind)
        except editing.Conflict as conflict:
            self._show(conflict.theirs)
            return False
        return True


class ReviewForm(EditForm):
    """Form for the owner and the due date of a review."""

    owner = PersonField(label=gettext_lazy("Owner"), required=False)
    due_date = DayField(label=gettext_lazy("Due"), required=False)
