"""The handlers of the built-in forms."""

from __future__ import annotations

from django.utils.translation import gettext as _

from response.conf import settings
from response.core import editing, visibility
from response.core.clean import is_visible
from response.core.models import ExternalUser, Incident, Severity, Status
from response.core.models.details import row_named
from response.core.models.field import Required
from response.db import lock
from response.slack.decorators import dialog_handler
from response.slack.decorators.form_error import FormError
from response.slack.features import closing, details, people
from response.slack.jobs import requests
from response.slack.jobs.messages import replace_message, send_ephemeral
from response.slack.models import Lookup
from response.slack.render import detail_fields, forms, interaction_context
from response.slack.render.incident_view import slack_id
from response.slack.text import button_values
from response.slack.text.mrkdwn import truncate

Values = dict[str, str | None]

LONGEST_TITLE = 200
#: How much of another person's text is quoted at a field, in characters.
LONGEST_QUOTE = 1500


@dialog_handler(forms.REPORT)
def report_incident(
    user_id: str, channel_id: str, submission: Values, response_url: str, state: str
) -> None:
    """Declare the incident, and thank the person."""
    title = _checked_title(submission)
    severity = _checked_severity(submission)
    report_only = submission.get("incident_type") == "report"
    lead = _lead(submission.get("lead"))  # may ask Slack: before anything is written
    wanted = details.read(submission)
    probe = Incident(severity=severity)
    details.stage(probe, wanted)
    details.require(probe, Required.DECLARING, wanted)
    incident = Incident.objects.create_incident(
        report=title,
        reporter=people.get_or_create_user(user_id),
        report_only=report_only,
        summary=submission.get("summary"),
        impact=submission.get("impact"),
        lead=lead,
        severity=severity,
        private=_private(submission),
        roles={role.key: people_ for role, people_ in probe.roles() if people_},
        fields={field.key: value for field, value in probe.custom_fields()},
    )
    requests.acknowledge_declaration(
        incident.pk, user_id, channel_id=channel_id, response_url=response_url
    )


@dialog_handler(forms.EDIT)
def edit_incident(
    user_id: str, channel_id: str, submission: Values, response_url: str, state: str
) -> None:
    """Store the fields that the person changed; the others keep their present values."""
    changed = forms.changed(detail_fields.in_order(submission), state)
    wanted = details.read(changed)  # may ask Slack: before the incident is locked
    incident = _incident(state, user_id, channel_id)
    status = _checked_status(changed, incident)
    _refuse_to_overwrite(incident, user_id, changed, state)
    if "report" in changed:
        incident.report = _checked_title(changed)
    if "severity" in changed:
        incident.severity = _checked_severity(changed, incident.severity) or incident.severity
    for field in ("summary", "impact"):
        if field in changed:
            setattr(incident, field, changed[field])
    if "lead" in changed:
        incident.lead = _lead(changed["lead"])
    if status is not None:
        incident.status_key = status.key
    details.stage(incident, wanted)
    incident.save()


@dialog_handler(forms.CLOSING)
def close_incident(
    user_id: str, channel_id: str, submission: Values, response_url: str, state: str
) -> None:
    """Store what was missing, and close the incident; one that is closed already stays so."""
    status_key = button_values.status_in(state)
    submission = detail_fields.in_order(submission)
    wanted = details.read(submission)
    incident = _incident(state, user_id, channel_id)
    if incident.is_closed():
        return
    _refuse_to_overwrite(incident, user_id, forms.changed(submission, state), state)
    details.stage(incident, wanted)
    details.require(incident, Required.CLOSING, wanted)
    if incident.missing_at_closing():
        incident.save()  # the rest is on the page
        send_ephemeral(
            channel_id,
            user_id,
            response_url=response_url,
            incident=incident.pk,
            **closing.missing_fields_message(incident, status_key).arguments(),
        )
        return
    closing.close(incident, status_key)


@dialog_handler(forms.SUMMARY)
def change_summary(
    user_id: str, channel_id: str, submission: Values, response_url: str, state: str
) -> None:
    """Store the summary of a form for it alone."""
    message = _("✏️ <@%(who)s> changed the summary.")
    _change_text(user_id, channel_id, submission, state, "summary", message)


@dialog_handler(forms.IMPACT)
def change_impact(
    user_id: str, channel_id: str, submission: Values, response_url: str, state: str
) -> None:
    """Store the impact of a form for it alone."""
    message = _("✏️ <@%(who)s> changed the impact.")
    _change_text(user_id, channel_id, submission, state, "impact", message)


def _change_text(
    user_id: str, channel_id: str, submission: Values, state: str, field: str, message: str
) -> None:
    incident = _incident(state, user_id, channel_id)
    if (getattr(incident, field) or "") == (submission.get(field) or ""):
        return
    _refuse_to_overwrite(incident, user_id, {field: submission.get(field)}, state)
    setattr(incident, field, submission.get(field))
    channel, question = forms.question_of(state)
    if not question:
        incident.save()
        return
    with interaction_context.seen_by_all():
        incident.save()
    # The question's buttons would offer what has been decided now.
    replace_message(channel, question, message % {"who": user_id}, incident=incident.pk)


def _incident(state: str, user_id: str, channel_id: str) -> Incident:
    """Return the incident of a form, locked until the form has been dealt with.

    Raises ``FormError`` if the person may not see it: it may have become private since the form
    was opened, and an error about a field would quote what is stored now.
    """
    pk = button_values.incident_id_in(state)
    lock(Incident.objects.filter(pk=pk)).first()
    incident: Incident | None = Incident.objects.with_people().filter(pk=pk).first()
    if incident is None:
        raise FormError({"report": _("This incident no longer exists.")})
    if not people.can_view_incident(incident, user_id, channel_id):
        raise FormError({"report": str(visibility.REFUSED)})
    return incident


def _refuse_to_overwrite(incident: Incident, user_id: str, wanted: Values, state: str) -> None:
    """Raise ``FormError`` for fields that were changed since the form was opened.

    The error shows the other text. If the person then sends the form again, their text is
    stored, unless the field has changed once more.
    """
    stored = {
        "report": incident.report,
        "summary": incident.summary,
        "impact": incident.impact,
        "lead": slack_id(incident.lead),
        "severity": incident.severity,
        forms.STATUS: incident.status_key,
        **details.stored(incident, wanted),
    }
    errors, remember = {}, {}
    for name in editing.conflicting(forms.marks_in(state), wanted, stored):
        mark, key = forms.shown(stored[name]), f"told:{incident.pk}:{name}:{user_id}"
        if Lookup.objects.recall(key) != mark:
            errors[name] = _changed_meanwhile(incident, name)
            remember[key] = mark
    if errors:
        raise FormError(errors, remember)


def _changed_meanwhile(incident: Incident, name: str) -> str:
    if name == "lead":
        text = incident.lead.display_name if incident.lead else ""
    elif name == "severity":
        text = incident.severity_text() or ""
    elif name == forms.STATUS:
        text = incident.status_text()
    elif row := row_named(name):
        text = details.readable(incident, row)
    else:
        text = getattr(incident, name) or ""
    message = (
        _("Another person has changed this since you opened the form. It is now: %(text)s")
        if text
        else _("Another person has emptied this since you opened the form.%(text)s")
    )
    again = _("To replace it with yours, send the form again, or copy what you need first.")
    return f"{again} {message % {'text': truncate(text, LONGEST_QUOTE)}}"


def _checked_title(submission: Values) -> str:
    title = " ".join((submission.get("report") or "").split())
    if not is_visible(title):
        raise FormError({"report": _("Say in a few words what is wrong.")})
    if len(title) > LONGEST_TITLE:
        raise FormError(
            {
                "report": _(
                    "A title can have 200 characters; this has %(length)d characters. Put the "
                    "details in the summary."
                )
                % {"length": len(title)}
            }
        )
    return title


def _checked_severity(submission: Values, present: str | None = None) -> str | None:
    severity = submission.get("severity")
    if not severity:
        return severity
    row = Severity.with_key(severity)
    if severity != present and (row is None or row.retired):
        raise FormError({"severity": _("Choose one of the severities.")})
    return severity


def _checked_status(changed: Values, incident: Incident) -> Status | None:
    """Return the status that was chosen, None if it stays.

    Raises ``FormError`` for one that is not offered, and for one of another category: the
    incident has been closed or reopened since the form was opened.
    """
    key = changed.get(forms.STATUS)
    if not key or key == incident.status_key:
        return None
    row = Status.with_key(key)
    if row is None or row.retired:
        raise FormError({forms.STATUS: _("Choose one of the statuses.")})
    if row.category != incident.category():
        message = (
            _("This incident is already closed.")
            if incident.is_closed()
            else _("This incident is live again.")
        )
        raise FormError({forms.STATUS: message})
    return row


def _private(submission: Values) -> bool:
    """Return whether the incident is to be private. Raises ``FormError`` if none may be."""
    wanted = submission.get("visibility") == forms.PRIVATE
    if wanted and not settings.RESPONSE_PRIVATE_FROM_SLACK:
        raise FormError(
            {"visibility": _("Private incidents can no longer be declared from Slack.")}
        )
    return wanted


def _lead(user_id: str | None) -> ExternalUser | None:
    if not user_id:
        return None
    try:
        return people.lead_with_id(user_id)
    except people.UnknownPerson as error:
        raise FormError({"lead": str(error)}) from error
