"""The post in the incidents channel that shows how an incident stands."""

from __future__ import annotations

from typing import Any

from django.db import models

from response.core.models import Incident
from response.slack.jobs import requests
from response.slack.models.comms_channel import CommsChannel


class HeadlinePost(models.Model):
    """An incident's headline. It is synchronised with the incident, not sent.

    ``message_ts`` is empty until it was posted in ``channel_id``; ``fingerprint`` is of
    what Slack shows now, so that nothing is sent when nothing visible changed.
    """

    incident = models.OneToOneField(Incident, on_delete=models.CASCADE)
    message_ts = models.CharField(max_length=20, null=True, blank=True)
    comms_channel = models.OneToOneField(
        CommsChannel, on_delete=models.SET_NULL, null=True, blank=True
    )
    channel_id = models.CharField(max_length=64, blank=True, default="", db_default="")
    fingerprint = models.CharField(max_length=64, blank=True, default="", db_default="")

    class Meta:
        app_label = "response"

    def __str__(self) -> str:
        return f"Headline of {self.incident_id}"

    def post_to_thread(self, text: str, **message: Any) -> None:
        """Queue a message of mrkdwn ``text`` in the thread below the headline."""
        requests.post_to_headline_thread(self.pk, self.incident_id, text, **message)

    def update_in_slack(self) -> None:
        """Queue an update of the post; it is sent only if the headline looks different."""
        requests.sync_headline(self.incident_id)
