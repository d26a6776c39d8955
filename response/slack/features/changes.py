"""Announce in a comms channel, in one line, what was changed elsewhere, and the author.

What changed is read from the timeline. Entries of changes that everyone in the channel has seen,
such as a command with its tick, are marked when they are written and not announced.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from response.core.addresses import review_url
from response.core.models import Incident, Review, Severity, Status, TimelineEvent
from response.core.models.field_values import Kind
from response.core.models.status import Category
from response.core.models.update import EVENT_TYPE as UPDATE
from response.core.models.user_external import SLACK
from response.db import atomic, lock
from response.jobs.models import OutboxMessage
from response.slack.jobs import names, requests
from response.slack.jobs.messages import post_message
from response.slack.models import CommsChannel, Lookup
from response.slack.render import change_lines, incident_view, interaction_context
from response.slack.render.change_lines import Change
from response.slack.text.mrkdwn import USER_ID, escape, link
from response.slack.web_api.jobs import slack_job

#: Before the key of an entry that everyone has seen.
SEEN = "seen change:"
#: The entries that tell of changes.
_EVENT_TYPES = ("incident_update", UPDATE)


def written(entry: TimelineEvent) -> None:
    """Queue announcing a new entry, or mark it as seen, in the transaction that writes it."""
    if entry.event_type not in _EVENT_TYPES:
        return
    channels = CommsChannel.objects.filter(incident=entry.incident_id)
    if not channels.exists():
        return
    # In a channel of an older release, what was before is no news.
    channels.filter(announced=None).update(announced=entry.pk - 1)
    if interaction_context.is_visible():
        Lookup.objects.remember(f"{SEEN}{entry.pk}", "seen")
    interaction_context.note_change()
    requests.announce_changes(entry.incident_id)


@slack_job(names.CHANGES_ANNOUNCE)
def announce(job: OutboxMessage) -> None:
    """Post all changes that have not been announced, in one message."""
    with atomic():
        channel = lock(CommsChannel.objects.filter(incident=job.incident_id)).first()
        if channel is None or channel.announced is None:
            return
        entries = list(
            TimelineEvent.objects.filter(
                incident=job.incident_id, event_type__in=_EVENT_TYPES, pk__gt=channel.announced
            )
            .select_related("actor")
            .order_by("pk")
        )
        if not entries:
            return
        seen = Lookup.objects.filter(key__in=[f"{SEEN}{entry.pk}" for entry in entries])
        keys = set(seen.values_list("key", flat=True))
        news = [entry for entry in entries if f"{SEEN}{entry.pk}" not in keys]
        seen.delete()
        channel.announced = entries[-1].pk
        channel.save(update_fields=["announced"])
        text = _text(Incident.objects.get(pk=job.incident_id), news)
        if text and not channel.archived:
            post_message(channel.channel_id, text, incident=job.incident_id)


def _text(incident: Incident, entries: list[TimelineEvent]) -> str:
    changes: dict[str, list[Change]] = {}
    for entry in entries:
        data = entry.metadata
        if isinstance(data, dict) and entry.update_type in change_lines.TYPES:
            change = _change(incident, entry.update_type, data)
            changes.setdefault(_who(entry), []).append(change)
    lines = [
        change_lines.line(
            who, _without_retracted(incident, change_lines.net(theirs)), incident.duration()
        )
        for who, theirs in changes.items()
    ]
    return "\n".join(filter(None, lines))


def _without_retracted(incident: Incident, changes: list[Change]) -> list[Change]:
    """Leave out the publication of a review that is no longer published.

    The milestone can also be set by hand, for a review that is written elsewhere.
    """
    if all(change.what != change_lines.PUBLISHED for change in changes):
        return changes
    review = Review.objects.filter(incident=incident).first()
    return [
        change
        for change in changes
        if change.what != change_lines.PUBLISHED
        or (review is not None and review.is_published == bool(change.new))
    ]


def _about(data: dict[str, Any]) -> tuple[str, bool]:
    """Return the name of the role or field of a change, and whether its values are people."""
    role, field = data.get("role"), data.get("field")
    row = role if isinstance(role, dict) else field
    name = str(row.get("name") or "") if isinstance(row, dict) else ""
    return name, row is role or (isinstance(field, dict) and field.get("kind") == Kind.PERSON)


def _who(entry: TimelineEvent) -> str:
    return incident_view.mention(entry.actor) if entry.actor else escape(entry.actor_name)


def _change(incident: Incident, what: str, data: dict[str, Any]) -> Change:
    old, new = data.get("old_value"), data.get("new_value")
    if what == change_lines.PUBLISHED:
        words = _("Review of incident %(id)d") % {"id": incident.pk}
        address = link(review_url(incident.pk), words)
        return Change(what, address if old else "", address if new else "")
    if what != "incident_status":
        name, people = _about(data)
        read = _people if people or what == "incident_lead" else _value
        return Change(what, read(old), read(new), name=name, people=people)
    before, after = Status.with_key(str(old)), Status.with_key(str(new))
    return Change(
        what,
        before.label() if before else str(old),
        after.label() if after else str(new),
        was_closed=before is not None and before.category == Category.CLOSED,
        is_closed=after is not None and after.category == Category.CLOSED,
    )


def _people(value: Any) -> str:
    """Return people in mrkdwn; values that are not people are escaped."""
    if isinstance(value, list):
        return ", ".join(map(_people, value))
    if isinstance(value, dict) and "external_id" in value:
        return _value(value)
    return escape(_value(value))


def _value(value: Any) -> str:
    """Return a value of an entry as text: a person as a mention, a severity as its word."""
    if isinstance(value, dict) and "external_id" in value:
        user_id = str(value["external_id"])
        if value.get("app_id") == SLACK and USER_ID.fullmatch(user_id):
            return f"<@{user_id}>"
        return escape(str(value.get("display_name") or user_id))
    if isinstance(value, dict):
        row = Severity.with_key(str(value.get("id")))
        value = row.label() if row else value.get("text")
    return "" if value is None else str(value)
