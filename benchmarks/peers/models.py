"""What the peers write."""

from __future__ import annotations

from django.db import models


class Stored(models.Model):
    """A request, as the bare view keeps it."""

    body = models.TextField()
    received = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "peers"

    def __str__(self) -> str:
        return f"Request {self.pk}"


class Channel(models.Model):
    """The channel of an incident."""

    channel_id = models.CharField(max_length=64, unique=True)

    class Meta:
        app_label = "peers"

    def __str__(self) -> str:
        return self.channel_id


class Written(models.Model):
    """How many messages a person has written in a channel."""

    channel_id = models.CharField(max_length=64)
    user_id = models.CharField(max_length=64)
    messages = models.IntegerField(default=0)

    class Meta:
        app_label = "peers"
        unique_together = ("channel_id", "user_id")

    def __str__(self) -> str:
        return f"{self.user_id} in {self.channel_id}: {self.messages}"
