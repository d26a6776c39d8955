"""The built-in forms: their ids and fields."""

from __future__ import annotations

import json
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from response.core import editing, visibility
from response.core.addresses import document_url
from response.core.clean import load_json
from response.core.models import Incident, Severity, Status
from response.slack.render import detail_fields
from response.slack.render.dialog_builder import (
    Dialog,
    Element,
    Note,
    SelectFromUsers,
    SelectWithOptions,
    Text,
    TextArea,
)
from response.slack.render.incident_view import slack_id
from response.slack.text import mrkdwn

REPORT, EDIT = "incident-report-dialog", "incident-edit-dialog"
PRIVATE, STATUS = "private", "status_key"
#: The callback id of the shortcut of a message.
ADD_TO_TIMELINE = "add-to-timeline"
SUMMARY, IMPACT = "incident-summary-dialog", "incident-impact-dialog"
CLOSING = "incident-closing-dialog"


def _title(value: str, optional: bool = False) -> Text:
    return Text(
        label=_("Title"),
        name="report",
        value=value,
        placeholder=_("What is wrong, in one line?"),
        hint=_("At most 200 characters."),
        optional=optional,
    )


def _severities(present: str | None = None) -> list[tuple[str, str]]:
    return [(capfirst(row.label()), row.key) for row in Severity.choosable(present)]


def _default_severity() -> str | None:
    row = Severity.the_default()
    return row.key if row else None


def report(title: str, with_type: bool, with_visibility: bool = False) -> Dialog:
    """Return the form for declaring.

    ``with_type`` asks whether it is live or a report, ``with_visibility`` who may see it.
    """
    fields: list[Element] = [_title(title)]
    if with_type:
        fields.append(
            SelectWithOptions(
                [(_("Yes: it is live"), "live"), (_("No: report it for the record"), "report")],
                label=_("Is it still going on?"),
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
        SelectFromUsers(label=_("Lead"), name="lead", optional=True, placeholder=_("No lead yet")),
        SelectWithOptions(
            _severities(),
            label=_("Severity"),
            name="severity",
            optional=True,
            placeholder=_("Not known yet"),
            value=_default_severity(),
        ),
    ]
    page = _("the incident's page")
    fields += detail_fields.for_declaring().with_note(page)
    if with_visibility:
        fields.append(
            SelectWithOptions(
                [(str(visibility.PUBLIC), "public"), (str(visibility.PRIVATE), PRIVATE)],
                label=str(visibility.VISIBILITY),
                name="visibility",
                value="public",
                hint=str(visibility.ABOUT_PRIVATE),
            )
        )
    return Dialog(title=_("Declare an incident"), submit_label=_("Declare"), elements=fields)


def _status(incident: Incident) -> list[Element]:
    """Return the choice of a status inside the incident's category, if there are several.

    Closing and reopening have buttons of their own, which ask first.
    """
    rows = [
        row for row in Status.choosable(incident.status_key) if row.category == incident.category()
    ]
    if len(rows) < 2:
        return []
    options = [(capfirst(row.label()), row.key) for row in rows]
    return [SelectWithOptions(options, label=_("Status"), name=STATUS, value=incident.status_key)]


def edit(incident: Incident) -> Dialog:
    """Return the form with an incident's present values. A severity that is set cannot be unset."""
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
            _severities(incident.severity),
            label=_("Severity"),
            name="severity",
            optional=not incident.severity,
            value=incident.severity,
        ),
        *_status(incident),
        *detail_fields.for_editing(incident).with_note(_page(incident)),
    ]
    return Dialog(
        title=_("Edit incident %(id)d") % {"id": incident.pk},
        submit_label=_("Save"),
        elements=[f for f in fields if getattr(f, "fits", True)],
        state=_state(incident, fields),
    )


def closing(incident: Incident, status_key: str = "") -> Dialog:
    """Return the form for what is required at closing and missing; sending it closes.

    ``status_key`` is the status that the incident gets, by default the usual one.
    """
    part = detail_fields.for_closing(incident)
    fields = part.with_note(_page(incident)) or [
        Note(_("Everything is filled in now, and the incident can be closed."))
    ]
    return Dialog(
        title=_("Close incident %(id)d") % {"id": incident.pk},
        submit_label=_("Close it"),
        elements=fields,
        state=_state(incident, fields, status_key),
    )


def _page(incident: Incident) -> str:
    return mrkdwn.link(document_url(incident.pk), _("the incident's page"))


def _state(incident: Incident, fields: list[Element], status_key: str = "") -> str:
    marks = {f.name: shown(f.value) for f in fields if f.name}
    chosen = {"status": status_key} if status_key else {}
    return json.dumps({"incident": incident.pk, "shown": marks, **chosen})


def shown(value: str | None) -> str:
    """Return a short digest of what a field showed, to tell later whether it was changed."""
    return editing.fingerprint(value)


def marks_in(state: str) -> dict[str, str]:
    """Return the digests that a form carries, by field; empty if it has none."""
    marks = _carried(state).get("shown")
    return marks if isinstance(marks, dict) else {}


def changed(submission: dict[str, str | None], state: str) -> dict[str, str | None]:
    """Return the fields of a form of :func:`edit` that the person changed.

    What they left as it was shown is left out: another person may have changed it meanwhile.
    Without digests in ``state`` everything counts as changed.
    """
    marks = marks_in(state)
    return {n: v for n, v in submission.items() if marks.get(n) != shown(v)}


def text(
    incident: Incident, field: str, value: str, channel: str = "", question: str = ""
) -> Dialog:
    """Return the form for one long text of an incident: ``summary`` or ``impact``.

    ``question`` is the ts of the message in ``channel`` whose button opens it.
    """
    label = _("Summary") if field == "summary" else _("Impact")
    return Dialog(
        title=label,
        submit_label=_("Save"),
        elements=[TextArea(label=label, name=field, value=value, optional=True)],
        state=json.dumps(
            {
                "incident": incident.pk,
                "channel": channel,
                "question": question,
                # What is proposed is not what is stored: the mark is of the latter.
                "shown": {field: shown(getattr(incident, field))},
            }
        ),
    )


def question_of(state: str) -> tuple[str, str]:
    """Return channel and ts of the message whose question a form of :func:`text` answers."""
    carried = _carried(state)
    return str(carried.get("channel") or ""), str(carried.get("question") or "")


def _carried(state: str) -> dict[str, Any]:
    """Parse a form's ``state``; empty if it is not one of Response's."""
    try:
        carried = load_json(state)
    except ValueError:
        return {}
    return carried if isinstance(carried, dict) else {}
