"""A review as a file: Markdown, a page of HTML that needs nothing else, or JSON.

Who may see the incident may have all of it; that is for the caller to ask.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from response.core import working_time
from response.core.addresses import document_url
from response.core.models import Review
from response.core.models.milestones import ACKNOWLEDGED, DETECTED, MITIGATED
from response.core.reviews import incident_data
from response.core.text import BELOW_SECTIONS, References, to_html, to_plain


def markdown(review: Review) -> str:
    """Return the review as Markdown, with names in place of references."""
    incident, names = review.incident, _names(review)
    title = to_plain(incident.report, names, one_line=True)
    lines = [f"# #{incident.pk} {title}", ""]
    lines += [f"- **{label}:** {value}" for label, value in about(review)]
    for section in _sections(review):
        text = to_plain(section.text, names).strip()
        lines += ["", f"## {section.title}", "", text or f"_{_('Nothing has been written yet.')}_"]
    return "\n".join(lines) + "\n"


def html(review: Review) -> str:
    """Return the review as one page of HTML: no script, and nothing from anywhere else."""
    names = _names(review)
    context = {
        "incident": review.incident,
        "title": to_plain(review.incident.report, names, one_line=True),
        "about": about(review),
        "sections": [
            {
                "title": s.title,
                "html": to_html(s.text, names, images=False, below=BELOW_SECTIONS),
            }
            for s in _sections(review)
        ],
        "language": get_language() or "en",
        "direction": "rtl" if get_language_bidi() else "ltr",
    }
    return render_to_string("response/review/export.html", context)


def as_json(review: Review) -> str:
    """Return the review with what is known of its incident, as JSON."""
    return json.dumps(data(review), ensure_ascii=False, indent=2)


def data(review: Review) -> dict[str, Any]:
    """Return the review with what is known of its incident, as plain data."""
    names = _names(review)
    return {
        "incident": incident_data.of_incident(review.incident),
        "review": {
            "status": review.status,
            "owner": incident_data.person(review.owner),
            "due": incident_data.iso(review.due_date),
            "published": incident_data.iso(review.published_at),
            "sections": [
                {
                    "key": section.key,
                    "title": section.title,
                    "text": to_plain(section.text, names),
                    "version": section.version,
                }
                for section in _sections(review)
            ],
        },
    }


#: By the end of a file's name: what makes it, and its media type.
FORMATS: dict[str, tuple[Callable[[Review], str], str]] = {
    "md": (markdown, "text/markdown; charset=utf-8"),
    "html": (html, "text/html; charset=utf-8"),
    "json": (as_json, "application/json"),
}


def about(review: Review) -> list[tuple[str, str]]:
    """Return the head of a review: pairs of a label and a text."""
    incident, names = review.incident, _names(review)
    parts: list[tuple[str, str | None]] = [
        (_("Status of the review"), str(review.get_status_display())),
        (_("Owner"), incident_data.person(review.owner)),
        (_("Published"), _moment(review.published_at)),
        (_("Status"), incident.status_text()),
        (_("Severity"), incident.severity_text()),
        (_("Lead"), incident_data.person(incident.lead)),
        *(
            (role.name, ", ".join(filter(None, map(incident_data.person, people))))
            for role, people in incident.roles()
        ),
        *(
            (field.name, " ".join((incident_data.field_text(field, value, names) or "").split()))
            for field, value in incident.custom_fields()
        ),
        (_("Started"), _moment(incident.start_time)),
        *(
            (str(milestone.name), _moment(getattr(incident, milestone.column)))
            for milestone in (DETECTED, ACKNOWLEDGED, MITIGATED)
        ),
        (_("Ended"), _moment(incident.end_time)),
        (_("Duration"), incident.duration() if incident.is_closed() else None),
        (_("Document"), document_url(incident.pk)),
    ]
    return [(label, value) for label, value in parts if value]


def _sections(review: Review) -> list[Any]:
    return list(review.sections.all())


def _names(review: Review) -> References:
    incident, sections = review.incident, _sections(review)
    return References.collect(
        [incident.report, *incident_data.detail_texts(incident), *(s.text for s in sections)]
    )


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else f"{working_time.local(moment):%Y-%m-%d %H:%M %Z}".strip()
