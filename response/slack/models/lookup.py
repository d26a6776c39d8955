"""Answers of Slack that are remembered."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Lookup(models.Model):
    """An answer of Slack that seldom changes, such as the bot's ids or a channel's id."""

    key = models.CharField(max_length=150, unique=True)
    value = models.JSONField()
    looked_up = models.DateTimeField(default=timezone.now)

    class Meta:
        app_label = "response"

    def __str__(self) -> str:
        return self.key
