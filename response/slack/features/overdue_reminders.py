"""Reminding people of what is overdue: owners of actions, and owners of reviews.

Each is reminded once a day at most, in working hours. What is due is found by one query for
actions and one for reviews. A reminder is recorded in the transaction that queues the message, so
that neither a kill nor a second tick can send it twice or lose it.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from response.conf import settings
from response.core import overdue, working_time
from response.core.models import ExternalUser, Incident, Review
from response.db import atomic
from response.jobs import outbox
from response.jobs.models import OutboxMessage
from response.slack.jobs import names, requests
from response.slack.render import incident_view, overdue_messages
from response.slack.web_api.jobs import call_slack, slack_job

logger = logging.getLogger(__name__)

#: How often an owner, and a channel, is reminded of one review.
MOST_OWNER_REMINDERS, MOST_CHANNEL_REMINDERS = 10, 5
#: How many reviews are looked at by one tick.
AT_ONCE = 200


def send_due(now: datetime | None = None) -> int:
    """Queue the reminders that are due, and return how many. Nothing outside working hours."""
    now = now or timezone.now()
    if not working_time.is_working(now):
        return 0
    sent = 0
    for user_id in overdue.people_to_remind(now):
        with atomic(), outbox.low_priority():
            if overdue.claim(user_id, now):
                requests.remind_of_actions(user_id)
                sent += 1
    for review in _due(now):
        sent += _remind(review, now)
    return sent


def _due(now: datetime) -> list[Review]:
    """Return the reviews of which a person may have to be reminded today, in one query."""
    today = working_time.start_of_day(now)
    owner = Q(owner_reminders__lt=MOST_OWNER_REMINDERS) & (
        Q(owner_reminded=None) | Q(owner_reminded__lt=today)
    )
    channel = (
        Q(channel_reminders__lt=MOST_CHANNEL_REMINDERS)
        & (Q(channel_reminded=None) | Q(channel_reminded__lt=today))
        & Q(incident__commschannel__archived=False)
    )
    unpublished = Review.objects.filter(
        status__in=(Review.DRAFT, Review.IN_REVIEW), due_date__lt=now
    )
    return list(unpublished.filter(owner | channel).order_by("due_date")[:AT_ONCE])


def _remind(review: Review, now: datetime) -> int:
    assert review.due_date is not None
    today = working_time.start_of_day(now)
    sent = 0
    with atomic(), outbox.low_priority():
        if _claim(review, "owner", today, now, MOST_OWNER_REMINDERS):
            requests.remind_of_review(review.incident_id, channel=False)
            sent += 1
    later = working_time.end_of_day_after(review.due_date, settings.RESPONSE_REVIEW_CHANNEL_DAYS)
    if later < now:
        with atomic(), outbox.low_priority():
            if _claim(review, "channel", today, now, MOST_CHANNEL_REMINDERS):
                requests.remind_of_review(review.incident_id, channel=True)
                sent += 1
    return sent


def _claim(review: Review, recipient: str, today: datetime, now: datetime, most: int) -> bool:
    """Count one more reminder, unless another tick has done so today, or the date was moved."""
    rows: QuerySet[Review] = Review.objects.filter(
        Q(**{f"{recipient}_reminded": None}) | Q(**{f"{recipient}_reminded__lt": today}),
        pk=review.pk,
        due_date=review.due_date,
        **{f"{recipient}_reminders__lt": most},
    )
    return bool(
        rows.update(
            **{
                f"{recipient}_reminded": now,
                f"{recipient}_reminders": F(f"{recipient}_reminders") + 1,
            }
        )
    )


@slack_job(names.ACTIONS_REMIND)
def remind_of_actions(job: OutboxMessage) -> None:
    """Tell a person which of their actions are overdue, as it is now."""
    person = ExternalUser.objects.filter(pk=job.arguments["user"]).first()
    user_id = incident_view.slack_id(person)
    if not user_id or person is None or person.deleted:
        return
    waiting = overdue.actions(timezone.now()).filter(user=person)
    actions = list(waiting.select_related("incident").order_by("due_date", "id")[:50])
    if actions:
        message = overdue_messages.actions(actions)
        call_slack("chat.postMessage", channel=user_id, **message.arguments())


@slack_job(names.REVIEW_REMIND)
def remind_of_review(job: OutboxMessage) -> None:
    """Tell the owner of a review, or the comms channel, that it is due, if it still is."""
    incident = Incident.objects.with_people().filter(pk=job.incident_id).first()
    review = Review.objects.select_related("owner").filter(incident=job.incident_id).first()
    if incident is None or review is None or review.is_published or review.due_date is None:
        return
    if review.due_date >= timezone.now():
        return  # put off since
    if job.arguments.get("channel"):
        channel = incident.comms_channel()
        place = channel.channel_id if channel and not channel.archived else ""
    else:
        place = _owner_of(review, incident)
    if place:
        text = overdue_messages.review(incident, review)
        call_slack("chat.postMessage", channel=place, text=text)


def _owner_of(review: Review, incident: Incident) -> str:
    """Return the Slack id of who is to write the review: its owner, or else the lead.

    For a private incident only if they take part in it.
    """
    for person in (review.owner, incident.lead):
        user_id = incident_view.slack_id(person)
        if person is None or not user_id or person.deleted or person.bot:
            continue
        involved = Incident.objects.involving_slack_user(user_id)
        if not incident.private or involved.filter(pk=incident.pk).exists():
            return user_id
    return ""
