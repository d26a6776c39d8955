"""Who took part in a comms channel."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from response.core.models import ExternalUser, Incident
from response.db import Statement
from response.slack.jobs import requests

#: Written out, since it runs in each request that brings a message. The subqueries use the indexes
#: of their tables.
_COUNT_MESSAGE = """
    UPDATE response_userstats SET message_count = message_count + 1
    WHERE incident_id = (
        SELECT incident_id FROM response_commschannel
        WHERE channel_id = %s ORDER BY id DESC LIMIT 1
    ) AND user_id = (
        SELECT id FROM response_externaluser WHERE app_id = 'slack' AND external_id = %s
    )
"""


class UserStatsManager(models.Manager["UserStats"]):
    """Counts messages, exactly also when many arrive at once."""

    def increment_message_count(self, incident: Incident, user: ExternalUser) -> None:
        """Count a message of ``user``; their first one counts as joining."""
        self._row(incident, user, timezone.now())
        self.filter(incident=incident, user=user).update(
            message_count=models.F("message_count") + 1
        )

    @staticmethod
    def counting(channel_id: str, user_id: str) -> Statement:
        """Return the update that counts a message of a Slack user in a comms channel.

        It changes nothing if the channel is no incident's, or if they have not been seen there
        before: see :meth:`increment_message_count`.
        """
        return Statement(_COUNT_MESSAGE, (channel_id, user_id))

    def joined(self, incident: Incident, user: ExternalUser, at: datetime) -> None:
        """Note that ``user`` joined the channel at ``at``, unless an earlier time is stored."""
        self._row(incident, user, at)
        self.filter(incident=incident, user=user).update(
            join_time=models.Case(
                models.When(join_time__lt=at, then=models.F("join_time")),
                default=Coalesce(models.Value(at), models.F("join_time")),
            )
        )

    def _row(self, incident: Incident, user: ExternalUser, at: datetime) -> None:
        self.bulk_create(
            [UserStats(incident=incident, user=user, join_time=at, message_count=0)],
            ignore_conflicts=True,
        )


class UserStats(models.Model):
    """One person in one incident's channel."""

    user = models.ForeignKey(ExternalUser, on_delete=models.CASCADE)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE)
    join_time = models.DateTimeField(null=True, blank=True)
    message_count = models.BigIntegerField(default=0)

    objects = UserStatsManager()

    class Meta:
        app_label = "response"
        verbose_name = verbose_name_plural = _("user stats")
        unique_together = ("incident", "user")

    def __str__(self) -> str:
        return f"{self.user}: {self.message_count}"

    @staticmethod
    def increment_message_count(incident: Incident, user_id: str) -> None:
        """Count a message of the person with a Slack id, who is created if missing."""
        user, created = ExternalUser.objects.get_or_create_slack(external_id=user_id)
        if created:
            requests.refresh_user(user_id)
        UserStats.objects.increment_message_count(incident, user)
