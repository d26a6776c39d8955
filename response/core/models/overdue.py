"""Which reminders of overdue actions were sent, and which were put off."""

from __future__ import annotations

from django.db import models

from response.core.models.action import Action
from response.core.models.user_external import ExternalUser


class OverdueReminder(models.Model):
    """When a person was last reminded of their overdue actions."""

    user = models.OneToOneField(
        ExternalUser, on_delete=models.CASCADE, primary_key=True, related_name="overdue_reminder"
    )
    sent = models.DateTimeField(null=True, blank=True)

    class Meta:
        app_label = "response"

    def __str__(self) -> str:
        return f"{self.user_id}: {self.sent}"


class ActionSnooze(models.Model):
    """Until when the reminders of an action are put off."""

    action = models.OneToOneField(
        Action, on_delete=models.CASCADE, primary_key=True, related_name="snooze"
    )
    until = models.DateTimeField()

    class Meta:
        app_label = "response"

    def __str__(self) -> str:
        return f"{self.action_id}: {self.until}"
