"""The actions of an incident."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from response.core.clean import require_visible
from response.core.models.tracked import TrackedModel
from response.core.models.user_external import ExternalUser

if TYPE_CHECKING:
    from collections.abc import Iterable


class Action(TrackedModel):
    """A piece of work that came out of an incident."""

    PRIORITIES = (("1", _("high")), ("2", _("medium")), ("3", _("low")))
    TYPES = (
        ("1", _("detective")),
        ("2", _("preventative")),
        ("3", _("corrective")),
    )
    user_text_fields = ("details",)

    created_date = models.DateTimeField(null=True, blank=True, default=timezone.now)
    details = models.TextField(validators=[require_visible])
    done = models.BooleanField(default=False)
    done_date = models.DateTimeField(null=True, blank=True)
    due_date = models.DateTimeField(null=True, blank=True)
    incident = models.ForeignKey("response.Incident", on_delete=models.CASCADE)
    user = models.ForeignKey(ExternalUser, on_delete=models.CASCADE)
    priority = models.CharField(max_length=10, null=True, blank=True, choices=PRIORITIES)
    type = models.CharField(max_length=10, null=True, blank=True, choices=TYPES)

    class Meta:
        app_label = "response"
        ordering = ["id"]
        indexes = [models.Index(fields=["done", "due_date"], name="response_action_due")]

    def __str__(self) -> str:
        return f"{self.details[:80]}"

    def icon(self) -> str:
        """Return the emoji for an action, for a project's templates."""
        return "🔜️"

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Store the action; set its completion date when it is done, and clear it when undone."""
        was_done = getattr(self, "_loaded", {}).get("done", False)
        if self.done and not was_done and self.done_date is None:
            self.done_date = timezone.now()
        elif was_done and not self.done:
            self.done_date = None
        if update_fields is not None and "done" in update_fields:
            update_fields = {*update_fields, "done_date"}
        if update_fields is not None:
            kwargs["update_fields"] = update_fields
        super().save(*args, **kwargs)
