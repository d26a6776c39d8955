"""The built-in forms: their ids and fields."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.utils.translation import gettext as _

from response.core.clean import load_json
from response.core.models import Incident
from response.slack.render.dialog_builder import (
    Dialog,
    Element,
    SelectFromUsers,
    SelectWithOptions,
    Text,
    TextArea,
)
from response.slack.render.incident_view import slack_id

REPORT, EDIT = "incident-report-dialog", "incident-edit-dialog"
SUMMARY, IMPACT = "incident-summary-dialog", "incident-impact-dialog"


def _title(value: str, optional: bool = False) -> Text:
    return Text(
        label=_("Title"),
        name="report",
        value=value,
        placeholder=_("What is wrong, in one line?"),
        hint=_("At most 200 characters."),
        optional=optional,
    )


def _severities() -> list[tuple[str, str]]:
    return [(str(text).capitalize(), value) for value, text in Incident.SEVERITIES]


def report(title: str, with_type: bool) -> Dialog:
    """Declaring an incident; ``with_type`` asks whether it is live or a report."""
    fields: list[Element] = [_title(title)]
    if with_type:
        fields.append(
            SelectWithOptions(
                [(_("Live: people are needed now"), "live"), (_("Report: it is over"), "report")],
                label=_("Is this live, or a report?"),
                name="incident_type",
                value="live",
            )
        )
    fields += [
        TextArea(
            label=_("Summary"),
            name="summary",
            optional=True,
            placeholder=_("What do you know so far?"),
        ),
        TextArea(
            label=_("Impact"),
            name="impact",
            optional=True,
            placeholder=_("Who is affected, and how?"),
        ),
        SelectFromUsers(label=_("Lead"), name="lead", optional=True, placeholder=_("Nobody yet")),
        SelectWithOptions(
            _severities(),
            label=_("Severity"),
            name="severity",
            optional=True,
            placeholder=_("Not known yet"),
        ),
    ]
    return Dialog(title=_("Declare an incident"), submit_label=_("Declare"), elements=fields)


def edit(incident: Incident) -> Dialog:
    """The present values. A severity, once set, can be changed but not taken back."""
    fields: list[Element] = [
        _title(incident.report),
        TextArea(label=_("Summary"), name="summary", optional=True, value=incident.summary),
        TextArea(label=_("Impact"), name="impact", optional=True, value=incident.impact),
        SelectFromUsers(
            label=_("Lead"),
            name="lead",
            optional=True,
            value=slack_id(incident.lead) or None,
        ),
        SelectWithOptions(
            _severities(),
            label=_("Severity"),
            name="severity",
            optional=not incident.severity,
            value=incident.severity,
        ),
    ]
    return Dialog(
        title=_("Edit incident %(id)d") % {"id": incident.pk},
        submit_label=_("Save"),
        elements=[f for f in fields if getattr(f, "fits", True)],
        state=json.dumps(
            {"incident": incident.pk, "shown": {f.name: shown(f.value) for f in fields}}
        ),
    )


def shown(value: str | None) -> str:
    """A short mark of what a field showed, to tell whether the person changed it."""
    text = (value or "").replace("\r\n", "\n").strip()
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


def changed(submission: dict[str, str | None], state: str) -> dict[str, str | None]:
    """The fields of a form of :func:`edit` that the person changed.

    What they left as it was shown is left alone: somebody else may have changed it
    meanwhile. Without marks in ``state`` everything counts as changed.
    """
    marks = _carried(state).get("shown")
    if not isinstance(marks, dict):
        marks = {}
    return {n: v for n, v in submission.items() if marks.get(n) != shown(v)}


def text(
    incident: Incident, field: str, value: str, channel: str = "", question: str = ""
) -> Dialog:
    """One long text of an incident: ``summary`` or ``impact``.

    ``question`` is the ts of the message in ``channel`` whose button opens it.
    """
    label = _("Summary") if field == "summary" else _("Impact")
    return Dialog(
        title=label,
        submit_label=_("Save"),
        elements=[TextArea(label=label, name=field, value=value, optional=True)],
        state=json.dumps({"incident": incident.pk, "channel": channel, "question": question}),
    )


def question_of(state: str) -> tuple[str, str]:
    """Channel and ts of the message whose question a form of :func:`text` answers."""
    carried = _carried(state)
    return str(carried.get("channel") or ""), str(carried.get("question") or "")


def _carried(state: str) -> dict[str, Any]:
    """What a form's ``state`` carries; nothing if it is not one of ours."""
    try:
        carried = load_json(state)
    except ValueError:
        return {}
    return carried if isinstance(carried, dict) else {}
