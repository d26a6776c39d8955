"""The project's reminders and headline buttons, and the processes that have registered them."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class KnownHandler(models.Model):
    """A reminder, or a button of the headline, that some process of the project has.

    ``decorator`` is what registered it, ``key`` what it is registered under (a reminder's
    name as ``Notification`` counts it), and ``name`` its function's dotted name. ``seen``
    is when a process that has it was last heard of, and ``ticked`` when the tick last ran
    in such a process.
    """

    id = models.BigAutoField(primary_key=True)
    decorator = models.CharField(max_length=50)
    key = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    since = models.DateTimeField(default=timezone.now)
    seen = models.DateTimeField(default=timezone.now)
    ticked = models.DateTimeField(null=True, blank=True)

    class Meta:
        app_label = "response"
        constraints = [
            models.UniqueConstraint(fields=["decorator", "name"], name="response_knownhandler_once")
        ]

    def __str__(self) -> str:
        return f"@{self.decorator} {self.name}"
