"""Roles besides the lead: what an organisation calls them, and who has one in an incident."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from response.core.models.configured import ConfiguredRow, folded
from response.core.models.user_external import ExternalUser

#: What commands, forms and the API call the built-in role, which is a column of the incident.
LEAD = "lead"


class Role(ConfiguredRow):
    """A role that people can have in an incident. The lead is built in and no row here.

    The ``description`` is told to whoever is given the role.
    """

    several = models.BooleanField(
        default=False,
        help_text=_("Several people can have it. Otherwise a second person replaces the first."),
    )
    in_form = models.BooleanField(
        _("in the form"), default=False, help_text=_("Asked for in the forms for incidents.")
    )

    class Meta(ConfiguredRow.Meta):
        app_label = "response"

    def clean(self) -> None:
        """Raise ``ValidationError`` for a role that is called like the lead."""
        super().clean()
        if LEAD in {folded(word) for word in self.words()}:
            raise ValidationError(gettext("The lead is a role of its own, which is built in."))

    def is_used(self) -> bool:
        """Return whether the role was ever given to a person, as far as rows tell."""
        return self.pk is not None and self.assignments.exists()

    @property
    def attribute(self) -> str:
        """What forms, filters and changes call the role of an incident."""
        return f"role_{self.key}"


class RoleAssignment(models.Model):
    """That a person has a role in an incident, and who gave it to them."""

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(
        "response.Incident", on_delete=models.CASCADE, related_name="role_assignments"
    )
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="assignments")
    person = models.ForeignKey(ExternalUser, on_delete=models.PROTECT, related_name="+")
    given = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(
        ExternalUser, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    actor_name = models.CharField(max_length=255, blank=True, default="")

    class Meta:
        app_label = "response"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "role", "person"], name="response_roleassignment_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.role}: {self.person.display_name}"
