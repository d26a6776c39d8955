"""A first draft of a review, made of what is known. The same facts make the same text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from response.core import working_time
from response.core.models import Incident, review
from response.core.reviews import incident_data

Facts = dict[str, Any]

#: The most lines of a timeline, people and actions in a draft.
MOST_LINES, MOST_PEOPLE = 60, 12
#: The longest piece of a message that is quoted.
LONGEST_QUOTE = 300
#: Changes that tell the story where no entry is starred.
_TURNS = frozenset({"incident_declared", "incident_severity", "incident_lead", "incident_status"})
_MARKS = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_[]"})


def sections(incident: Incident) -> dict[str, str]:
    """Return the draft of each section by its key; empty where nothing is known."""
    known = incident_data.of_incident(incident)
    return {key: section(known).strip() for key, section in _SECTIONS.items()}


def _what_happened(known: Facts) -> str:
    parts = [_declared(known)]
    if known["ended"]:
        parts.append(
            _("It began at %(start)s, ended at %(end)s and lasted %(duration)s.")
            % {
                "start": _when(known["started"]),
                "end": _when(known["ended"]),
                "duration": known["duration"],
            }
        )
    else:
        parts.append(_("It began at %(start)s.") % {"start": _when(known["started"])})
    if known["severity"]:
        parts.append(_("Its severity was %(severity)s.") % {"severity": known["severity"]})
    if known["lead"]:
        parts.append(_("%(name)s led the response.") % {"name": _literal(known["lead"])})
    paragraphs = [" ".join(parts)]
    if known["summary"]:
        paragraphs.append(known["summary"])
    people = [_literal(p["name"]) for p in known["people"][:MOST_PEOPLE] if p["name"]]
    if people:
        more = len(known["people"]) - len(people)
        names = ", ".join(people) + (
            ngettext(" and %d more person", " and %d more people", more) % more if more > 0 else ""
        )
        paragraphs.append(_("Who took part: %(names)s.") % {"names": names})
    count = known["alerts"]["count"]
    if count:
        paragraphs.append(
            ngettext("%d alert belongs to it.", "%d alerts belong to it.", count) % count
        )
    return "\n\n".join(paragraphs)


def _declared(known: Facts) -> str:
    values = {
        "title": _literal(known["title"]),
        "name": _literal(known["reporter"] or ""),
        "when": _when(known["reported"]),
    }
    if known["reporter"]:
        return _("**%(title)s** was reported by %(name)s at %(when)s.") % values
    return _("**%(title)s** was reported at %(when)s.") % values


def _impact(known: Facts) -> str:
    return str(known["impact"])


def _timeline(known: Facts) -> str:
    chosen = [entry for entry in known["timeline"] if entry["starred"]]
    if not chosen:
        chosen = [entry for entry in known["timeline"] if entry["what"] in _TURNS]
    lines = [
        _("- %(when)s: %(text)s ([entry](%(link)s))")
        % {"when": _when(entry["at"]), "text": _entry_text(entry), "link": entry["link"]}
        for entry in chosen[:MOST_LINES]
    ]
    left = len(chosen) - MOST_LINES
    if left > 0:
        lines.append(ngettext("- and %d more entry", "- and %d more entries", left) % left)
    return "\n".join(lines)


def _actions(known: Facts) -> str:
    lines = []
    for action in known["actions"][:MOST_LINES]:
        about = [_literal(action["owner"] or "")]
        if action["done"]:
            about.append(_("done"))
        elif action["due"]:
            about.append(_("due %(day)s") % {"day": _when(action["due"])[:10]})
        details = ", ".join(filter(None, about))
        lines.append(f"- {_one_line(action['details'])}" + (f" ({details})" if details else ""))
    left = len(known["actions"]) - MOST_LINES
    if left > 0:
        lines.append(ngettext("- and %d more action", "- and %d more actions", left) % left)
    return "\n".join(lines)


_SECTIONS: dict[str, Callable[[Facts], str]] = {
    review.WHAT_HAPPENED: _what_happened,
    review.IMPACT: _impact,
    review.TIMELINE: _timeline,
    review.ACTIONS: _actions,
}


def _entry_text(entry: Facts) -> str:
    text = _one_line(entry["text"])
    by = entry["by"]
    return f"{_literal(by)}: {text}" if by and entry["kind"] != "incident_update" else text


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    if len(line) > LONGEST_QUOTE:
        line = line[: LONGEST_QUOTE - 1].rstrip() + "…"
    return _literal(line)


def _literal(text: str) -> str:
    """Escape ``text`` so that Markdown shows it unchanged; URLs stay links."""
    words = [w if w.startswith(("http://", "https://")) else w.translate(_MARKS)
             for w in text.split(" ")]  # fmt: skip
    return " ".join(words)


def _when(moment: str) -> str:
    here = working_time.local(datetime.fromisoformat(moment))
    return f"{here:%Y-%m-%d %H:%M %Z}".strip()
