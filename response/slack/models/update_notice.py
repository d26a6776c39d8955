"""Who has been told of an update in Slack, so that no one is told twice."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from response.core.models import Update

#: In the place of a person: the channel in which all updates are posted.
UPDATES_CHANNEL = "channel"


class UpdateNotice(models.Model):
    """One update for one recipient: a person's user id, or the updates channel.

    ``SENDING`` is noted before Slack is called: after a lost answer it is looked for, and
    where that is not possible (``UNCERTAIN``) it is not sent again. ``WITHHELD`` are those
    that may not know of the incident any more, or have unsubscribed; ``REFUSED`` those that
    Slack does not deliver. ``since`` is when the first attempt began, in seconds.
    """

    WAITING, SENDING, SENT = "waiting", "sending", "sent"
    UNCERTAIN, WITHHELD, REFUSED = "uncertain", "withheld", "refused"
    STATES = (
        (WAITING, _("waiting")),
        (SENDING, _("being sent")),
        (SENT, _("sent")),
        (UNCERTAIN, _("perhaps sent")),
        (WITHHELD, _("not sent: may not see the incident")),
        (REFUSED, _("not sent: Slack refused")),
    )

    id = models.BigAutoField(primary_key=True)
    update = models.ForeignKey(Update, on_delete=models.CASCADE, related_name="notices")
    recipient = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=STATES, default=WAITING)
    channel_id = models.CharField(max_length=64, blank=True, default="")
    message_ts = models.CharField(max_length=50, blank=True, default="")
    since = models.FloatField(null=True, blank=True)

    class Meta:
        app_label = "response"
        constraints = [
            models.UniqueConstraint(
                fields=["update", "recipient"], name="response_updatenotice_once"
            )
        ]

    def __str__(self) -> str:
        return f"update {self.update_id} to {self.recipient}: {self.state}"
