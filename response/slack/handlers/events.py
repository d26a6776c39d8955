"""What the built-in handlers do with events in an incident's channel."""

from __future__ import annotations

from typing import Any

from response.core.models import Incident
from response.slack.decorators import slack_event
from response.slack.features import pins
from response.slack.features.people import get_or_create_user
from response.slack.models import CommsChannel, UserStats
from response.slack.text.timestamps import parse_ts

Body = dict[str, Any]

#: Messages that people write; all other subtypes are notices of Slack's.
HUMAN_SUBTYPES = frozenset({"", "file_share", "me_message", "thread_broadcast"})


def is_written_by_a_person(event: Body) -> bool:
    """Whether a ``message`` is something that a person wrote just now."""
    return (
        (event.get("subtype") or "") in HUMAN_SUBTYPES
        and not event.get("bot_id")
        and isinstance(event.get("user"), str)
        and event["user"] != "USLACKBOT"
    )


@slack_event("message")
def count_message(incident: Incident, event: Body) -> None:
    """One more message of its author."""
    if is_written_by_a_person(event):
        UserStats.objects.increment_message_count(incident, get_or_create_user(event["user"]))


@slack_event("message")
def follow_pinned_message(incident: Incident, event: Body) -> None:
    """A pinned message that was edited or deleted is so in the timeline as well."""
    if event.get("subtype") == "message_changed":
        message, previous = event.get("message"), event.get("previous_message")
        if isinstance(message, dict):
            pins.edited(incident, message, previous if isinstance(previous, dict) else {})
    elif event.get("subtype") == "message_deleted":
        pins.deleted(incident, str(event.get("deleted_ts") or ""), event)


@slack_event("pin_added")
def add_pin(incident: Incident, event: Body) -> None:
    """A pinned message enters the timeline."""
    pins.added(incident, event)


@slack_event("pin_removed")
def remove_pin(incident: Incident, event: Body) -> None:
    """One that is no longer pinned leaves it."""
    pins.removed(incident, event)


@slack_event("channel_rename")
def channel_renamed(incident: Incident, event: Body) -> None:
    """Keep the channel's name."""
    channel = event.get("channel")
    if isinstance(channel, dict) and channel.get("name"):
        _learn(incident, event, "renamed_ts", channel_name=str(channel["name"])[:80])


@slack_event("group_rename")
def group_renamed(incident: Incident, event: Body) -> None:
    """The same for a private channel."""
    channel_renamed(incident, event)


@slack_event("channel_archive")
def channel_archived(incident: Incident, event: Body) -> None:
    """Know that nobody can write there any more."""
    _learn(incident, event, "archived_ts", archived=True)


@slack_event("channel_unarchive")
def channel_unarchived(incident: Incident, event: Body) -> None:
    """Know that one can write there again."""
    _learn(incident, event, "archived_ts", archived=False)


@slack_event("group_archive")
def group_archived(incident: Incident, event: Body) -> None:
    """The same for a private channel."""
    channel_archived(incident, event)


@slack_event("group_unarchive")
def group_unarchived(incident: Incident, event: Body) -> None:
    """The same for a private channel."""
    channel_unarchived(incident, event)


@slack_event("member_joined_channel")
def member_joined(incident: Incident, event: Body) -> None:
    """Remember who came, and when."""
    user = event.get("user")
    if isinstance(user, str) and user:
        UserStats.objects.joined(
            incident, get_or_create_user(user), parse_ts(event.get("event_ts"))
        )


def _learn(incident: Incident, event: Body, ts_field: str, **values: Any) -> None:
    """Store what an event says of the channel, unless a later event has been here before."""
    channels = CommsChannel.objects.filter(incident=incident)
    ts = str(event.get("event_ts") or "")[:50]
    if ts:
        channels = channels.filter(**{f"{ts_field}__lte": ts})
        values[ts_field] = ts
    channels.update(**values)
