"""The channel in which people work on an incident."""

from __future__ import annotations

from typing import Any

from django.db import models

from response.core.models import Incident
from response.ports import Port
from response.slack.jobs import requests
from response.slack.jobs.messages import post_message

#: Makes a channel in Slack at once: a function of the incident.
create_now = Port("create_comms_channel")


class CommsChannelManager(models.Manager["CommsChannel"]):
    """Makes channels."""

    def create_comms_channel(self, incident: Incident) -> CommsChannel:
        """Make the incident's channel in Slack now, and return its row.

        Calls Slack, and raises ``SlackError`` where that fails; the button in the headline
        queues the same. A project that puts a function of its own in place of this
        method has it called for the button as well.
        """
        channel: CommsChannel = create_now(incident)
        return channel

    @property
    def makes_its_own(self) -> bool:
        """Whether the project has replaced :meth:`create_comms_channel`."""
        return type(self).create_comms_channel is not _create_comms_channel


_create_comms_channel = CommsChannelManager.create_comms_channel


class CommsChannel(models.Model):
    """An incident's channel in Slack."""

    incident = models.OneToOneField(Incident, on_delete=models.CASCADE)
    channel_id = models.CharField(max_length=64, db_index=True)
    channel_name = models.CharField(max_length=80)
    archived = models.BooleanField(default=False, db_default=False)
    # The event_ts of what the two were last learnt from: an older event is no news.
    renamed_ts = models.CharField(max_length=50, blank=True, default="", db_default="")
    archived_ts = models.CharField(max_length=50, blank=True, default="", db_default="")
    # The first message, and what it looks like in Slack; empty in channels of older releases.
    welcome_ts = models.CharField(max_length=50, blank=True, default="", db_default="")
    welcome_fingerprint = models.CharField(max_length=64, blank=True, default="", db_default="")
    # The key of the last entry of the timeline that the channel has been told of.
    announced = models.BigIntegerField(null=True, blank=True, editable=False)

    objects = CommsChannelManager()

    class Meta:
        app_label = "response"

    def __str__(self) -> str:
        return f"#{self.channel_name}"

    def post_in_channel(self, message: str = "", *, text: str = "", **arguments: Any) -> None:
        """Say ``message`` (mrkdwn) there. It is queued, and sent after the commit, in order.

        Further arguments (``blocks``, ``thread_ts``, …) go to ``chat.postMessage``. ``text``
        is another name of ``message``.
        """
        post_message(self.channel_id, message or text, incident=self.incident_id, **arguments)

    def rename(self, new_name: str) -> None:
        """Queue renaming the channel.

        ``new_name`` is made into what Slack takes as a channel's name. Raises ``ValueError`` if
        nothing is left of it.
        """
        requests.rename_comms_channel(self.channel_id, self.incident_id, new_name)
