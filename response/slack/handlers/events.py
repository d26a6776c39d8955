"""The built-in handlers of events in an incident's channel."""

from __future__ import annotations

from typing import Any

from response.core.models import Incident
from response.core.models.timeline import add_joined_event
from response.db import Statement
from response.slack.decorators import slack_event
from response.slack.features import pins, timeline_marks
from response.slack.features.people import get_or_create_user
from response.slack.models import CommsChannel, UserStats
from response.slack.text.timestamps import parse_ts

Body = dict[str, Any]

#: Messages that people write; all other subtypes are notices of Slack's.
HUMAN_SUBTYPES = frozenset({"", "file_share", "me_message", "thread_broadcast"})


def is_written_by_a_person(event: Body) -> bool:
    """Return whether a ``message`` event is a new message written by a person."""
    return (
        (event.get("subtype") or "") in HUMAN_SUBTYPES
        and not event.get("bot_id")
        and isinstance(event.get("user"), str)
        and event["user"] not in ("", "USLACKBOT")
    )


def counting(channel_id: str, event: Body) -> Statement:
    """Count a message of a person who has written in the channel before."""
    return UserStats.objects.counting(channel_id, event["user"])


@slack_event("message", only_if=is_written_by_a_person, shortcut=counting)
def count_message(incident: Incident, event: Body) -> None:
    """Count a message for its author."""
    UserStats.objects.increment_message_count(incident, get_or_create_user(event["user"]))


def changes_an_older_message(event: Body) -> bool:
    """Return whether a ``message`` event is about an edited or deleted message."""
    if event.get("subtype") == "message_deleted":
        return True
    return event.get("subtype") == "message_changed" and pins.is_edit(*_edit(event))


@slack_event("message", only_if=changes_an_older_message)
def follow_pinned_message(incident: Incident, event: Body) -> None:
    """Update the timeline entry of a pinned message that was edited or deleted."""
    if event.get("subtype") == "message_changed":
        pins.edited(incident, *_edit(event))
    else:
        pins.deleted(incident, str(event.get("deleted_ts") or ""), event)


def _edit(event: Body) -> tuple[Body, Body]:
    """Return the message as it is now, and as it was before."""
    message, previous = event.get("message"), event.get("previous_message")
    return (
        message if isinstance(message, dict) else {},
        previous if isinstance(previous, dict) else {},
    )


@slack_event("pin_added")
def add_pin(incident: Incident, event: Body) -> None:
    """Add a pinned message to the timeline, unless it is the welcome message."""
    item = event.get("item")
    message = item.get("message") if isinstance(item, dict) else None
    ts = message.get("ts") if isinstance(message, dict) else None
    if not ts or ts != incident.comms_channel().welcome_ts:
        pins.added(incident, event)


@slack_event("pin_removed")
def remove_pin(incident: Incident, event: Body) -> None:
    """Take a message that is no longer pinned out of the timeline."""
    pins.removed(incident, event)


@slack_event("reaction_added", only_if=timeline_marks.is_wanted)
def add_by_reaction(incident: Incident, event: Body) -> None:
    """Put a message that was marked with a reaction into the timeline."""
    timeline_marks.reaction_added(incident, event)


@slack_event("reaction_removed", only_if=timeline_marks.is_wanted)
def take_out_by_reaction(incident: Incident, event: Body) -> None:
    """Take a message out of the timeline that has no such reaction any more."""
    timeline_marks.reaction_removed(incident, event)


@slack_event("channel_rename")
def channel_renamed(incident: Incident, event: Body) -> None:
    """Store the new name of a public channel."""
    channel = event.get("channel")
    if isinstance(channel, dict) and channel.get("name"):
        _store_channel(incident, event, "renamed_ts", channel_name=str(channel["name"])[:80])


@slack_event("group_rename")
def group_renamed(incident: Incident, event: Body) -> None:
    """Store the new name of a private channel."""
    channel_renamed(incident, event)


@slack_event("channel_archive")
def channel_archived(incident: Incident, event: Body) -> None:
    """Note that a public channel was archived."""
    _store_channel(incident, event, "archived_ts", archived=True)


@slack_event("channel_unarchive")
def channel_unarchived(incident: Incident, event: Body) -> None:
    """Note that a public channel was unarchived."""
    _store_channel(incident, event, "archived_ts", archived=False)


@slack_event("group_archive")
def group_archived(incident: Incident, event: Body) -> None:
    """Note that a private channel was archived."""
    channel_archived(incident, event)


@slack_event("group_unarchive")
def group_unarchived(incident: Incident, event: Body) -> None:
    """Note that a private channel was unarchived."""
    channel_unarchived(incident, event)


@slack_event("member_joined_channel")
def member_joined(incident: Incident, event: Body) -> None:
    """Note who joined, and when."""
    user = event.get("user")
    if isinstance(user, str) and user:
        person, at = get_or_create_user(user), parse_ts(event.get("event_ts"))
        if not UserStats.objects.filter(incident=incident, user=person).exists():
            add_joined_event(incident, person, at)
        UserStats.objects.joined(incident, person, at)


def _store_channel(incident: Incident, event: Body, ts_field: str, **values: Any) -> None:
    """Store what an event says about the channel, unless a later event was stored before."""
    channels = CommsChannel.objects.filter(incident=incident)
    ts = str(event.get("event_ts") or "")[:50]
    if ts:
        channels = channels.filter(**{f"{ts_field}__lte": ts})
        values[ts_field] = ts
    channels.update(**values)
