"""Sending an update to its subscribers and to the updates channel, once to each.

One job finds the recipients, and queues a job for each in the transaction that stores them.
Whether a recipient may still see the incident is checked when their message is sent.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from response.core.models import Incident, Subscription, Update
from response.db import atomic
from response.jobs.errors import RetryLater
from response.jobs.models import OutboxMessage
from response.slack.features import people
from response.slack.jobs import names, requests
from response.slack.models import UpdateNotice
from response.slack.models.update_notice import UPDATES_CHANNEL
from response.slack.render import incident_view, updates
from response.slack.render.incident_view import IncidentView
from response.slack.web_api import identity, messages_in_slack
from response.slack.web_api.client import get_client
from response.slack.web_api.errors import SlackError
from response.slack.web_api.jobs import slack_job

logger = logging.getLogger(__name__)

#: Errors that a person has to resolve in the updates channel.
_CHANNEL_TROUBLE = frozenset(
    {"channel_not_found", "not_in_channel", "is_archived", "restricted_action"}
)
_OPEN = (UpdateNotice.WAITING, UpdateNotice.SENDING)


@slack_job(names.UPDATE_TELL)
def queue_notices(job: OutboxMessage) -> None:
    """Store the recipients of ``arguments["update"]``, and queue sending it to each of them."""
    update = _update(job.arguments["update"])
    if update is None:
        return
    with atomic():
        known = set(update.notices.values_list("recipient", flat=True))
        wanted = [who for who in _recipients(update) if who not in known]
        UpdateNotice.objects.bulk_create(
            UpdateNotice(update=update, recipient=who) for who in wanted
        )
        for notice in update.notices.filter(recipient__in=wanted):
            requests.notify_of_update(update.incident_id, notice.pk, notice.recipient)


def _update(pk: int) -> Update | None:
    return Update.objects.select_related("incident", "actor").filter(pk=pk).first()


def _recipients(update: Update) -> list[str]:
    """Return the user ids of the subscribers, but not the author's, and the updates channel."""
    rows = Subscription.objects.filter(incident=update.incident_id).select_related("person")
    people = [row.person for row in rows.order_by("pk")]
    ids = [
        incident_view.slack_id(person)
        for person in people
        if not person.bot and not person.deleted and person.pk != update.actor_id
    ]
    channel = identity.has_updates_channel() and not update.incident.private
    return list(dict.fromkeys([*([UPDATES_CHANNEL] if channel else []), *filter(None, ids)]))


@slack_job(names.UPDATE_NOTIFY)
def notify(job: OutboxMessage) -> None:
    """Send an update to one recipient, unless that was done or may not be done any more."""
    notice = UpdateNotice.objects.filter(pk=job.arguments["notice"]).first()
    if notice is None or notice.state not in _OPEN:
        return
    update = _update(notice.update_id)
    incident = Incident.objects.with_people().filter(pk=job.incident_id).first()
    if update is None or incident is None:
        return
    if not _is_to_be_told(notice, incident):
        _note(notice, UpdateNotice.WITHHELD)
        return
    try:
        _send(notice, update, incident)
    except SlackError as error:
        if error.transient or error.misconfigured:
            raise
        if notice.recipient == UPDATES_CHANNEL:
            raise _channel_missing(error) from error
        logger.info("%s; an update is not delivered", error)
        _note(notice, UpdateNotice.REFUSED)


def _is_to_be_told(notice: UpdateNotice, incident: Incident) -> bool:
    if notice.recipient == UPDATES_CHANNEL:
        return not incident.private and identity.has_updates_channel()
    subscribed = Subscription.objects.filter(
        incident=incident, person__app_id="slack", person__external_id=notice.recipient
    )
    return subscribed.exists() and people.can_view_incident(incident, notice.recipient)


def _send(notice: UpdateNotice, update: Update, incident: Incident) -> None:
    block_id = updates.notice_block_id(update.pk)
    if notice.state == UpdateNotice.SENDING:
        try:
            found = messages_in_slack.search(notice.channel_id, block_id, notice.since or 0)
        except SlackError as error:
            if error.transient:
                raise
            # Slack does not let us look: better not sent than sent twice.
            logger.warning("%s; whether an update has arrived is not known", error)
            _note(notice, UpdateNotice.UNCERTAIN)
            return
        if found:
            _note(notice, UpdateNotice.SENT, message_ts=found)
            return
    channel = _conversation(notice)
    personal = notice.recipient != UPDATES_CHANNEL
    view = IncidentView.from_incident(incident)
    message = updates.notice(view, updates.UpdateView.from_update(update), personal=personal)
    _note(notice, UpdateNotice.SENDING, channel_id=channel, since=notice.since or time.time())
    try:
        answer = messages_in_slack.post(channel, message.arguments())
    except SlackError as error:
        if not error.uncertain:
            _note(notice, UpdateNotice.WAITING)
        raise
    _note(notice, UpdateNotice.SENT, message_ts=str(answer.get("ts") or ""))


def _conversation(notice: UpdateNotice) -> str:
    """Return the id of the channel, or of the direct messages with the person."""
    if notice.recipient == UPDATES_CHANNEL:
        return identity.channel_id(identity.UPDATES)
    answer = get_client().api_call("conversations.open", users=notice.recipient)
    return str(answer["channel"]["id"])


def _note(notice: UpdateNotice, state: str, **values: Any) -> None:
    for name, value in {"state": state, **values}.items():
        setattr(notice, name, value)
    notice.save(update_fields=["state", *values])


def _channel_missing(error: SlackError) -> Exception:
    if error.slack_error not in _CHANNEL_TROUBLE:
        return error
    identity.forget_channel(identity.UPDATES)
    return RetryLater(
        f"Updates cannot be posted in the updates channel: {error}", configuration=True
    )
