"""Timers: what is to be looked at again at a certain time, for an incident."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class TimerQuerySet(models.QuerySet["Timer"]):
    """Finds and sets timers."""

    def of(self, incident_id: int, kind: str, key: str = "") -> TimerQuerySet:
        """Return the one timer of an incident with this kind and key, if there is one."""
        return self.filter(incident_id=incident_id, kind=kind, key=key)

    def set(self, incident_id: int, kind: str, due: datetime, key: str = "", **data: Any) -> None:
        """Make a timer, or move it to ``due``; ``data`` replaces what it carries, if given."""
        changes: dict[str, Any] = {"due": due, **({"data": data} if data else {})}
        if not self.of(incident_id, kind, key).update(**changes):
            row = Timer(incident_id=incident_id, kind=kind, key=key, due=due, data=data)
            Timer.objects.bulk_create([row], ignore_conflicts=True)


class Timer(models.Model):
    """Something to look at again at ``due``, about an incident.

    The function that is registered for its ``kind`` (see ``response/jobs/timers.py``) decides
    then what is to be done. Without ``due`` it rests. ``key`` tells several of a kind apart;
    ``data`` is any JSON.
    """

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey("response.Incident", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=80, blank=True, default="")
    due = models.DateTimeField(null=True, blank=True, db_index=True)
    data = models.JSONField(default=dict, blank=True)

    objects = TimerQuerySet.as_manager()

    class Meta:
        app_label = "response"
        verbose_name = _("timer")
        constraints = [
            models.UniqueConstraint(fields=["incident", "kind", "key"], name="response_timer_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} of incident {self.incident_id}".replace("  ", " ")
