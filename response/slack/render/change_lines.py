"""What was changed in an incident, as a line for its comms channel. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from response.slack.text.mrkdwn import date, escape, truncate
from response.slack.text.translation import to_mrkdwn

#: The longest piece of a text that is quoted, in characters.
QUOTE = 300


@dataclass(frozen=True)
class Change:
    """One change: the ``update_type`` of the timeline, and the values as text.

    People are mentions and reviews are links already; all other text is as it is stored. Of
    statuses ``was_closed`` and ``is_closed`` say what they mean. ``name`` is that of the role or
    the custom field, and ``people`` says whether its values are people.
    """

    what: str
    old: str
    new: str
    was_closed: bool = False
    is_closed: bool = False
    name: str = ""
    people: bool = False


@dataclass(frozen=True)
class Words:
    """The words for a change: a sentence, and a shorter form for a line with several changes.

    ``undone`` are both for a value that was removed, or reset to the initial one.
    """

    sentence: Any
    few: Any
    undone: tuple[Any, Any] = ("", "")


#: The publication of a review; its values are the link to a published one, or empty.
PUBLISHED = "milestone_review_published"
#: For a status of the same category.
_STATUS_ALONE = "incident_status alone"

#: By ``update_type``.
TYPES: dict[str, Words] = {
    "incident_report": Words(
        gettext_lazy("✏️ %(who)s changed the title to *%(new)s*."),
        gettext_lazy("title *%(new)s*"),
    ),
    "incident_summary": Words(
        gettext_lazy("✏️ %(who)s changed the summary."),
        gettext_lazy("summary"),
        (gettext_lazy("✏️ %(who)s removed the summary."), gettext_lazy("no summary")),
    ),
    "incident_impact": Words(
        gettext_lazy("✏️ %(who)s changed the impact."),
        gettext_lazy("impact"),
        (gettext_lazy("✏️ %(who)s removed the impact."), gettext_lazy("no impact")),
    ),
    "incident_lead": Words(
        gettext_lazy("🙋 %(who)s changed the lead to %(new)s."),
        gettext_lazy("lead %(new)s"),
        (gettext_lazy("🙋 %(who)s removed the lead."), gettext_lazy("no lead")),
    ),
    "incident_role": Words(
        gettext_lazy("🙋 %(who)s changed the role *%(name)s* to %(new)s."),
        gettext_lazy("%(name)s %(new)s"),
        (
            gettext_lazy("🙋 %(who)s cleared the role *%(name)s*: no one has it now."),
            gettext_lazy("no %(name)s"),
        ),
    ),
    "incident_field": Words(
        gettext_lazy("✏️ %(who)s set *%(name)s* to %(new)s."),
        gettext_lazy("%(name)s %(new)s"),
        (gettext_lazy("✏️ %(who)s cleared *%(name)s*."), gettext_lazy("no %(name)s")),
    ),
    "incident_severity": Words(
        gettext_lazy("✏️ %(who)s set the severity to *%(new)s*."),
        gettext_lazy("severity *%(new)s*"),
        (gettext_lazy("✏️ %(who)s removed the severity."), gettext_lazy("no severity")),
    ),
    "incident_status": Words(
        gettext_lazy("✅ %(who)s closed this incident after %(duration)s."),
        gettext_lazy("closed after %(duration)s"),
        (gettext_lazy("↩️ %(who)s reopened this incident."), gettext_lazy("reopened")),
    ),
    _STATUS_ALONE: Words(
        gettext_lazy("✏️ %(who)s set the status to *%(new)s*."),
        gettext_lazy("status *%(new)s*"),
    ),
    "milestone_mitigated": Words(
        gettext_lazy("🩹 %(who)s noted that this is mitigated: %(new)s."),
        gettext_lazy("mitigated %(new)s"),
        (
            gettext_lazy("✏️ %(who)s noted that this is not mitigated."),
            gettext_lazy("not mitigated"),
        ),
    ),
    "incident_private": Words(
        gettext_lazy("🔒 %(who)s made this incident private."),
        gettext_lazy("now private"),
        (gettext_lazy("🔓 %(who)s made this incident public."), gettext_lazy("now public")),
    ),
    "update_posted": Words(
        gettext_lazy("📣 %(who)s posted an update: %(new)s"),
        gettext_lazy("new update “%(new)s”"),
    ),
    PUBLISHED: Words(
        gettext_lazy("📝 %(who)s published the review: %(new)s"),
        gettext_lazy("published %(new)s"),
        (
            gettext_lazy("✏️ %(who)s took the review back: it is a draft again."),
            gettext_lazy("review back to a draft"),
        ),
    ),
    "action_created": Words(
        gettext_lazy("✏️ %(who)s added an action: %(new)s"),
        gettext_lazy("new action “%(new)s”"),
    ),
    "action_done": Words(
        gettext_lazy("☑️ %(who)s ticked off an action: %(new)s"),
        gettext_lazy("action done “%(new)s”"),
    ),
    "action_reopened": Words(
        gettext_lazy("✏️ %(who)s reopened an action: %(new)s"),
        gettext_lazy("action reopened “%(new)s”"),
    ),
}

TOOK_THE_ROLE = gettext_lazy("🙋 %(who)s took the role *%(name)s*.")
TOOK_THE_LEAD = gettext_lazy("🙋 %(who)s took the lead.")


def net(changes: Iterable[Change]) -> list[Change]:
    """Return the net effect of several changes: what was changed back is left out.

    Changes of actions and updates are never combined.
    """
    found: dict[str, Change] = {}
    for number, change in enumerate(changes):
        own = change.what.startswith(("action_", "update_"))
        key = f"{change.what} {number}" if own else f"{change.what} {change.name}"
        first = found.get(key)
        since = first or change
        found[key] = replace(change, old=since.old, was_closed=since.was_closed)
    return [c for c in found.values() if c.old != c.new]


def line(who: str, changes: list[Change], duration: str) -> str:
    """Return one line of mrkdwn on what ``who`` (mrkdwn) changed; empty without changes.

    ``duration`` is how long the incident has lasted.
    """
    who = who or _("Someone")
    if not changes:
        return ""
    if len(changes) == 1:
        return _sentence(changes[0], who, duration)
    few = [_sentence(change, who, duration, in_few_words=True) for change in changes]
    return _("✏️ %(who)s changed: %(changes)s") % {"who": who, "changes": " · ".join(few)}


def _sentence(change: Change, who: str, duration: str, *, in_few_words: bool = False) -> str:
    is_status = change.what == "incident_status"
    stays = is_status and change.was_closed == change.is_closed
    words = TYPES[_STATUS_ALONE if stays else change.what]
    sentence, few = words.sentence, words.few
    is_undone = not change.is_closed if is_status else change.new in ("", "public")
    if is_undone and words.undone[0]:
        sentence, few = words.undone
    elif change.what == "incident_lead" and change.new == who:
        sentence = TOOK_THE_LEAD
    elif change.what == "incident_role" and change.new == who:
        sentence = TOOK_THE_ROLE
    values = {
        "who": who,
        "new": _shown(change),
        "duration": duration,
        "name": escape(change.name),
    }
    return str(few if in_few_words else sentence) % values


def _shown(change: Change) -> str:
    if change.what in ("incident_lead", PUBLISHED) or change.people:
        return change.new
    if change.what in ("incident_severity", "incident_status"):
        return escape(change.new)
    if change.what.startswith("milestone_"):
        return _moment(change.new)
    if change.what.startswith("action_") or change.what == "update_posted":
        return truncate(to_mrkdwn(change.new), QUOTE)
    return truncate(escape(change.new), QUOTE)


def _moment(text: str) -> str:
    """Return a time in ISO 8601 as each reader sees it; as it is if it cannot be read."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return escape(text)
    # One without a zone is in that of the site, as this process is.
    return date(moment.timestamp(), f"{moment:%Y-%m-%d %H:%M}")
