"""Messages that a reaction or the shortcut puts into the timeline.

Each reaction of each person is a mark, and so is a use of the shortcut. A message is in the
timeline while it has a mark or is pinned.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from response.conf import settings
from response.core.actors import Actor, acting_as
from response.core.addresses import document_url
from response.core.models import Incident
from response.db import atomic
from response.jobs.models import OutboxMessage
from response.slack.features import pins
from response.slack.features.people import get_or_create_user
from response.slack.jobs import names, requests
from response.slack.jobs.messages import send_ephemeral
from response.slack.models import CommsChannel, TimelineMark
from response.slack.text import mrkdwn
from response.slack.text.timestamps import is_later
from response.slack.web_api import links
from response.slack.web_api.client import get_client
from response.slack.web_api.errors import SlackError
from response.slack.web_api.jobs import slack_job

Body = dict[str, Any]

SHORTCUT = "shortcut"
#: How long a reaction may be on its way whose removal is here already.
KEPT = timedelta(days=1)


def is_wanted(event: Body) -> bool:
    """Return whether an event is about a reaction that puts a message into the timeline."""
    item = event.get("item")
    return (
        isinstance(item, dict)
        and isinstance(item.get("ts"), str)
        and event.get("reaction") in settings.RESPONSE_TIMELINE_REACTIONS
    )


def reaction_added(incident: Incident, event: Body) -> None:
    """Store the reaction, and queue reading the message, which the event does not contain."""
    ts = str(event["item"]["ts"])[:50]
    pins.locked(incident, ts)
    if _note(incident, ts, event, present=True):
        requests.add_to_timeline(incident.pk, incident.comms_channel().channel_id, ts)


def reaction_removed(incident: Incident, event: Body) -> None:
    """Take the message out of the timeline, if nothing else keeps it there."""
    ts = str(event["item"]["ts"])[:50]
    pins.locked(incident, ts)
    if _note(incident, ts, event, present=False):
        pins.leave(incident, ts)


def _note(incident: Incident, ts: str, event: Body, *, present: bool) -> bool:
    """Store a mark or its removal; return False if a later event is stored already."""
    kind, user = f"reaction {event.get('reaction')}"[:120], str(event.get("user") or "")[:64]
    return _mark(incident, ts, kind, user, str(event.get("event_ts") or ""), present=present)


def _mark(
    incident: Incident, ts: str, kind: str, user: str, event_ts: str, *, present: bool
) -> bool:
    mark, created = TimelineMark.objects.get_or_create(
        incident=incident,
        message_ts=ts,
        kind=kind,
        user_id=user,
        defaults={"event_ts": event_ts[:50], "present": present},
    )
    if created:
        return True
    if not is_later(event_ts, mark.event_ts):
        return False
    mark.event_ts, mark.present, mark.noted = event_ts[:50], present, timezone.now()
    mark.save(update_fields=["event_ts", "present", "noted"])
    return True


@slack_job(names.TIMELINE_ADD)
def add(job: OutboxMessage) -> None:
    """Read the message from Slack, and put it into the timeline if it still has a mark."""
    incident = Incident.objects.filter(pk=job.incident_id).first()
    channel_id, ts = job.arguments["channel"], job.arguments["ts"]
    marks = TimelineMark.objects.filter(incident=incident, message_ts=ts, present=True)
    if incident is None or not marks.exists() or pins.find(incident, ts):
        return
    message = _read(channel_id, ts)
    if message is None:
        return  # deleted since
    links.learn_workspace()
    with atomic():
        pins.locked(incident, ts)
        mark = marks.order_by("pk").first()
        if mark is None:
            return  # taken away while it was read
        with acting_as(Actor(person=partial(get_or_create_user, mark.user_id))):
            _enter(incident, channel_id, message, mark)


def _read(channel_id: str, ts: str) -> Body | None:
    """Return the message ``ts``, None if it no longer exists.

    The channel's history has no answers in threads; those are found as a thread of their own.
    """
    only = {"channel": channel_id, "latest": ts, "inclusive": "true", "limit": 1}
    client = get_client()
    found = client.api_call("conversations.history", **only).get("messages") or []
    if not any(message.get("ts") == ts for message in found):
        try:
            found = client.api_call("conversations.replies", ts=ts, **only).get("messages") or []
        except SlackError as error:
            if error.slack_error != "thread_not_found":
                raise
            return None
    return next((dict(message) for message in found if message.get("ts") == ts), None)


def _enter(incident: Incident, channel_id: str, message: Body, mark: TimelineMark) -> bool:
    """Put a message into the timeline; False if it was there."""
    ts, thread = str(message["ts"]), str(message.get("thread_ts") or "")
    message = {"permalink": links.message_url(channel_id, ts, thread), **message}
    how = {"added_by": mark.user_id, "added_with": mark.kind}
    return pins.enter(incident, message, {"channel_id": channel_id}, pinned=False, **how)


def add_by_shortcut(
    channel: CommsChannel | None,
    user_id: str,
    channel_id: str,
    message: Body,
    action_ts: str,
    response_url: str,
) -> None:
    """Put the message of a shortcut into the timeline, and tell the person what was done."""
    ts = str(message.get("ts") or "")[:50]
    incident = channel.incident if channel else None
    if incident is None or not ts:
        text = _("Only messages in an incident's channel can be added to a timeline.")
    else:
        pins.locked(incident, ts)
        _mark(incident, ts, SHORTCUT, user_id, action_ts, present=True)
        mark = TimelineMark.objects.get(
            incident=incident, message_ts=ts, kind=SHORTCUT, user_id=user_id
        )
        added = _enter(incident, channel_id, message, mark)
        address = mrkdwn.link(document_url(incident.pk), _("Incident %(id)d") % {"id": incident.pk})
        sentence = _("📌 Added to the timeline: %(link)s") if added else _(
            "This message is already in the timeline: %(link)s"
        )  # fmt: skip
        text = sentence % {"link": address}
    send_ephemeral(
        channel_id,
        user_id,
        text,
        response_url=response_url,
        incident=incident.pk if incident else None,
    )


def purge() -> None:
    """Delete marks that were removed a while ago."""
    TimelineMark.objects.filter(present=False, noted__lt=timezone.now() - KEPT).delete()
