"""The built-in reminders, under the names that release 0.5.1 gave them."""

from response.core.models import Incident
from response.slack.decorators import recurring_notification
from response.slack.handlers.reminders import (
    remind_close_incident,
    remind_incident_lead,
    remind_severity,
)
from response.slack.models import CommsChannel

__all__ = [
    "CommsChannel",
    "Incident",
    "recurring_notification",
    "remind_close_incident",
    "remind_incident_lead",
    "remind_severity",
]
