"""The pace of calls to Slack, shared by all processes."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Pace(models.Model):
    """A limit of Slack's, and until when it is used up.

    ``key`` names what is limited (a method, or a method in a channel). ``booked_until`` is
    in seconds since 1970: each call books the interval that it takes up, and calls are free
    once that moment is past. See ``pacing.py``.
    """

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=255, unique=True)
    booked_until = models.FloatField(default=0)

    class Meta:
        app_label = "response"
        verbose_name = _("pace")
        verbose_name_plural = _("paces")
        indexes = [models.Index(fields=["booked_until"], name="response_pace_booked")]

    def __str__(self) -> str:
        return self.key
