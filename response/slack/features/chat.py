"""Answers what core asks of a chat tool, for Slack, from the database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from response.conf import settings
from response.core.chat import Channel, ChannelRequest, Participant
from response.core.models import ExternalUser, Incident
from response.core.models.user_external import SLACK
from response.jobs.models import OutboxMessage
from response.slack.features import reference_names
from response.slack.jobs import names, requests
from response.slack.models import CommsChannel, UserStats
from response.slack.render import incident_view
from response.slack.web_api import links
from response.slack.web_api.client import SlackClient, get_client


class SlackChat:
    """Implements :class:`response.core.chat.Chat`."""

    def channel(self, incident: Incident) -> Channel | None:
        """Return the comms channel, with an address that opens it in Slack."""
        channel = incident.comms_channel()
        if channel is None:
            return None
        return Channel(
            id=channel.channel_id,
            name=channel.channel_name,
            url=links.channel_url(channel.channel_id),
        )

    def participants(self, incident: Incident) -> list[Participant]:
        """Return who took part, those with the most messages first."""
        rows = UserStats.objects.filter(incident=incident).select_related("user")
        return [
            Participant(user=row.user, message_count=row.message_count, join_time=row.join_time)
            for row in rows.order_by("-message_count", "join_time", "pk")
        ]

    def names(self, user_ids: Iterable[str]) -> dict[str, str]:
        """Return display names by user id."""
        people = ExternalUser.objects.filter(app_id=SLACK, external_id__in=set(user_ids))
        return {p.external_id: p.display_name for p in people if p.name_known}

    def channel_names(self, channel_ids: Iterable[str]) -> dict[str, str]:
        """Return names of public channels; those of private incidents are left out."""
        ids = set(channel_ids)
        ours = CommsChannel.objects.filter(channel_id__in=ids).values_list(
            "channel_id", "channel_name", "incident__private"
        )
        found = {channel: "" if private else name for channel, name, private in ours}
        if len(found) < len(ids):
            found = {**reference_names.channel_names(ids - found.keys()), **found}
        return {channel: name for channel, name in found.items() if name}

    def group_names(self, group_ids: Iterable[str]) -> dict[str, str]:
        """Return handles of user groups."""
        return reference_names.group_names(set(group_ids))

    def available(self) -> bool:
        """Return whether there is a token, or a client of the project's own."""
        client = get_client()
        ours = isinstance(client, SlackClient) and not client.has_own_token
        return bool(settings.SLACK_TOKEN) or not ours

    def channel_request(self, incident: Incident) -> ChannelRequest:
        """Return the state of the jobs that make the channel, in one query."""
        jobs = OutboxMessage.objects.filter(incident=incident, method=names.COMMS_CHANNEL_MAKE)
        found = list(jobs.order_by("-pk").values_list("status", "blocked")[:20])
        if (OutboxMessage.WAITING, True) in found:
            return ChannelRequest.BLOCKED
        if (OutboxMessage.WAITING, False) in found:
            return ChannelRequest.WAITING
        newest = found[0][0] if found else None
        return ChannelRequest.FAILED if newest == OutboxMessage.FAILED else ChannelRequest.NONE

    def request_channel(
        self, incident: Incident, person: ExternalUser | None, account: Any = None
    ) -> None:
        """Queue making the comms channel, as the button in the headline does."""
        requests.make_comms_channel(
            incident.pk,
            incident_view.slack_id(person),
            account=None if account is None else str(account.pk),
        )

    def announce(self, text: str) -> None:
        """Queue plain ``text`` for the incidents channel."""
        requests.announce(text)
