"""What happens with the built-in forms when they are sent."""

from __future__ import annotations

from django.utils.translation import gettext as _

from response.core.models import ExternalUser, Incident
from response.slack.decorators import dialog_handler
from response.slack.decorators.form_error import FormError
from response.slack.features import lifecycle, pending_edits, people
from response.slack.jobs.messages import send_ephemeral
from response.slack.render import forms
from response.slack.text.mrkdwn import escape

Values = dict[str, str | None]

LONGEST_TITLE = 200


@dialog_handler(forms.REPORT)
def report_incident(
    user_id: str, channel_id: str, submission: Values, response_url: str, state: str
) -> None:
    """Declare the incident, and thank who did."""
    title = _checked_title(submission)
    severity = _checked_severity(submission)
    report_only = submission.get("incident_type") == "report"
    lead = _lead(submission.get("lead"))  # may ask Slack: before anything is written
    incident = Incident.objects.create_incident(
        report=title,
        reporter=people.get_or_create_user(user_id),
        report_only=report_only,
        summary=submission.get("summary"),
        impact=submission.get("impact"),
        lead=lead,
        severity=severity,
    )
    thanks = (
        _("🙏 Thank you <@%(who)s>: *%(title)s* is reported as incident %(id)d.")
        if report_only
        else _("🙏 Thank you <@%(who)s>: *%(title)s* is declared as incident %(id)d.")
    )
    send_ephemeral(
        channel_id,
        user_id,
        thanks % {"who": user_id, "title": escape(incident.report), "id": incident.pk},
        response_url=response_url,
        incident=incident.pk,
    )


@dialog_handler(forms.EDIT)
def edit_incident(
    user_id: str, channel_id: str, submission: Values, response_url: str, state: str
) -> None:
    """Store what the person changed; what they left alone stays as it is by now."""
    incident = _incident(state)
    changed = forms.changed(submission, state)
    if "report" in changed:
        incident.report = _checked_title(changed)
    if "severity" in changed:
        incident.severity = _checked_severity(changed) or incident.severity
    for field in ("summary", "impact"):
        if field in changed:
            setattr(incident, field, changed[field])
    if "lead" in changed:
        incident.lead = _lead(changed["lead"])
    incident.save()


@dialog_handler(forms.SUMMARY)
def change_summary(
    user_id: str, channel_id: str, submission: Values, response_url: str, state: str
) -> None:
    """Store the summary."""
    _change_text(user_id, submission, state, "summary", _("✏️ <@%(who)s> changed the summary."))


@dialog_handler(forms.IMPACT)
def change_impact(
    user_id: str, channel_id: str, submission: Values, response_url: str, state: str
) -> None:
    """Store the impact."""
    _change_text(user_id, submission, state, "impact", _("✏️ <@%(who)s> changed the impact."))


def _change_text(user_id: str, submission: Values, state: str, field: str, told: str) -> None:
    incident = _incident(state)
    if getattr(incident, field) == submission.get(field):
        return
    setattr(incident, field, submission.get(field))
    incident.save()
    channel, question = forms.question_of(state)
    if question:
        # Its buttons would offer what is settled now.
        lifecycle.replace_message(channel, {"ts": question}, told % {"who": user_id}, incident)
    elif incident.comms_channel():
        incident.comms_channel().post_in_channel(told % {"who": user_id})


def _incident(state: str) -> Incident:
    pk = pending_edits.incident_id_in(state)
    incident: Incident | None = Incident.objects.with_people().filter(pk=pk).first()
    if incident is None:
        raise FormError({"report": _("This incident does not exist any more.")})
    return incident


def _checked_title(submission: Values) -> str:
    title = " ".join((submission.get("report") or "").split())
    if not title:
        raise FormError({"report": _("Say in a few words what is wrong.")})
    if len(title) > LONGEST_TITLE:
        raise FormError(
            {
                "report": _(
                    "This has %(length)d characters, and a title at most 200. Put the details "
                    "in the summary."
                )
                % {"length": len(title)}
            }
        )
    return title


def _checked_severity(submission: Values) -> str | None:
    severity = submission.get("severity")
    if severity and severity not in dict(Incident.SEVERITIES):
        raise FormError({"severity": _("Choose one of the severities.")})
    return severity


def _lead(user_id: str | None) -> ExternalUser | None:
    if not user_id:
        return None
    try:
        return people.lead_with_id(user_id)
    except people.UnknownPerson as error:
        raise FormError({"lead": str(error)}) from error
