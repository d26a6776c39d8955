"""Answers of Slack that are remembered."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone

from response.db import atomic


class LookupManager(models.Manager["Lookup"]):
    """Stores small values by key."""

    def remember(self, key: str, value: Any) -> None:
        """Store ``value``, any JSON, under ``key``."""
        with atomic():
            self.update_or_create(key=key, defaults={"value": value, "looked_up": timezone.now()})

    def recall(self, key: str) -> str | None:
        """Return the value cached under ``key``, None if there is none."""
        return self.filter(key=key).values_list("value", flat=True).first()


class Lookup(models.Model):
    """An answer of Slack that seldom changes, such as the bot's ids or a channel's id."""

    key = models.CharField(max_length=150, unique=True)
    value = models.JSONField()
    looked_up = models.DateTimeField(default=timezone.now)

    objects = LookupManager()

    class Meta:
        app_label = "response"

    def __str__(self) -> str:
        return self.key
