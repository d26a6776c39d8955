"""The channel in which people work on an incident."""

from __future__ import annotations

from typing import Any

from django.db import models

from response.core.models import Incident
from response.slack.jobs import requests
from response.slack.jobs.messages import post_message


class CommsChannel(models.Model):
    """An incident's channel in Slack."""

    incident = models.OneToOneField(Incident, on_delete=models.CASCADE)
    channel_id = models.CharField(max_length=64, db_index=True)
    channel_name = models.CharField(max_length=80)
    archived = models.BooleanField(default=False, db_default=False)
    # The event_ts of what the two were last learnt from: an older event is no news.
    renamed_ts = models.CharField(max_length=50, blank=True, default="", db_default="")
    archived_ts = models.CharField(max_length=50, blank=True, default="", db_default="")

    class Meta:
        app_label = "response"

    def __str__(self) -> str:
        return f"#{self.channel_name}"

    def post_in_channel(self, text: str, **message: Any) -> None:
        """Queue a message of mrkdwn ``text``; it is sent after the commit, in order.

        Further arguments (``blocks``, ``thread_ts``, …) go to ``chat.postMessage``.
        """
        post_message(self.channel_id, text, incident=self.incident_id, **message)

    def rename(self, new_name: str) -> None:
        """Queue renaming the channel.

        ``new_name`` is made into what Slack takes as a channel's name. Raises ``ValueError`` if
        nothing is left of it.
        """
        requests.rename_comms_channel(self.channel_id, self.incident_id, new_name)
