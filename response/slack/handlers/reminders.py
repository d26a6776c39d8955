"""The built-in reminders."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from response.core.models import Incident
from response.slack.decorators import recurring_notification


def has_no_severity(incident: Incident, now: datetime) -> bool:
    """Nobody has said how bad it is."""
    return not incident.severity


def has_no_lead(incident: Incident, now: datetime) -> bool:
    """Nobody leads."""
    return incident.lead_id is None


def in_working_hours(incident: Incident, now: datetime) -> bool:
    """Monday to Friday, 9 to 18 in the project's time zone."""
    local = timezone.localtime(now) if timezone.is_aware(now) else now
    return local.weekday() < 5 and 9 <= local.hour < 18


@recurring_notification(interval_mins=5, max_notifications=5, only_if=has_no_severity)
def remind_severity(incident: Incident) -> None:
    """How bad is it?"""
    incident.comms_channel().post_in_channel(
        _("⚠️ This incident has no severity yet. Set it with `/incident severity major`.")
    )


@recurring_notification(interval_mins=2, max_notifications=5, only_if=has_no_lead)
def remind_incident_lead(incident: Incident) -> None:
    """Who leads?"""
    incident.comms_channel().post_in_channel(
        _("⚠️ Nobody leads this incident yet. Take it with `/incident lead`.")
    )


@recurring_notification(interval_mins=1440, max_notifications=5, only_if=in_working_hours)
def remind_close_incident(incident: Incident) -> None:
    """Is it still going on?"""
    incident.comms_channel().post_in_channel(
        _(
            "⏰ This incident has been running for %(duration)s. If it is over, "
            "`/incident close` ends it."
        )
        % {"duration": incident.duration()}
    )
