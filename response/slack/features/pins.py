"""Put pinned messages into the timeline, and follow edits and deletions of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from response.core.models import ExternalUser, Incident, TimelineEvent
from response.db import atomic, lock
from response.slack.features.people import get_or_create_user
from response.slack.models import PinnedMessage, PinState, TimelineMark
from response.slack.models.pinned_message import pin_port, unpin_port
from response.slack.text import message_content
from response.slack.text.timestamps import is_later, parse_ts

Body = dict[str, Any]

#: The author of messages without one: a workflow's, or those of a bot without a user.
NO_AUTHOR = "bot"
#: The longest that the id of a person or bot can be: what its column holds.
LONGEST_ID = LONGEST_TS = 50
#: How long a pinning may be on its way that happened before an edit which is here already.
KEPT = timedelta(days=1)


@pin_port.provide
def added(incident: Incident, event: Body) -> None:
    """Add a pinned message to the timeline, at the time at which it was written."""
    message = _message_of(event)
    state = _state(incident, message["ts"]) if message else None
    if message is None or state is None or not _is_news(state, event):
        return
    enter(incident, message, event, pinned=True)


def enter(incident: Incident, message: Body, event: Body, *, pinned: bool, **how: str) -> bool:
    """Put a message into the timeline, unless it is there; False if it was.

    ``event`` tells ``channel_id``, and ``user`` and ``item_user`` where it is a pinning.
    ``how`` goes into the entry's metadata. The message is to be :func:`locked` by the caller.
    """
    known = find(incident, message["ts"])
    if known is not None:
        if pinned and not known.pinned:
            known.pinned = True
            known.save(update_fields=["pinned"])
        return False
    text = message_content.as_markdown(message)
    author = _author(message, event)
    since = _since(_state(incident, message["ts"]), message)
    text = since.pop("text", text)
    moment = parse_ts(message["ts"])
    entry = TimelineEvent.objects.create(
        incident=incident,
        timestamp=moment,
        text=text,
        event_type="slack_pin",
        metadata={**_metadata(message, author, event), **how, **since},
    )
    PinnedMessage.objects.create(
        incident=incident,
        author=author,
        message_ts=message["ts"],
        text=text,
        timestamp=moment,
        timeline_event=entry,
        pinned=pinned,
    )
    return True


def leave(incident: Incident, ts: str) -> None:
    """Take a message out of the timeline, unless it is pinned or has a mark.

    An entry whose text a person has rewritten is hidden and not deleted.
    """
    pin = find(incident, ts)
    marks = TimelineMark.objects.filter(incident=incident, message_ts=ts, present=True)
    if pin is None or pin.pinned or marks.exists():
        return
    entry = pin.timeline_event
    pin.delete()
    if entry is not None and entry.rewritten:
        entry.curate(hidden=True)
    elif entry is not None:
        entry.delete()


@unpin_port.provide
def removed(incident: Incident, event: Body) -> None:
    """Remove the entry of a message that is no longer pinned, and no other."""
    message = _message_of(event)
    state = _state(incident, message["ts"]) if message else None
    if message is None or state is None or not _is_news(state, event):
        return
    PinnedMessage.objects.filter(incident=incident, message_ts=message["ts"]).update(pinned=False)
    leave(incident, message["ts"])


def is_edit(message: Body, previous: Body) -> bool:
    """Return whether a person edited or deleted a message. Pure.

    Slack sends the same event when a link is unfurled or a thread gets a reply; the
    text is then as before.
    """
    if message.get("subtype") == "tombstone":
        return True
    return message_content.as_markdown(message) != message_content.as_markdown(previous)


def edited(incident: Incident, message: Body, previous: Body) -> None:
    """Edit the entry of a message that was edited in Slack, and note that it was."""
    if not is_edit(message, previous):
        return
    if message.get("subtype") == "tombstone":
        deleted(incident, str(message.get("ts") or ""), {})
        return
    edit = message.get("edited")
    text = message_content.as_markdown(message)
    state = _state(incident, message.get("ts"))
    pin = find(incident, message.get("ts"))
    edited_at = parse_ts(edit.get("ts") if isinstance(edit, dict) else None)
    if pin is None:
        _keep(state, edited=edited_at.isoformat(), text=text)
        return
    entry = pin.timeline_event
    if entry is not None and str(_known(entry).get("edited") or "") > edited_at.isoformat():
        return  # a later edit is known already
    pin.text = text
    pin.save(update_fields=["text"])
    if entry is not None:
        since = {"edited": edited_at.isoformat()}
        if entry.rewritten:  # what a person wrote here stays
            since["slack_text"] = pin.text
        else:
            entry.text = pin.text
        entry.metadata = {**_known(entry), **since}
        entry.save()


def deleted(incident: Incident, ts: str, event: Body) -> None:
    """Note with the entry of a pinned message that it was deleted in Slack."""
    state = _state(incident, ts)
    pin = find(incident, ts)
    at = parse_ts(event.get("event_ts")) if event.get("event_ts") else timezone.now()
    if pin is None:
        _keep(state, deleted=at.isoformat())
    if pin is None or pin.timeline_event is None:
        return
    entry = pin.timeline_event
    entry.metadata = {**_known(entry), "deleted": at.isoformat()}
    entry.save()


def find(incident: Incident, ts: Any) -> PinnedMessage | None:
    """Return the row of a message that is in the timeline."""
    return (
        PinnedMessage.objects.select_related("timeline_event")
        .filter(incident=incident, message_ts=str(ts or "")[:LONGEST_TS])
        .first()
    )


def _known(entry: TimelineEvent) -> Body:
    return entry.metadata if isinstance(entry.metadata, dict) else {}


def _message_of(event: Body) -> Body | None:
    """Return the pinned message of an event; None if it was a file or a comment."""
    item = event.get("item")
    message = item.get("message") if isinstance(item, dict) else None
    if not isinstance(message, dict) or not isinstance(message.get("ts"), str):
        return None
    if not 0 < len(message["ts"]) <= LONGEST_TS:
        return None
    return message


def _state(incident: Incident, ts: Any) -> PinState:
    """Return what is stored of the message, locked until the end of the transaction.

    So two events about one message wait for each other.
    """
    ts = str(ts or "")[:LONGEST_TS]
    PinState.objects.bulk_create(
        [PinState(incident=incident, message_ts=ts, event_ts="0")], ignore_conflicts=True
    )
    with atomic():
        return lock(PinState.objects.filter(incident=incident, message_ts=ts)).get()


def locked(incident: Incident, ts: str) -> None:
    """Make other events about the message wait until the end of the transaction."""
    _state(incident, ts)


def _is_news(state: PinState, event: Body) -> bool:
    """Store the state of a message's pin; return False if a later event is stored already."""
    now = str(event.get("event_ts") or "")[:LONGEST_TS]
    if not is_later(now, state.event_ts):
        return False
    state.event_ts = now
    state.save(update_fields=["event_ts"])
    return True


def _keep(state: PinState, **late: str) -> None:
    """Store an edit or deletion of a message not known to be pinned, as its pin may come late."""
    before = state.late or {}
    if "edited" in late and late["edited"] < before.get("edited", ""):
        return
    state.late, state.noted = {**before, **late}, timezone.now()
    state.save(update_fields=["late", "noted"])


def _since(state: PinState, message: Body) -> Body:
    """Return the changes to a message that arrived before the event of its pin."""
    late = dict(state.late or {})
    edited = message.get("edited")
    shown = parse_ts(edited.get("ts")).isoformat() if isinstance(edited, dict) else ""
    if late.get("edited", "") <= shown:
        late.pop("edited", None)
        late.pop("text", None)
    return late


def purge() -> None:
    """Delete edits and deletions that were stored for pins that never came."""
    old = PinState.objects.filter(noted__lt=timezone.now() - KEPT)
    old.filter(event_ts="0").delete()
    old.update(late=None, noted=None)


def _author(message: Body, event: Body) -> ExternalUser:
    user = message.get("user") or event.get("item_user")
    if isinstance(user, str) and 0 < len(user) <= LONGEST_ID:
        return get_or_create_user(user)
    profile = message.get("bot_profile")
    of_profile = profile.get("name") if isinstance(profile, dict) else ""
    name = message.get("username") or of_profile or NO_AUTHOR
    bot_id = message.get("bot_id")
    if not isinstance(bot_id, str) or not 0 < len(bot_id) <= LONGEST_ID:
        bot_id = NO_AUTHOR
    author, _created = ExternalUser.objects.get_or_create_slack(
        external_id=bot_id, display_name=str(name), full_name=str(name)
    )
    return author


def _metadata(message: Body, author: ExternalUser, event: Body) -> Body:
    metadata: Body = {
        "author": {
            "app_id": author.app_id,
            "external_id": author.external_id,
            "display_name": author.display_name,
            "full_name": author.full_name,
            "email": author.email,
        },
        "message_ts": message["ts"],
        "channel_id": event.get("channel_id") or "",
    }
    if message.get("permalink"):
        metadata["permalink"] = str(message["permalink"])
    if event.get("user"):
        metadata["pinned_by"] = str(event["user"])
    if files := message_content.files(message):
        metadata["files"] = files
    return metadata
