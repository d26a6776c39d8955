"""The form for an entry of the timeline."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from response.core import editing
from response.core.clean import is_visible, sanitise
from response.core.models import TimelineEvent
from response.db import atomic, lock
from response.ui.forms.edit_form import EditForm
from response.ui.forms.fields import MomentField, text_field


class EntryForm(EditForm):
    """Form for a timeline entry: what happened, and when."""

    text = text_field(gettext_lazy("What happened"), required=True, rows=3)
    timestamp = MomentField(label=gettext_lazy("When"))

    def clean_text(self) -> str:
        """Return the text. Raises ``ValidationError`` if it shows nothing."""
        text = (sanitise(self.cleaned_data["text"]) or "").strip()
        if not is_visible(text):
            raise ValidationError(_("Say what happened."))
        return text

    def save(self) -> bool:
        """Store the change, with its author and the text before it."""
        with atomic():
            return self._save(lock(TimelineEvent.objects.filter(pk=self.row.pk)).get())

    def _save(self, event: TimelineEvent) -> bool:
        wanted, shown = self.zoned(), self.marks()
        texts = {name: editing.as_text(value) for name, value in wanted.items()}
        now = {name: editing.as_text(getattr(event, name)) for name in wanted}
        clash = editing.conflicting(shown, texts, now)
        if clash:
            self._show({name: getattr(event, name) for name in clash})
            return False
        event.curate(
            **{
                name: value
                for name, value in wanted.items()
                if editing.fingerprint(texts[name])
                not in (shown.get(name), editing.fingerprint(now[name]))
            }
        )
        self.row = event
        return True
