"""The post in the incidents channel that shows how an incident stands."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from response.core.models import Incident
from response.removed_names import refuse
from response.slack.jobs import requests
from response.slack.models.comms_channel import CommsChannel


class HeadlinePostManager(models.Manager["HeadlinePost"]):
    """Makes headlines."""

    def create_headline_post(self, incident: Incident) -> HeadlinePost:
        """Return the incident's only headline, queued to be shown in Slack."""
        post, _created = self.get_or_create(incident=incident)
        post.update_in_slack()
        return post


class HeadlinePost(models.Model):
    """An incident's headline. It is synchronised with the incident, not sent.

    ``message_ts`` is empty until it was posted in ``channel_id``; ``fingerprint`` is of
    what Slack shows now, so that nothing is sent when nothing visible changed.
    """

    # The action ids of its buttons.
    EDIT_INCIDENT_BUTTON = "edit-incident-button"
    CLOSE_INCIDENT_BUTTON = "close-incident-button"
    CREATE_COMMS_CHANNEL_BUTTON = "create-comms-channel-button"
    #: Of no button of Response's own: for a project's.
    PAGE_ON_CALL_BUTTON = "page-on-call-button"

    incident = models.OneToOneField(Incident, on_delete=models.CASCADE)
    message_ts = models.CharField(max_length=20, null=True, blank=True)
    comms_channel = models.OneToOneField(
        CommsChannel, on_delete=models.SET_NULL, null=True, blank=True
    )
    channel_id = models.CharField(max_length=64, blank=True, default="", db_default="")
    fingerprint = models.CharField(max_length=64, blank=True, default="", db_default="")

    objects = HeadlinePostManager()

    class Meta:
        app_label = "response"

    def __str__(self) -> str:
        return _("Headline of incident %(incident)s") % {"incident": self.incident_id}

    def post_to_thread(self, message: str = "", *, text: str = "", **arguments: Any) -> None:
        """Say ``message`` (mrkdwn) in the thread below the headline. Queued.

        ``text`` is another name of ``message``.
        """
        requests.post_to_headline_thread(self.pk, self.incident_id, message or text, **arguments)

    def update_in_slack(self) -> None:
        """Queue an update of the post; it is sent only if the headline looks different."""
        requests.sync_headline(self.incident_id)


_BUTTONS = "The built-in buttons are functions in response.slack.handlers.headline_actions."
__getattr__ = refuse(
    __name__,
    {
        "create_comms_channel_action": _BUTTONS,
        "edit_incident_button": _BUTTONS,
        "close_incident_button": _BUTTONS,
    },
)
