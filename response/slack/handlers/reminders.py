"""The built-in reminders."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from response.core import working_time
from response.core.models import Incident
from response.slack.decorators import recurring_notification
from response.slack.features import help_text, typed_choices


def has_no_severity(incident: Incident, now: datetime) -> bool:
    """Return whether no severity is set."""
    return not incident.severity


def has_no_lead(incident: Incident, now: datetime) -> bool:
    """Return whether the incident has no lead."""
    return incident.lead_id is None


def in_working_hours(incident: Incident, now: datetime) -> bool:
    """Return whether it is Monday to Friday, 9:00 to 18:00 in the project's time zone."""
    return working_time.is_working(now)


@recurring_notification(interval_mins=5, max_notifications=5, only_if=has_no_severity)
def remind_severity(incident: Incident) -> None:
    """Ask for the severity in the comms channel."""
    incident.comms_channel().post_in_channel(
        _("⚠️ This incident has no severity yet. Set it with `/incident severity %(example)s`.")
        % {"example": help_text.quoted(typed_choices.example_severity(), 80)}
    )


@recurring_notification(interval_mins=2, max_notifications=5, only_if=has_no_lead)
def remind_incident_lead(incident: Incident) -> None:
    """Ask for a lead in the comms channel."""
    incident.comms_channel().post_in_channel(
        _("⚠️ This incident has no lead yet. Take the lead with `/incident lead`.")
    )


@recurring_notification(interval_mins=1440, max_notifications=5, only_if=in_working_hours)
def remind_close_incident(incident: Incident) -> None:
    """Ask whether the incident is over."""
    incident.comms_channel().post_in_channel(
        _(
            "⏰ This incident has been live for %(duration)s. If it is over, close it with "
            "`/incident close`."
        )
        % {"duration": incident.duration()}
    )
