"""The entries of a timeline, prepared for the page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from response.core import visibility
from response.core.models import TimelineEvent
from response.core.models.field_values import EARLIEST_YEAR
from response.core.models.milestones import MILESTONES, noted_at_once
from response.core.text import BELOW_SECTIONS, References, to_html, to_plain

KINDS = {
    "alert": gettext_lazy("Alerts"),
    "text": gettext_lazy("Note"),
    "slack_pin": gettext_lazy("Pinned message"),
    "incident_update": gettext_lazy("Change"),
    "update": gettext_lazy("Update"),
}
UPDATES = {
    "incident_declared": gettext_lazy("Declared"),
    "incident_channel": gettext_lazy("Channel"),
    "incident_joined": gettext_lazy("Joined"),
    "incident_private": visibility.VISIBILITY,
    "action_created": gettext_lazy("Action"),
    "action_done": gettext_lazy("Action done"),
    "action_reopened": gettext_lazy("Action open"),
    "review_started": gettext_lazy("Review"),
    "incident_report": gettext_lazy("Title"),
    "incident_summary": gettext_lazy("Summary"),
    "incident_impact": gettext_lazy("Impact"),
    "incident_lead": gettext_lazy("Lead"),
    "incident_severity": gettext_lazy("Severity"),
    "incident_status": gettext_lazy("Status"),
    **{f"milestone_{key}": milestone.name for key, milestone in MILESTONES.items()},
    "rule": gettext_lazy("Rule"),
}
#: What can be chosen of a timeline: the word in the address, and what it is called.
CHOICES = (
    ("", gettext_lazy("Everything")),
    ("messages", gettext_lazy("Messages")),
    ("changes", gettext_lazy("Changes")),
    ("starred", gettext_lazy("Starred")),
    ("hidden", gettext_lazy("Hidden")),
)
#: As many small changes in a row as this, or more, are folded into one line.
RUN = 4
#: The same for people who joined.
JOINED_RUN = 2
# Longer values are shown as texts, not as words in a line.
SHORT = 120


@dataclass(frozen=True)
class Link:
    """A link to a file; ``kind`` is its media type, as far as it is known."""

    name: str
    url: str
    kind: str = ""


@dataclass(frozen=True)
class Change:
    """A value before and after a change; short ones are shown in a line, long ones as texts.

    Times are datetimes as well, which the page shows in the reader's zone.
    """

    before: str
    after: str
    before_html: SafeString | None = None
    after_html: SafeString | None = None
    before_at: datetime | None = None
    after_at: datetime | None = None

    @property
    def is_short(self) -> bool:
        """Whether both values fit in a line."""
        return self.before_html is None and self.after_html is None


@dataclass
class Entry:
    """A timeline entry for the page; ``details`` is the metadata of unknown types, as text."""

    event: TimelineEvent
    kind: str
    text: str = ""
    html: SafeString | None = None
    author: str = ""
    permalink: str = ""
    files: list[Link] = field(default_factory=list)
    edited: bool = False
    edited_at: datetime | None = None
    deleted: bool = False
    deleted_at: datetime | None = None
    change: Change | None = None
    details: str = ""
    actor: str = ""
    slack_text: str = ""

    @property
    def is_small(self) -> bool:
        """Whether the entry may be folded: a change that fits in a line and is not marked."""
        event = self.event
        return (
            event.event_type == "incident_update"
            and not event.starred
            and not event.hidden
            and (self.change is None or self.change.is_short)
        )


@dataclass
class Run:
    """Consecutive small changes that are folded, or one entry, in ``entries[0]``."""

    entries: list[Entry]

    @property
    def is_folded(self) -> bool:
        """Whether the run has several entries."""
        return len(self.entries) > 1

    @property
    def kinds(self) -> str:
        """Return the kinds of its entries in words, each once."""
        return ", ".join(dict.fromkeys(entry.kind for entry in self.entries))

    @property
    def last(self) -> Entry:
        """Return the last entry."""
        return self.entries[-1]


def choose(events: Any, kind: str) -> Any:
    """Return the entries of a queryset that match ``kind``, one of :data:`CHOICES`."""
    if kind == "hidden":
        return events.filter(hidden=True)
    events = events.filter(hidden=False)
    if kind == "messages":
        return events.exclude(event_type="incident_update")
    if kind == "changes":
        return events.filter(event_type="incident_update")
    if kind == "starred":
        return events.filter(starred=True)
    return events


def runs_of(events: Iterable[TimelineEvent], names: References) -> list[Run]:
    """Prepare the entries for the page, in order; small changes of one day are folded."""
    runs: list[Run] = []
    small: list[Entry] = []

    def close() -> None:
        if len(small) >= (JOINED_RUN if small and _joined(small[0]) else RUN):
            runs.append(Run(list(small)))
        else:
            runs.extend(Run([entry]) for entry in small)
        small.clear()

    for event in events:
        entry = prepare(event, names)
        if small and (not entry.is_small or _fold_key(entry) != _fold_key(small[-1])):
            close()
        if entry.is_small:
            small.append(entry)
        else:
            runs.append(Run([entry]))
    close()
    return runs


def _fold_key(entry: Entry) -> tuple[Any, bool]:
    """Return the key by which entries are folded together."""
    moment = entry.event.timestamp
    day = (timezone.localtime(moment) if timezone.is_aware(moment) else moment).date()
    return day, _joined(entry)


def _joined(entry: Entry) -> bool:
    metadata = entry.event.metadata
    return isinstance(metadata, dict) and metadata.get("update_type") == "incident_joined"


def texts_of(events: Iterable[TimelineEvent]) -> list[str]:
    """Return every text that may refer to a person or a channel."""
    texts = []
    for event in events:
        texts.append(event.text)
        if isinstance(event.metadata, dict):
            values = (event.metadata.get(key) for key in ("old_value", "new_value"))
            texts += [value for value in values if isinstance(value, str)]
    return texts


def people_of(events: Iterable[TimelineEvent]) -> set[str]:
    """Return the id of every person in the metadata, to be shown by the current name."""
    ids = set()
    for event in events:
        if isinstance(event.metadata, dict):
            for key in ("author", "old_value", "new_value"):
                found = event.metadata.get(key)
                for value in found if isinstance(found, list) else [found]:
                    if isinstance(value, dict) and isinstance(value.get("external_id"), str):
                        ids.add(value["external_id"][:50])
    return ids


def prepare(event: TimelineEvent, names: References) -> Entry:
    """Prepare ``event`` for the page, whatever its type and its metadata are."""
    metadata = event.metadata
    known: dict[str, Any] = metadata if isinstance(metadata, dict) else {}
    entry = Entry(event=event, kind=str(KINDS.get(event.event_type, "")) or _readable(event))
    entry.edited, entry.edited_at = _mark(known.get("edited"))
    entry.deleted, entry.deleted_at = _mark(known.get("deleted"))
    entry.author = _person(known.get("author"), names)
    entry.permalink = _permalink(known)
    entry.actor = event.actor_name
    later = known.get("slack_text")
    entry.slack_text = to_plain(later, names) if isinstance(later, str) else ""
    entry.files = _files(known.get("files"))
    old, new = known.get("old_value"), known.get("new_value")
    if event.event_type == "incident_update" and (_is_set(old) or _is_set(new)):
        update = str(known.get("update_type"))
        entry.kind = str(UPDATES.get(update, "")) or _named(known, entry.kind)
        if update.startswith("milestone_"):
            return _milestone(entry, update.removeprefix("milestone_"), old, new, names)
        entry.change = _change(old, new, names)
        entry.text = to_plain(event.text, names)
        if _repeats(event.text, old) and _repeats(event.text, new):
            return entry
    elif event.event_type not in KINDS and metadata not in (None, "", {}, []):
        entry.details = json.dumps(metadata, ensure_ascii=False, indent=2, default=str)
    entry.html = _html(event.text, names)
    return entry


def _named(metadata: dict[str, Any], kind: str) -> str:
    """Return the name of the role or custom field that was changed; ``kind`` for other entries."""
    for about in (metadata.get("role"), metadata.get("field")):
        if isinstance(about, dict) and isinstance(about.get("name"), str) and about["name"].strip():
            return str(about["name"])[:80]
    return kind


def _readable(event: TimelineEvent) -> str:
    words = re.sub(r"[_\-.]+", " ", event.event_type).strip()
    return words[:1].upper() + words[1:] if words else _("Event")


def _mark(value: Any) -> tuple[bool, datetime | None]:
    """Read ``edited`` or ``deleted``: whether it happened, and when if that is known."""
    if not value:
        return False, None
    try:
        return True, parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return True, None


def _person(value: Any, names: References) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        return ""
    # The id was stored if the name was not known then.
    bare = value.get("external_id")
    if isinstance(bare, str) and value.get("display_name") in (bare, None) and bare in names.users:
        return names.users[bare]
    for key in ("full_name", "display_name", "name", "external_id"):
        if isinstance(value.get(key), str) and value[key].strip():
            return str(value[key])
    return ""


def _permalink(metadata: dict[str, Any]) -> str:
    """Return the link to the message in Slack, made from its channel's address if not stored."""
    if url := _web_address(metadata.get("permalink")):
        return url
    channel, ts = metadata.get("channel_id"), metadata.get("message_ts")
    if not isinstance(channel, str) or not re.fullmatch(r"[A-Z0-9]{2,64}", channel):
        return ""
    query = {"channel": channel}
    if isinstance(ts, str) and re.fullmatch(r"\d{1,20}\.\d{1,10}", ts):
        query["message_ts"] = ts
    return "https://slack.com/app_redirect?" + urlencode(query)


def _files(value: Any) -> list[Link]:
    files = []
    for file in value if isinstance(value, list) else []:
        if not isinstance(file, dict):
            continue
        name = next((v for k in ("title", "name") if (v := file.get(k)) and isinstance(v, str)), "")
        kind = file.get("mimetype")
        url = _web_address(file.get("permalink")) or _web_address(file.get("thumb"))
        if name or url:
            files.append(Link(name or _("file"), url, kind if isinstance(kind, str) else ""))
    return files


def _web_address(value: Any) -> str:
    if isinstance(value, str) and re.match(r"https?://[^\s<>\"']+\Z", value, re.IGNORECASE):
        return value
    return ""


def _html(text: str, names: References) -> SafeString:
    return to_html(text, names, below=BELOW_SECTIONS)


def _change(old: Any, new: Any, names: References) -> Change:
    before, after = _value(old, names), _value(new, names)
    long = max(len(before), len(after)) > SHORT or "\n" in before + after
    if not long:
        return Change(before, after)
    return Change(
        before,
        after,
        _html(old, names) if isinstance(old, str) and old else None,
        _html(new, names) if isinstance(new, str) and new else None,
    )


def _value(value: Any, names: References) -> str:
    """Return a value of an update in words; empty if there is none."""
    if not _is_set(value):
        return ""
    if isinstance(value, str):
        return to_plain(value, names)
    if isinstance(value, list) and value and all(_person(one, names) for one in value):
        return ", ".join(_person(one, names) for one in value)
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            return str(value["text"])
        if person := _person(value, names):
            return person
    return json.dumps(value, ensure_ascii=False, default=str)


def _milestone(entry: Entry, key: str, old: Any, new: Any, names: References) -> Entry:
    """Complete the entry of a milestone: its times, unless the only one is that of the entry."""
    event, milestone = entry.event, MILESTONES.get(key)
    before_at, after_at = _moment(old), _moment(new)
    at_once = after_at is not None and noted_at_once(after_at, event.timestamp)
    if event.rewritten:
        entry.html = _html(event.text, names)
    elif at_once and milestone is not None and not _is_set(old):
        entry.html = _html(str(milestone.name), names)
    if not at_once or _is_set(old):
        before, after = _value(old, names)[:SHORT], _value(new, names)[:SHORT]
        entry.change = Change(before, after, before_at=before_at, after_at=after_at)
    return entry


def _moment(value: Any) -> datetime | None:
    """Return the time of a milestone; None if it is missing or cannot be read."""
    try:
        moment = parse_datetime(value[:40]) if isinstance(value, str) else None
    except ValueError:
        return None
    # The first and last years cannot be turned into every zone.
    return moment if moment and EARLIEST_YEAR <= moment.year < 9999 else None


def _is_set(value: Any) -> bool:
    return value is not None and value != ""


def _repeats(text: str, value: Any) -> bool:
    """Return whether the sentence ``text`` says no more than ``value`` does."""
    if not _is_set(value):
        return True
    if isinstance(value, list):
        return all(_repeats(text, one) for one in value)
    if isinstance(value, dict):
        words = [
            v for k in ("text", "display_name", "full_name", "external_id") if (v := value.get(k))
        ]
        return any(isinstance(word, str) and word in text for word in words)
    return str(value) in text
